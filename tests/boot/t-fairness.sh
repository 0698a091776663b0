# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# DomUs that flood the store, their consoles, disks and networks, or send events, take no more from Dom0 and another than a bound
#
# QEMU counts instructions here (-icount), so that a busy host changes no figure, and there is one CPU for all. The neighbour and
# Dom0, who works for it, take turns: alone they have the CPU to themselves. A flood that always wants it leaves them a half, and
# a third if Dom0 works for it too: three times as long. Where a second DomU sends events it is a fourth, and Dom0's own programs share
# that with the daemons: six times. Who lets a domain run before all others, or serves one until it asks no more, misses these
# bounds by far, for no flood ends.
most=3 most_all=6
program <<'END'
. /test/domu.sh
resources >/run/before
truncate -s 1M /test/disk2
neighbour
mkdir -p /test/flood/test && cp /test/storm /test/flood/test/
domu flood "extra = \"$run_words plinth.ip=10.0.2.52/24\"" 'disk = [ "/test/disk2,raw,xvda,rw" ]' 'vif = [ "bridge=xenbr0" ]' <<-'RUN'
	/test/storm
RUN
hvctl create /test/flood.cfg || fail "create flood: $?"
says flood '^domu: up' 90
printf 'name = "events"\nkernel = "/test/events.elf"\nmemory = 16\n' >/test/events.cfg
# Sixty seconds of patience, in short steps: each second is a thousand million instructions while a flood runs.
soon() {
	left=600
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || fail "$phase: not so in time: $*"
		usleep 100000
	done
}
made() { [ "$(rounds)" -ge "$1" ]; }
now() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }
# What the flood is to do
begun() { [ "$(hvctl store read "/local/domain/$flood/data/begun" 2>/dev/null)" = "$1" ]; }
tell() {
	hvctl store write "/local/domain/$flood/data/phase" "$1" || fail "store write"
	soon begun "$1"
}
flood=$(hvctl domid flood)
begin() {
	case $1 in
	events) tell idle ;;
	*) tell "$1" ;;
	esac
	case $1 in
	store) says flood '^storm: .* transactions' 90 ;;
	events | all) hvctl create /test/events.cfg || fail "create events: $?" ;;
	esac
}
end() {
	case $1 in
	# Before what it says on its console drives that out of the log
	store) console flood | grep '^storm:' | tee /run/storm ;;
	events | all) hvctl destroy events || fail "destroy events" ;;
	esac
}
# Hundredths of a second for twenty of Dom0's own questions, to store and hypervisor
dom0_time() {
	t=$(now)
	for _ in $(seq 10); do
		hvctl store read /local/domain/0/name >/dev/null || fail "store read"
		hvctl list >/dev/null || fail "list"
	done
	echo $(($(now) - t))
}
for phase in idle cpu events store console net disk all; do
	begin $phase
	from=$(rounds)
	soon made $((from + 1))
	dom0=$(dom0_time)
	soon made $((from + 4))
	other=$(round_time "$from" $((from + 4)))
	end $phase
	step "$phase: Dom0 $dom0 hundredths of a second, the neighbour $other s"
	[ $phase != idle ] || dom0_alone=$dom0 other_alone=$other
	figures="$figures $phase:$dom0:$other"
done
for figure in $figures; do
	set -- $(echo "$figure" | tr : ' ') $(cat /test/most)
	[ "$1" = all ] && bound=$5 || bound=$4
	[ "$(awk "BEGIN { print $2 <= $bound * $dom0_alone }")" = 1 ] || fail "$1: Dom0 takes $2, alone $dom0_alone"
	[ "$(awk "BEGIN { print $3 <= $bound * $other_alone }")" = 1 ] || fail "$1: the neighbour takes $3 s, alone $other_alone s"
done
neighbour_right
# What it tried to take for itself
for words in '9[0-9][0-9] nodes, then ENOSPC' '1[0-2][0-9] watches, then E2BIG' '10 transactions, then ENOSPC'; do
	grep -Eq "^storm: $words" /run/storm || fail "not so: $words"
done
kib=$(du -ck /var/log/plinth/console/flood.log* | tail -n 1 | cut -f 1)
[ "$kib" -le 4096 ] || fail "the console's log has grown to $kib KiB"
for name in one flood; do
	hvctl destroy $name || fail "destroy $name: $?"
	gone $name 20
done
kill $echoing
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
devices+=(-icount 'shift=0,sleep=off' -seed 1 -rtc 'base=2026-01-01,clock=vm')
limit=600
boots
succeeded
