# shellcheck shell=bash disable=SC2034,SC2154
# set: stress
# an HVM DomU by Debian's device model and SeaBIOS: GRUB and a stock kernel with 2 vcpus from a CD-ROM, emulated IDE and e1000, a disk unplugged for its PV driver
. "$here/hvm.sh"
hvm_guest ata_piix sr_mod e1000 xen-blkfront <<'END'
there /dev/sr0
echo "guest: CD $(dd if=/dev/sr0 bs=64k skip=8 count=16 2>/dev/null | sha256sum)"
disk xvda
network
END
hvm_menu <<'END'
	set timeout=300
	menuentry "stock kernel" {
		linux /boot/vmlinuz console=ttyS0,115200 quiet xen_emul_unplug=ide-disks
		initrd /boot/initrd
	}
END
program <<'END'
. /test/domu.sh
. /test/hvm.sh
resources >/run/before
keys='\r'
hvm one 'disk = [ "/test/disk,raw,hda,rw", "/dev/vda,raw,hdc,ro,cdrom" ]'
grep -q "stock kernel" /run/one.serial || fail "GRUB's menu was not there"
said "CD $(dd if=/dev/vda bs=64k skip=8 count=16 2>/dev/null | sha256sum | cut -d ' ' -f 1)"
said 'network by e1000'
sleep 2
as_before
exit 0
END
limit=150
hvm_boots
succeeded
