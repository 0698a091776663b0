# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# an HVM DomU by Debian's device model and SeaBIOS: GRUB and a stock kernel with 2 vcpus from a CD, which is changed; emulated IDE and e1000; a PV disk
. "$here/hvm.sh"
hvm_guest ata_piix sr_mod e1000 xen-blkfront <<'END'
there [ -e /dev/sr0 ]
medium() { dd if=/dev/sr0 bs=64k skip=8 count=16 2>/dev/null | sha256sum; }
nothing=$(sha256sum </dev/null)
first=$(medium)
echo "guest: CD $first"
disk xvda
network
echo "guest: another CD, please"
for _ in 1 2 3 4 5 6 7 8; do
	sleep 4
	second=$(medium)
	[ "$second" = "$first" ] || [ "$second" = "$nothing" ] || break
done
echo "guest: another CD $second"
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
dd if=/dev/urandom of=/test/second bs=64k count=32 2>/dev/null
{
	until_true 200 grep -q "another CD, please" /run/one.serial
	until_true 20 hvctl cd-insert one hdc /test/second # the guest may just have locked its drive
} &
keys='\r'
hvm one 'disk = [ "/test/disk,raw,hda,rw", "/dev/vda,raw,hdc,ro,cdrom" ]'
grep -q "stock kernel" /run/one.serial || fail "GRUB's menu was not there"
said "CD $(dd if=/dev/vda bs=64k skip=8 count=16 2>/dev/null | sha256sum | cut -d ' ' -f 1)"
said "another CD $(dd if=/test/second bs=64k skip=8 count=16 2>/dev/null | sha256sum | cut -d ' ' -f 1)"
said 'network by e1000'
sleep 2
as_before
exit 0
END
limit=180
hvm_boots
succeeded
