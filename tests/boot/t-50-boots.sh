# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# 50-boots: fifty starts without a hang, two machines at a time, one with one CPU and one with two, each to Dom0's init and off again
dom0_args="$dom0_args quiet plinth.minimal"
program <<'END'
test "$(cat /sys/hypervisor/type)" = xen
END
limit=60
# Unpacking xz is half of a start, and part of every other test's: here the same kernel is packed by lz4.
"$here/../../scripts/lz4-kernel" "$KERNEL" "$work/vmlinuz" || fail "no kernel packed with lz4"
kernel=$work/vmlinuz

# row CPUS: half of the starts, one after the other; why it ended early, or nothing, is left in a file
row() {
	local all=$work round
	cpus=$1 log=${log%.log}-$1.log work=$work/$1
	mkdir "$work" && cp -r "$all/root" "$work/"
	for round in $(seq 25); do
		(boots && succeeded) >"$work/reason" || {
			echo "start $round with $1 CPUs: $(tail -n 1 "$work/reason")" >>"$all/failed"
			return
		}
		[ ! -s "$all/failed" ] || return
	done
	echo "$1 CPUs: $round starts" >>"$all/done"
}
row 1 &
row 2 &
wait
[ ! -s "$work/failed" ] || fail "$(cat "$work/failed")"
[ "$(wc -l <"$work/done")" = 2 ] || fail "a row ended early"
