# shellcheck shell=bash disable=SC2034
# set: audited
# dom0-2cpus: Dom0 has both CPUs, and both do work
cpus=2
program <<'END'
test "$(nproc)" = 2 || { echo "test: $(nproc) CPUs, not 2"; exit 1; }
# Work that is bound to each CPU must end, and show up as that CPU's time
for cpu in 0 1; do
	before=$(awk -v c=cpu$cpu '$1 == c { print $2 + $4 }' /proc/stat)
	taskset -c $cpu sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done' || { echo "test: CPU $cpu"; exit 1; }
	after=$(awk -v c=cpu$cpu '$1 == c { print $2 + $4 }' /proc/stat)
	test "$after" -gt "$before" || { echo "test: CPU $cpu did nothing ($before, $after)"; exit 1; }
done
# Bouncing between them takes wake-ups across CPUs
(taskset -c 0 dd if=/dev/zero bs=4k count=2000 2>/dev/null) | taskset -c 1 sha256sum >/run/sum
test "$(head -c 8192000 /dev/zero | sha256sum)" = "$(cat /run/sum)" ||
	{ echo "test: what came through the pipe is wrong"; exit 1; }
END
boots
succeeded
expect 'Brought up 1 node, 2 CPUs'
