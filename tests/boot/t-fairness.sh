# shellcheck shell=bash disable=SC2034,SC2154
# set: stress
# DomUs that flood the store, their consoles, disks and networks, or send events, take no more from Dom0 and another than a bound
most=4	   # times as long as alone, the quickest of some: two CPUs, which Dom0, the other and one flood share
most_all=8 # the same with two such DomUs that do all of it at once, and one that sends events
program <<'END'
. /test/domu.sh
resources >/run/before
truncate -s 32M /test/disk
truncate -s 1M /test/disk2 /test/disk3
domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" 'disk = [ "/test/disk,raw,xvda,rw" ]' \
	'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]' <<-'RUN'
	dd if=/dev/urandom of=/tmp/data bs=1M count=1 2>/dev/null
	want=$(sha256sum </tmp/data)
	n=0
	while :; do
		begin=$(cut -d ' ' -f 1 /proc/uptime)
		dd if=/tmp/data of=/dev/xvda bs=16k seek=$((n % 8 * 64)) oflag=direct conv=fsync 2>/dev/null || echo "a write failed"
		[ "$(dd if=/dev/xvda bs=16k skip=$((n % 8 * 64)) count=64 iflag=direct 2>/dev/null | sha256sum)" = "$want" ] || echo "wrong data"
		[ "$(nc 10.0.2.15 5001 </tmp/data | sha256sum)" = "$want" ] || echo "the network has changed what it sent"
		echo "round $((n += 1)) $begin $(cut -d ' ' -f 1 /proc/uptime)"
	done
RUN
for name in flood flood2; do mkdir -p /test/$name/test && cp /test/storm /test/$name/test/; done
domu flood "extra = \"$run_words plinth.ip=10.0.2.52/24\"" 'disk = [ "/test/disk2,raw,xvda,rw" ]' 'vif = [ "bridge=xenbr0" ]' <<-'RUN'
	/test/storm
RUN
domu flood2 "extra = \"$run_words plinth.ip=10.0.2.53/24\"" 'disk = [ "/test/disk3,raw,xvda,rw" ]' 'vif = [ "bridge=xenbr0" ]' <<-'RUN'
	/test/storm
RUN
printf 'name = "events"\nkernel = "/test/events.elf"\nmemory = 16\n' >/test/events.cfg
nc -ll -p 5001 -e cat &
server=$!
hvctl create /test/one.cfg || fail "create one: $?"
hvctl create /test/flood.cfg || fail "create flood: $?"
says one 'round 3' 90
says flood '^domu: up' 90
now() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }
# What a DomU is to do
tell() {
	id=$(hvctl domid "$1")
	hvctl store write "/local/domain/$id/data/phase" "$2"
	for _ in $(seq 300); do
		[ "$(hvctl store read "/local/domain/$id/data/begun" 2>/dev/null)" != "$2" ] || return 0
		usleep 100000
	done
	fail "$1: the storm has not begun: $2"
}
begin() {
	case $1 in
	events) tell flood idle; hvctl create /test/events.cfg || fail "create events: $?" ;;
	all)
		hvctl create /test/events.cfg || fail "create events: $?"
		hvctl create /test/flood2.cfg || fail "create flood2: $?"
		says flood2 '^domu: up' 90
		tell flood2 all
		tell flood all
		;;
	*) tell flood "$1" ;;
	esac
}
end() {
	case $1 in
	events) hvctl destroy events || fail "destroy events" ;;
	all) for name in events flood2; do hvctl destroy $name || fail "destroy $name"; done ;;
	esac
}
# Ten of Dom0's own questions, to store and hypervisor; hundredths of a second
dom0_time() {
	t=$(now)
	for _ in 1 2 3 4 5; do
		hvctl store read /local/domain/0/name >/dev/null || fail "store read"
		hvctl list >/dev/null || fail "list"
	done
	echo $(($(now) - t))
}
for phase in idle cpu events store console net disk all idle; do
	begin $phase
	sleep 2
	from=$(console one | grep -c '^round')
	dom0=999999
	for _ in 1 2 3; do
		t=$(dom0_time)
		[ "$t" -ge $dom0 ] || dom0=$t
	done
	left=60
	while [ $(($(console one | grep -c '^round') - from)) -lt 5 ]; do
		left=$((left - 1))
		[ $left -gt 0 ] || fail "$phase: the other does not get on"
		sleep 1
	done
	other=$(console one | awk -v from="$from" '$1 == "round" && $2 > from + 1 { t = int(($4 - $3) * 100 + .5); if (!best || t < best) best = t } END { print best }')
	# Before what it says on its console drives that out of the log
	[ $phase != store ] || console flood | grep '^storm:' | tee /run/storm
	end $phase
	echo "test: $phase: Dom0 $dom0, the other $other (hundredths of a second)"
	if [ $phase = idle ]; then
		# At the end once more, and the better counts
		[ "$dom0" -ge "${dom0_alone:-999999}" ] || dom0_alone=$dom0
		[ "$other" -ge "${other_alone:-999999}" ] || other_alone=$other
	else
		figures="$figures $phase:$dom0:$other"
	fi
done
for figure in $figures; do
	set -- $(echo "$figure" | tr : ' ') $(cat /test/most)
	bound=$4
	[ "$1" != all ] || bound=$5
	[ "$2" -le $((dom0_alone * bound)) ] || fail "$1: Dom0 takes $2, alone $dom0_alone"
	[ "$3" -le $((other_alone * bound)) ] || fail "$1: the other takes $3, alone $other_alone"
done
! console one | grep -E 'failed|wrong|changed' || fail "one: $(console one | grep -E 'failed|wrong|changed' | head -n 1)"
# What it tried to take for itself
for words in '9[0-9][0-9] nodes, then ENOSPC' '1[0-2][0-9] watches' '10 transactions, then ENOSPC'; do
	grep -Eq "^storm: $words" /run/storm || fail "not so: $words"
done
kib=$(du -ck /var/log/plinth/console/flood.log* | tail -n 1 | cut -f 1)
[ "$kib" -le 4096 ] || fail "the console's log has grown to $kib KiB"
for name in one flood; do
	hvctl destroy $name || fail "destroy $name: $?"
	gone $name 20
done
kill $server
sleep 2
as_before
exit 0
END
"${CC:-cc}" -O2 -static -Wall -Werror -o "$work/storm" "${1%/*}/storm.c" || fail "storm.c does not compile"
mkdir -p "$work/root/test" && mv "$work/storm" "$work/root/test/"
echo $most $most_all >"$work/root/test/most"
[ -s "$BUILD/guest/domu/events.elf" ] || fail "$BUILD/guest/domu/events.elf is missing: run \`make guest-programs\` first"
cp "$BUILD/guest/domu/events.elf" "$work/root/test/"
with_domu
cpus=2 limit=600
boots
succeeded
