# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# kill -9 of every process of ours at moments drawn by lot, under Debian's fio --verify and iperf3 (SECONDS_OF_KILLS: how long)
program <<'END'
. /test/domu.sh
memory=320
truncate -s 64M /test/disk
resources >/run/before
# A reset that is lost, as a packet may be with netback's process, leaves an iperf3 waiting for ever: each has its time.
while :; do timeout -s KILL $((30 * slow)) iperf3 -s -1 >>/run/iperf3.log 2>&1; done &
servers=$!
nc -l -p 5001 -e sh -c 'cat >/run/stream' &
receiver=$!
domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" 'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]' \
	'disk = [ "/test/disk,raw,xvda,rw", "/dev/vda,raw,xvdb,r" ]' <<-'RUN'
	(cd / && cpio -id </dev/xvdb) 2>/dev/null
	PATH=$PATH:/usr/bin
	while :; do
		fio --name=verified --filename=/dev/xvda --size=4M --offset_increment=16M --numjobs=2 --rw=randrw --bsrange=512-64k \
			--direct=1 --ioengine=libaio --iodepth=8 --fsync=16 --verify=sha256 --verify_fatal=1 --group_reporting \
			>/tmp/fio 2>&1 || echo "fio: exit $? $(tail -n 3 /tmp/fio | tr '\n' ' ')"
		echo "fio round $((fio += 1))"
	done &
	while :; do
		timeout -s KILL 120 iperf3 -c 10.0.2.15 -t 4 -f k >/tmp/iperf 2>&1 && echo "iperf3 round $((iperf += 1))"
		sleep 1
	done &
	# One connection that outlives all
	while :; do echo $((sent += 1)); usleep 200000; done | nc 10.0.2.15 5001 &
	echo "at work"
	n=0
	while [ ! -e /tmp/end ]; do echo "line $((n += 1))"; usleep 200000; done
RUN
hvctl create /test/one.cfg || fail "create: $?"
says one 'at work' 90
says one 'fio round 1' 60

# What the store has must not change, who watches must hear, and who is in the middle must be told.
hvctl store write /plinth/kept "as it was" || fail "store write"
xenstore-ls -p / | grep -v 'backend\|device' >/run/tree
lots=$(cat /test/seed)
draw() { lots=$(((lots * 1103515245 + 12345) % 2147483648)); drawn=$((lots / 65536 % $1)); }
end=$(($(cut -d. -f1 /proc/uptime) + $(cat /test/seconds)))
kills=0 writes=0
# Each has its turn, however slow the machine is; the moments are by lot.
while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ] || [ $writes -lt 12 ]; do
	victim=$(echo hvstored netback hvconsoled blkback hvstored hvbackendd | cut -d ' ' -f $((writes % 6 + 1)))
	# shellcheck disable=SC2046 # there are two blkbacks
	kill -9 $(pidof $victim) 2>/dev/null && kills=$((kills + 1)) && eval "killed_$victim=\$((killed_$victim + 1))"
	draw 900000
	usleep $((drawn + 100000))
	writes=$((writes + 1))
	hvctl store write /plinth/n/$writes $writes || fail "store write $writes after a kill of $victim"
	[ "$(hvctl store read /plinth/kept)" = "as it was" ] || fail "the store has lost a node"
done
echo "test: $kills kills: hvstored $killed_hvstored, hvconsoled $killed_hvconsoled, hvbackendd $killed_hvbackendd," \
	"blkback $killed_blkback, netback $killed_netback"
for victim in hvstored hvconsoled hvbackendd blkback netback; do
	eval "[ \${killed_$victim:-0} -gt 0 ]" || fail "$victim was never killed"
done
for n in $(seq $writes); do
	[ "$(hvctl store read /plinth/n/$n)" = "$n" ] || fail "the store has lost write $n of $writes"
done
hvctl store rm /plinth/n
xenstore-ls -p / | grep -v 'backend\|device\| tty' >/run/tree.after
grep -v ' tty' /run/tree | cmp - /run/tree.after || fail "the tree is another: $(diff /run/tree /run/tree.after | head -n 5 | tr '\n' ';')"

# All goes on: disk, network, console.
rounds=$(console one | grep -c 'fio round')
says one "fio round $((rounds + 2))" 60
rounds=$(console one | grep -c 'iperf3 round')
ping -c 3 -W 10 10.0.2.51 >/dev/null || fail "Dom0 does not reach it any more: $(grep . /sys/class/net/vif*/statistics/*_packets | tr '\n' ' ')"
# This connection has lost nothing, and goes on.
sent=$(wc -l </run/stream)
until_true 60 sh -c "[ \$(wc -l </run/stream) -gt $((sent + 10)) ]"
other=$(sed '$d' /run/stream | awk '$1 != NR { print NR " is " $0 }' | head -n 3)
[ -z "$other" ] || fail "what was sent came differently: $other"
if ! (says one "iperf3 round $((rounds + 1))" 90); then
	tail -n 30 /run/iperf3.log
	grep . /sys/class/net/vif*/statistics/*
	fail "iperf3 does not get on"
fi
! console one | grep -E '^fio: ' || fail "$(console one | grep '^fio: ' | head -n 1)"
# Each line is in the log; a kill may have made one appear twice.
missing=$(console one | sed -n 's/^line \([0-9]*\)$/\1/p' | sort -n | uniq |
	awk 'NR > 1 && $1 != last + 1 { print last + 1 } { last = $1 }')
[ -z "$missing" ] || fail "console lines are lost: $missing"
[ "$(console one | grep -c 'at work')" = 1 ] || fail "it was started again"
hvctl destroy one || fail "destroy: $?"
gone one 20
kill $servers $receiver
killall iperf3
hvctl store rm /plinth
sleep 2
as_before
exit 0
END
carry iperf3
carry xenstore-ls
tools_disk fio iperf3
echo "${SECONDS_OF_KILLS:-300}" >"$work/root/test/seconds"
echo "${SEED:-1}" >"$work/root/test/seed"
with_domu
cpus=2 limit=$((300 + ${SECONDS_OF_KILLS:-300}))
boots
succeeded
