# shellcheck shell=bash disable=SC2034,SC2154
# set: stress
# a tiny PVH guest: what its kernel may and may not do, and that wrong things end it alone
"${CC:-cc}" -std=gnu11 -O2 -ffreestanding -fno-pic -mno-red-zone -mgeneral-regs-only -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -I"${1%/*}/../../hypervisor/abi" -nostdlib -static -Wl,-Ttext-segment=0x100000 \
	-Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments,-e,start32 -o "$work/guest" "${1%/*}/hvm_guest.c" ||
	fail "hvm_guest.c does not compile"
program <<'END'
. /test/domu.sh
resources >/run/before
tiny() {
	cat >/test/tiny.cfg <<-CFG
		name = "tiny"
		type = "pvh"
		kernel = "/test/guest"
		memory = 16
		extra = "$1"
		on_poweroff = "destroy"
		on_reboot = "destroy"
		on_crash = "destroy"
	CFG
	rm -f /var/log/plinth/console/tiny.log /var/log/plinth/console-tiny.log /var/log/plinth/tiny.log
	hvctl create /test/tiny.cfg || fail "create for $1: $?"
}
tiny privileges
says tiny 'privileges: ' 60
gone tiny 20
console tiny | grep -v '^begins'
console tiny | grep -q '^privileges: right' || fail "a privilege is not as it should be"

# ends WORD REGEX: a guest that does it ends, and the hypervisor's log says why
ends() {
	tiny "$1"
	gone tiny 20
	! console tiny | grep survived || fail "it lives on after: $1"
	hvctl dmesg | grep -Eq "$2" || fail "after $1 the log has no '$2': $(hvctl dmesg | tail -n 3)"
}
ends triple 'triple fault on vcpu 0'
ends strange 'reads from 0xe0000000, where it has no memory, by an instruction'
ends walk 'a page table at 0xe0000000, where it has no memory'

# One that does nothing but exit takes its share of the CPU, no more.
tiny spin
says tiny begins 20
n=0
while [ $n -lt 20000 ]; do n=$((n + 1)); done
hvctl destroy tiny || fail "destroy"
gone tiny 20
sleep 2
resources >/run/after
cmp /run/before /run/after || fail "left behind: $(diff /run/before /run/after | tr '\n' ';')"
exit 0
END
mkdir -p "$work/root/test"
cp "$work/guest" "$work/root/test/guest"
with_domu
cpu=qemu64,+rdrand,+npt
limit=200
boots
succeeded
