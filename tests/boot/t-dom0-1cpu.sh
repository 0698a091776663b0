# shellcheck shell=bash disable=SC2034
# set: audited
# dom0-1cpu: Debian's kernel runs as Dom0 on one CPU, and knows where it is
program <<'END'
test "$(cat /sys/hypervisor/type)" = xen || { echo "test: not on the hypervisor"; exit 1; }
test "$(cat /sys/hypervisor/uuid)" = 00000000-0000-0000-0000-000000000000 || { echo "test: not domain 0"; exit 1; }
grep -q control_d /proc/xen/capabilities || { echo "test: not privileged"; exit 1; }
test "$(nproc)" = 1 || { echo "test: $(nproc) CPUs"; exit 1; }
END
boots
succeeded
expect 'Booting kernel on Xen|Booting paravirtualized kernel on Xen'
