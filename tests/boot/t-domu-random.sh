# shellcheck shell=bash disable=SC2034,SC2154
# set: stress
# DomUs that make hypercalls at random, one after another, beside one of four vcpus that does Debian's fio --verify and iperf3, with
# FIFO event channels (DOMAINS, SEED)
program <<'END'
. /test/domu.sh
memory=320
truncate -s 64M /test/disk
resources >/run/before
iperf3 -s -D || fail "iperf3 -s"
domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" 'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]' 'vcpus = 4' \
	'disk = [ "/test/disk,raw,xvda,rw", "/dev/vda,raw,xvdb,r" ]' <<-'RUN'
	(cd / && cpio -id </dev/xvdb) 2>/dev/null
	PATH=$PATH:/usr/bin
	echo "vcpus: $(grep -c ^processor /proc/cpuinfo), events: $(dmesg | grep -o 'Using FIFO-based ABI')"
	while :; do
		fio --name=verified --filename=/dev/xvda --size=2M --offset_increment=16M --numjobs=2 --rw=randrw --bsrange=512-64k \
			--direct=1 --ioengine=libaio --iodepth=8 --fsync=16 --verify=sha256 --verify_fatal=1 --group_reporting \
			>/tmp/fio 2>&1 || echo "broken: fio: exit $? $(tail -n 3 /tmp/fio | tr '\n' ' ')"
		echo "fio round $((fio += 1))"
	done &
	while :; do
		iperf3 -c 10.0.2.15 -t 2 -f k >/tmp/iperf 2>&1 || echo "broken: iperf3: $(tail -n 1 /tmp/iperf)"
		# Each vcpu has been called by others.
		awk '/resched|callfunc/ { for (i = 2; i < 6; i++) n[i] += $i } END { for (i = 2; i < 6; i++) if (!n[i]) exit 1 }' \
			/proc/interrupts && echo "called: all"
		echo "iperf3 round $((iperf += 1))"
	done
RUN
hvctl create /test/one.cfg || fail "create one: $?"
says one 'iperf3 round 1' 300
says one 'fio round 1' 300
console one | grep -q '^vcpus: 4, events: Using FIFO-based ABI' || fail "one has $(console one | grep '^vcpus')"

read -r seed domains </test/lots
ended=0 stopped=0
for n in $(seq "$domains"); do
	cat >/test/random.cfg <<-CFG
		name = "random"
		kernel = "/test/random.elf"
		cmdline = "seed=$((seed + n)) calls=20000"
		memory = 8
		vcpus = $((1 + n % 2))
		on_poweroff = "destroy"
		on_reboot = "destroy"
		on_crash = "destroy"
	CFG
	fio=$(console one | grep -c '^fio round') iperf=$(console one | grep -c '^iperf3 round')
	echo "test: seed $((seed + n))"
	hvctl create /test/random.cfg || fail "create random: $?"
	left=80
	while hvctl list | grep -q '^random ' && [ $left -gt 0 ]; do
		usleep 100000
		left=$((left - 1))
	done
	# One that has blocked itself for ever, or paused what it needs, is ended from outside.
	if hvctl list | grep -q '^random '; then
		stopped=$((stopped + 1))
		hvctl destroy random || fail "destroy random: $?"
	else
		ended=$((ended + 1))
	fi
	gone random 30
	[ $((n % 4)) != 0 ] || says one "^fio round $((fio + 1))" 300
done
echo "test: $ended came to their own end, $stopped were ended; meanwhile $(console one | grep -c '^fio round') rounds of fio," \
	"$(console one | grep -c '^iperf3 round') of iperf3"
[ $ended -gt 0 ] || fail "none of them did anything"
says one "^iperf3 round $(($(console one | grep -c '^iperf3 round') + 1))" 300
console one | grep -q '^called: all' || fail "one: some vcpu was never called by another"
! console one | grep '^broken' || fail "one: $(console one | grep '^broken' | head -n 1)"
hvctl destroy one || fail "destroy one: $?"
gone one 20
killall iperf3
sleep 2
as_before
exit 0
END
[ -s "$BUILD/guest/domu/random.elf" ] || fail "$BUILD/guest/domu/random.elf is missing: run \`make guest-programs\` first"
carry iperf3
tools_disk fio iperf3
with_domu
cp "$BUILD/guest/domu/random.elf" "$work/root/test/"
echo "${SEED:-20260301} ${DOMAINS:-6}" >"$work/root/test/lots"
cpus=2 limit=600
boots
succeeded
