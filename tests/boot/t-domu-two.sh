# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# two DomUs do heavy work at once: Debian's fio with verify on their disks, and iperf3 with Dom0 and each other, both ways
program <<'END'
. /test/domu.sh
memory=320
resources >/run/before
truncate -s 48M /test/disk1
flushes() { awk '{ print $16 }' /sys/block/vdb/stat; }

# pair NAME N DISK: a DomU that serves iperf3, verifies its disk, and meanwhile calls on Dom0 and on the other
pair() {
	domu "$1" "extra = \"$run_words plinth.ip=10.0.2.5$2/24 other=10.0.2.5$((3 - $2))\"" "vcpus = $2" \
		"disk = [ \"$3,raw,xvda,rw\", \"/dev/vda,raw,xvdb,r\" ]" 'vif = [ "bridge=xenbr0" ]' <<-'RUN'
		(cd / && cpio -id </dev/xvdb) 2>/dev/null
		PATH=$PATH:/usr/bin
		other=$(sed 's/.*other=//; s/ .*//' /proc/cmdline)
		stream() {
			what=$1
			shift
			for try in $(seq 90); do # a server does one test at a time, and the other may be starting still
				iperf3 --connect-timeout 3000 -f k "$@" >/tmp/out 2>&1 && break
				sleep 1
			done
			echo "stream $what: $(grep receiver /tmp/out || tail -n 1 /tmp/out)"
		}
		iperf3 -s -D >/dev/null
		fio --name=verified --filename=/dev/xvda --size=6M --offset_increment=16M --numjobs=2 --rw=randrw --bsrange=512-64k \
			--direct=1 --ioengine=libaio --iodepth=8 --fsync=64 --verify=sha256 --verify_fatal=1 --randseed=$$ \
			--group_reporting >/tmp/fio 2>&1 &
		fio=$!
		echo "at work"
		stream 'to Dom0' -c 10.0.2.15 -n 4M
		stream 'from Dom0' -c 10.0.2.15 -n 4M -R
		stream 'to the other' -c "$other" -n 4M
		stream 'from the other' -c "$other" -n 4M -R
		wait $fio
		echo "fio: exit $? $(grep -Eo '(READ|WRITE): .*' /tmp/fio | tr '\n' ' ') $(grep -Ei 'verify|error' /tmp/fio | head -n 2)"
		echo "queues: $(awk '/vif0-q/ { n = 0; for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i; print $NF "=" n }' /proc/interrupts | tr '\n' ' ')"
		# What is synced is on the disk when dd returns, whoever looks at it from outside.
		dd if=/dev/urandom of=/tmp/new bs=64k count=64 2>/dev/null
		dd if=/tmp/new of=/dev/xvda bs=64k seek=512 conv=fsync 2>/dev/null || echo "a write failed"
		echo "synced $(sha256sum </tmp/new)"
		while :; do sleep 1; done
	RUN
	hvctl create "/test/$1.cfg" || fail "create $1: $?"
}
iperf3 -s -D || fail "iperf3 -s"
flushed=$(flushes)
pair one 1 /test/disk1
pair two 2 /dev/vdb
for name in one two; do
	says $name '^synced' 400
	console $name | grep -E '^(stream|fio|queues)'
	for what in 'to Dom0' 'from Dom0' 'to the other' 'from the other'; do
		console $name | grep -q "^stream $what: .*receiver" || fail "$name: $(console $name | grep "^stream $what")"
	done
	console $name | grep -q '^fio: exit 0 .*READ: .*WRITE: ' || fail "$name: $(console $name | grep '^fio:')"
	[ $name = one ] && disk=/test/disk1 || disk=/dev/vdb
	sum=$(dd if=$disk bs=64k skip=512 count=64 2>/dev/null | sha256sum)
	console $name | grep -q "^synced ${sum%% *}" || fail "what $name wrote and synced is not on its disk"
done
# Each vcpu has a queue of its interface, by which packets have come and gone.
console two | grep -q '^queues: .*vif0-q1' && ! console two | grep -q '^queues:.*=0 ' || fail "two: $(console two | grep '^queues')"
! console one | grep -q 'vif0-q1' || fail "one: $(console one | grep '^queues')"
[ "$(flushes)" -gt "$flushed" ] || fail "the disk below was never asked to flush"
for name in one two; do
	hvctl destroy $name || fail "destroy $name: $?"
	gone $name 20
done
killall iperf3
sleep 2
as_before
exit 0
END
carry iperf3
tools_disk fio iperf3
truncate -s 64M "$work/disk2"
devices+=(-drive "if=virtio,format=raw,cache=writeback,file=$work/disk2")
with_domu
cpus=2 limit=300
boots
succeeded
