# shellcheck shell=bash disable=SC2034,SC2154
# set: stress
# an HVM DomU by Debian's device model and SeaBIOS: GRUB from a CD-ROM, a stock kernel with emulated IDE and e1000, then with PV drivers
carry /usr/libexec/xen-qemu-system-i386
mkdir -p "$work/root/usr/share/seabios" "$work/iso/boot/grub"
cp /usr/share/seabios/bios-256k.bin "$work/root/usr/share/seabios/"

# The guest: Dom0's kernel, which is Debian's for any machine, and an initramfs with the modules that it asks for.
guest=$work/guest modules=$(echo "${KERNEL%/*}"/lib/modules/*)
mkdir -p "$guest"/{bin,dev,proc,sys,tmp,"lib/modules/${modules##*/}"}
cp "$(command -v busybox)" "$guest/bin/busybox"
for word in ata_piix sd_mod sr_mod e1000 xen-blkfront xen-netfront; do
	path=$(grep -o "^[^ :]*/$word.ko" "$modules/modules.dep") || fail "the kernel has no module $word"
	for file in $path $(sed -n "s|^$path: *||p" "$modules/modules.dep"); do
		(cd "$modules" && cp --parents "$file" "$guest/lib/modules/${modules##*/}/")
	done
done
cp "$modules/modules.order" "$modules/modules.builtin" "$modules/modules.builtin.modinfo" "$guest/lib/modules/${modules##*/}/"
depmod -b "$guest" "${modules##*/}"
rm -f "$guest/lib/modules/${modules##*/}"/*.bin
cat >"$guest/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
echo "guest: runs, $(grep -c ^processor /proc/cpuinfo) vcpus"
for module in ata_piix sd_mod sr_mod e1000 xen-blkfront xen-netfront; do
	modprobe $module
done
n=0
until [ -b /dev/sda ] || [ -b /dev/xvda ]; do
	n=$((n + 1))
	[ $n -lt 60 ] || { echo "guest: no disk"; break; }
	sleep 1
done
disk=/dev/sda
[ -b $disk ] || disk=/dev/xvda
echo "guest: disk $disk $(dd if=$disk bs=64k count=16 2>/dev/null | sha256sum)"
dd if=/dev/urandom of=/tmp/new bs=64k count=4 2>/dev/null
dd if=/tmp/new of=$disk bs=64k seek=20 conv=fsync 2>/dev/null
echo "guest: wrote $(sha256sum </tmp/new)"
n=0
until [ -e /sys/class/net/eth0 ]; do
	n=$((n + 1))
	[ $n -lt 30 ] || { echo "guest: no network"; break; }
	sleep 1
done
echo "guest: network by $(basename "$(readlink /sys/class/net/eth0/device/driver)")"
ip addr add 10.0.2.61/24 dev eth0
ip link set eth0 up
ping -c 2 -W 20 10.0.2.15 >/dev/null && echo "guest: reached Dom0"
echo "guest: done"
poweroff -f
END
chmod 755 "$guest/init"
(cd "$guest" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1) >"$work/iso/boot/initrd"
cp "$KERNEL" "$work/iso/boot/vmlinuz"
# A second disk says that PV drivers shall take over.
cat >"$work/iso/boot/grub/grub.cfg" <<-'END'
	serial --unit=0 --speed=115200
	terminal_output serial
	terminal_input serial
	set timeout=1
	if cat (hd1)0+1; then set default=1; fi
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
resources >/run/before
# hvm NAME [LINE-OF-CONFIGURATION...]: starts it, and waits until it has done all and is gone
hvm() {
	name=$1
	shift
	dd if=/dev/urandom of=/test/disk bs=64k count=32 2>/dev/null
	before=$(dd if=/test/disk bs=64k count=16 2>/dev/null | sha256sum)
	{
		echo "name = \"$name\""
		echo 'type = "hvm"'
		echo 'memory = 192'
		echo 'boot = "d"'
		echo "serial = \"file:/run/$name.serial\""
		echo 'vif = [ "mac=00:16:3e:00:00:11,bridge=xenbr0" ]'
		echo 'on_poweroff = "destroy"'
		echo 'bios_path_override = "/usr/share/seabios/bios-256k.bin"'
		echo 'device_model_override = "/usr/libexec/xen-qemu-system-i386"'
		for line; do
			echo "$line"
		done
	} >"/test/$name.cfg"
	hvctl create "/test/$name.cfg" || { cat "/var/log/plinth/$name-qemu.log"; fail "create $name: $?"; }
	n=0
	until grep -q "guest: done" "/run/$name.serial"; do
		n=$((n + 1))
		[ $n -lt 300 ] || {
			hvctl dmesg | tail -n 30
			cat "/var/log/plinth/$name-qemu.log" "/run/$name.serial"
			fail "$name has not done its work"
		}
		sleep 1
	done
	gone "$name" 60
	tr -d '\r' <"/run/$name.serial" | grep "guest:"
	# What it read is what was there; what it wrote and synced is in the file.
	said "disk .* ${before%% *}"
	said "wrote $(dd if=/test/disk bs=64k skip=20 count=4 2>/dev/null | sha256sum | cut -d ' ' -f 1)"
	said 'reached Dom0'
}
said() { grep -q "guest: $1" "/run/$name.serial" || fail "$name has not said: $1"; }

hvm emulated 'disk = [ "/test/disk,raw,hda,rw", "/dev/vda,raw,hdc,ro,cdrom" ]'
grep -q "emulated devices" /run/emulated.serial || fail "GRUB's menu was not there"
said 'disk /dev/sda'
said 'network by e1000'
truncate -s 1M /test/second
hvm drivers 'disk = [ "/test/disk,raw,hda,rw", "/test/second,raw,hdb,rw", "/dev/vda,raw,hdc,ro,cdrom" ]'
said 'disk /dev/xvda'
said 'network by vif'
sleep 2
as_before
exit 0
END
grub-mkrescue -d /usr/lib/grub/i386-pc --compress=no --locales= --fonts= --themes= -o "$work/cd.iso" "$work/iso" \
	--install-modules="normal serial iso9660 biosdisk part_msdos echo boot terminal linux gzio cat" >"$work/mkrescue.out" 2>&1 ||
	fail "grub-mkrescue: $(tail -n 1 "$work/mkrescue.out")"
with_domu
devices+=(-drive "if=virtio,format=raw,readonly=on,file=$work/cd.iso")
cpu=qemu64,+rdrand,+svm,+npt
limit=400
hv_args="$hv_args loglvl=debug"
boots
succeeded
