# shellcheck shell=bash disable=SC2034
# set: stress
# dom0-work: hundreds of processes come and go on two CPUs at once, memory fills and empties, and all of it comes back
cpus=2 limit=360
program <<'END'
fail() { echo "test: $*"; exit 1; }
available() { awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo; }
# Page tables are built and torn down by every one of these, on both CPUs at the same time
forks() {
	i=0
	while [ $i -lt 40 ]; do
		/bin/true && (exit 7)
		[ $? = 7 ] || return 1
		i=$((i + 1))
	done
}
forks || fail "warming up"
before=$(available)
for job in 1 2 3 4; do
	{ forks && echo "done $job"; } >/run/job.$job &
done
# Meanwhile half of the memory is filled with what can be recognised, and freed again
mount -t tmpfs -o size=70% tmpfs /mnt
size=$((before / 4096))
yes plinth | head -c $((size * 1048576)) >/mnt/fill || fail "filling $size MiB"
sum=$(sha256sum </mnt/fill)
wait
for job in 1 2 3 4; do
	grep -q "done $job" /run/job.$job || fail "job $job"
done
test "$sum" = "$(yes plinth | head -c $((size * 1048576)) | sha256sum)" || fail "memory does not keep what is written"
umount /mnt
sleep 1
after=$(available)
echo "test: $before KiB available before, $after after"
test "$after" -gt $((before - 16384)) || fail "memory is lost"
END
boots
succeeded
