# shellcheck shell=bash disable=SC2034,SC2154
# set: stress
# an HVM DomU with Debian's device model and SeaBIOS: a GRUB CD-ROM up to its menu on the serial line
carry /usr/libexec/xen-qemu-system-i386
mkdir -p "$work/root/usr/share/seabios" "$work/iso/boot/grub"
cp /usr/share/seabios/bios-256k.bin "$work/root/usr/share/seabios/"
cat >"$work/iso/boot/grub/grub.cfg" <<-END
	serial --unit=0 --speed=115200
	terminal_output serial
	terminal_input serial
	set timeout=-1
	menuentry "a menu of the test's" {
		halt
	}
END
program <<'END'
. /test/domu.sh
cat >/test/cd.cfg <<-CFG
	name = "cd"
	type = "hvm"
	memory = 64
	boot = "d"
	serial = "file:/run/cd.serial"
	disk = [ "/test/cd.iso,raw,hdc,ro,cdrom" ]
CFG
cat >/test/qemu <<-X
	#!/bin/sh
	exec /usr/libexec/xen-qemu-system-i386 "\$@" -trace handle_ioreq -D /run/trace.log
X
chmod 755 /test/qemu
echo 'device_model_override = "/test/qemu"' >>/test/cd.cfg
hvctl create /test/cd.cfg || { cat /var/log/plinth/cd-qemu.log; hvctl dmesg | tail -n 20; fail "create: $?"; }
n=0
until grep -q "a menu of the test" /run/cd.serial; do
	n=$((n + 1))
	[ $n -lt 40 ] || { wc -l /run/trace.log; tail -n 30 /run/trace.log; sleep 2;  wc -l /run/trace.log; cut -d' ' -f2- /run/trace.log | cut -c1-60 | sort | uniq -c | sort -n | tail -n 10; hvctl vcpu-list cd; hvctl dmesg | tail -n 50; cat /var/log/plinth/cd-qemu.log; cat /run/cd.serial; fail "no menu"; }
	sleep 1
done
hvctl destroy cd || fail "destroy"
exit 0
END
grub-mkrescue -d /usr/lib/grub/i386-pc --compress=no --locales= --fonts= --themes= -o "$work/root/test/cd.iso" "$work/iso" \
	--install-modules="normal serial iso9660 biosdisk part_msdos echo boot terminal" >"$work/mkrescue.out" 2>&1 ||
	fail "grub-mkrescue: $(tail -n 1 "$work/mkrescue.out")"
with_domu
cpu=qemu64,+rdrand,+svm,+npt
limit=250
hv_args="$hv_args loglvl=debug"
boots
succeeded
