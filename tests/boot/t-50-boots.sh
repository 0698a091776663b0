# shellcheck shell=bash disable=SC2034,SC2154
# 50-boots: fifty starts in a row, on one and two CPUs in turn, each to Dom0's init and off again
dom0_args="$dom0_args quiet plinth.minimal"
program <<'END'
test "$(cat /sys/hypervisor/type)" = xen
END
limit=60
for round in $(seq 50); do
	cpus=$((round % 2 + 1))
	(boots && succeeded) >"$work/reason" || fail "start $round: $(tail -n 1 "$work/reason")"
done
