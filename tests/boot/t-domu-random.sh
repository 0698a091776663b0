# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# a million hypercalls by random DomUs, some of which do not spare themselves, beside one of four vcpus that does Debian's fio --verify
# and iperf3 all the while, with FIFO event channels (CALLS, DOMAINS, SEED)
program <<'END'
. /test/domu.sh
memory=320
truncate -s 64M /test/disk
iperf3 -s -D || fail "iperf3 -s"
read -r seed domains calls </test/lots

# random KEEP CALLS VCPUS: a DomU with the next seed
random() {
	seed=$((seed + 1))
	random_config 16 "$3" preserve "seed=$seed keep=$1 calls=$2"
	echo "test: seed $seed, keep=$1 calls=$2, $3 vcpus"
	rm -f /var/log/plinth/console/random.log
	lives=$((lives + 1))
	hvctl create /test/random.cfg || fail "create random: $?"
}
alive() { hvctl list | grep '^random ' | grep -qv 'shutdown\|crashed'; }
made() { console random | sed -n 's/^ *made \([0-9]*\), .*/\1/p' | tail -n 1 | grep . || echo 0; }
# ended: whoever has blocked itself for ever, or paused what it needs, is ended from outside
ended() {
	! alive || stopped=$((stopped + 1))
	hvctl destroy random || fail "destroy random"
	gone random 30
}

# What is made with the first domain is kept. It does not begin before its console is read: it may spoil its own grant table.
lives=0 stopped=0
kill -STOP "$(pidof hvconsoled)"
random 1 1000 1
sleep 5
alive || fail "the first did not wait for its console"
kill -CONT "$(pidof hvconsoled)"
until_true 30 eval '! alive'
[ "$(made)" = 1000 ] || fail "the first made $(made) calls"
ended
sleep 2
resources >/run/before
{ at_work 2M 2; cat <<'RUN'; } | domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" 'vcpus = 4' \
	'disk = [ "/test/disk,raw,xvda,rw", "/dev/vda,raw,xvdb,r" ]' 'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]'
	echo "vcpus: $(grep -c ^processor /proc/cpuinfo), events: $(dmesg | grep -o 'Using FIFO-based ABI')"
	# Each vcpu is called by others.
	until awk '/resched|callfunc/ { for (i = 2; i < 6; i++) n[i] += $i } END { for (i = 2; i < 6; i++) if (!n[i]) exit 1 }' /proc/interrupts; do
		sleep 1
	done
	echo "called: all"
	wait
RUN
hvctl create /test/one.cfg || fail "create one: $?"
says one 'iperf3 round 1' 300
says one 'fio round 1' 300
console one | grep -q '^vcpus: 4, events: Using FIFO-based ABI' || fail "one has $(console one | grep '^vcpus')"
step "at work"

total=0
for n in $(seq "$domains"); do
	random 0 20000 $((1 + n % 2))
	left=80
	while alive && [ $left -gt 0 ]; do
		usleep 100000
		left=$((left - 1))
	done
	total=$((total + $(made)))
	ended
done
step "$domains that did not spare themselves are gone, of which $stopped were ended; they tell of $total calls"
lives=0
while [ $total -lt "$calls" ]; do
	random 1 $((calls - total)) 2
	last=0 left=$((20 * slow))
	while alive && [ $left -gt 0 ]; do
		sleep 1
		left=$((left - 1))
		now=$(made)
		[ "$now" = $last ] || left=$((20 * slow))
		last=$now
	done
	total=$((total + $(made)))
	[ $lives -lt 20 ] || fail "$lives of them made $total calls; the last one says: $(console random | tail -n 3)"
	console random | grep 'made\|broken\|verdict' | sed -n '1p;/made/!p;$p'
	ended
done
fio=$(console one | grep -c '^fio round') iperf=$(console one | grep -c '^iperf3 round')
step "$total calls by DomUs with seeds up to $seed; meanwhile $fio rounds of fio, $iperf of iperf3"
says one "^fio round $((fio + 1))" 300
says one "^iperf3 round $((iperf + 1))" 300
says one '^called: all' 60
! console one | grep '^broken' || fail "one: $(console one | grep '^broken' | head -n 1)"
hvctl destroy one || fail "destroy one: $?"
gone one 20
sleep 2
as_before
exit 0
END
[ -s "$BUILD/guest/domu/random.elf" ] || fail "$BUILD/guest/domu/random.elf is missing: run \`make guest-programs\` first"
carry iperf3
counts_ports
tools_disk fio iperf3
with_domu
cp "$BUILD/guest/domu/random.elf" "$work/root/test/"
echo "${SEED:-20260301} ${DOMAINS:-3} ${CALLS:-1000000}" >"$work/root/test/lots"
cpus=2 limit=400
boots
succeeded
