# shellcheck shell=bash disable=SC2034,SC2154
# set: audited
# Dom0 grants pages to itself by its kernel's drivers: they are mapped, copied and given back whole
cpus=2
"${CC:-cc}" -O2 -static -o "$work/grants" "${1%/*}/grants.c" || fail "grants.c does not compile"
program <<END
modprobe xen-gntalloc; modprobe xen-gntdev
/test/grants || exit 1
dmesg | grep -E 'still in use|eaking|BUG:|WARNING:' && exit 1
exit 0
END
mkdir -p "$work/root/test"
cp "$work/grants" "$work/root/test/grants"
boots
succeeded
expect 'grants: 0 failures'
