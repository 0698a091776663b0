# shellcheck shell=bash disable=SC2034,SC2154
# set: stress
# an HVM DomU twice: with all its emulated devices, and as a kernel does it by itself: unplugged, with PV drivers
. "$here/hvm.sh"
hvm_guest ata_piix sd_mod e1000 xen-blkfront xen-netfront <<'END'
until [ -b /dev/sda ] || [ -b /dev/xvda ]; do
	usleep 100000
done
[ -b /dev/sda ] && disk sda || disk xvda
network
END
hvm_menu <<'END'
	set timeout=300
	menuentry "emulated devices" {
		linux /boot/vmlinuz console=ttyS0,115200 quiet xen_emul_unplug=never
		initrd /boot/initrd
	}
	menuentry "PV drivers" {
		linux /boot/vmlinuz console=ttyS0,115200 quiet
		initrd /boot/initrd
	}
END
program <<'END'
. /test/domu.sh
. /test/hvm.sh
keys='\r'
hvm emulated 'disk = [ "/test/disk,raw,hda,rw", "/dev/vda,raw,hdc,ro,cdrom" ]'
said 'disk sda'
said 'network by e1000'
keys='\016\r'
hvm drivers 'disk = [ "/test/disk,raw,hda,rw", "/dev/vda,raw,hdc,ro,cdrom" ]'
said 'disk xvda'
said 'network by vif'
exit 0
END
limit=300
hvm_boots
succeeded
