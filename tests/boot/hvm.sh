# hvm.sh - what the tests of HVM domains share: a CD-ROM with GRUB, a stock kernel and a guest's own work (to be sourced)
# shellcheck shell=bash disable=SC2034,SC2154
#
# SeaBIOS reads each word of a disk by an exit of its own kind, so what it has to load is small: one kernel, and the modules that
# are asked for.

# hvm_guest MODULE...: the guest's initramfs, of which standard input is what it runs when these modules of the kernel are loaded
hvm_guest() {
	local guest=$work/guest modules word path file
	modules=$(echo "${KERNEL%/*}"/lib/modules/*)
	mkdir -p "$guest"/{bin,dev,lib,proc,sys,tmp} "$work/iso/boot/grub"
	cp "$(command -v busybox)" "$guest/bin/busybox"
	for word; do
		path=$(grep -o "^[^ :]*/$word.ko" "$modules/modules.dep") || fail "the kernel has no module $word"
		# modules.dep names last what has to be loaded first.
		for file in $(sed -n "s|^$path: *||p" "$modules/modules.dep" | tr ' ' '\n' | tac) "$path"; do
			cp "$modules/$file" "$guest/lib/"
			grep -qx "${file##*/}" "$guest/lib/order" 2>/dev/null || echo "${file##*/}" >>"$guest/lib/order"
		done
	done
	cat >"$guest/init" <<-'END'
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		export PATH=/bin
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t devtmpfs dev /dev
		while read -r module; do
			insmod "/lib/$module"
		done </lib/order
		echo "guest: $(grep -c ^processor /proc/cpuinfo) vcpus"
		there() {
			n=0
			until "$@"; do
				n=$((n + 1))
				[ $n -lt 600 ] || { echo "guest: not so: $*"; break; }
				usleep 100000
			done
		}
		opens() { dd if="$1" of=/dev/null count=0 2>/dev/null; }
		# The end of a disk of 2 MiB is written.
		disk() {
			there opens "/dev/$1"
			echo "guest: disk $1 $(dd if="/dev/$1" bs=64k count=16 2>/dev/null | sha256sum)"
			dd if=/dev/urandom of=/tmp/new bs=64k count=4 2>/dev/null
			dd if=/tmp/new of="/dev/$1" bs=64k seek=20 conv=fsync 2>/dev/null
			echo "guest: wrote $(sha256sum </tmp/new)"
		}
		network() {
			there [ -e /sys/class/net/eth0 ]
			echo "guest: network by $(basename "$(readlink /sys/class/net/eth0/device/driver)")"
			ip addr add 10.0.2.61/24 dev eth0
			ip link set eth0 up
			ping -c 2 -W 20 10.0.2.15 >/dev/null && echo "guest: reached Dom0"
		}
	END
	{ cat; echo 'echo "guest: done"'; echo 'poweroff -f'; } >>"$guest/init"
	chmod 755 "$guest/init"
	(cd "$guest" && find . | cpio -o -H newc -R 0:0 --quiet | xz -C crc32) >"$work/iso/boot/initrd"
	cp "$KERNEL" "$work/iso/boot/vmlinuz"
}

# hvm_menu: standard input is GRUB's, with a serial line for its terminal
hvm_menu() {
	{
		printf '%s\n' 'serial --unit=0 --speed=115200' 'terminal_output serial' 'terminal_input serial'
		cat
	} >"$work/iso/boot/grub/grub.cfg"
}

# hvm_boots: Dom0, with the CD-ROM as its first disk, and what it needs for HVM domains; its program finds words in /test/hvm.sh
hvm_boots() {
	grub-mkrescue -d /usr/lib/grub/i386-pc --compress=no --locales= --fonts= --themes= -o "$work/cd.iso" "$work/iso" \
		--install-modules="normal serial iso9660 biosdisk part_msdos echo boot terminal linux gzio ls" >"$work/mkrescue.out" 2>&1 ||
		fail "grub-mkrescue: $(tail -n 1 "$work/mkrescue.out")"
	carry /usr/libexec/xen-qemu-system-i386
	mkdir -p "$work/root/usr/share/seabios"
	cp /usr/share/seabios/bios-256k.bin "$work/root/usr/share/seabios/"
	cat >"$work/root/test/hvm.sh" <<-'END'
		# begin NAME: a domain by /test/NAME.cfg; what it says on its serial line is in /run/NAME.serial, and what is written to
		# /run/NAME.keys is typed there
		begin() {
			hvctl create -p "/test/$1.cfg" || { cat "/var/log/plinth/$1-qemu.log"; fail "create $1: $?"; }
			mkfifo "/run/$1.keys"
			hvctl console -t serial "$1" <>"/run/$1.keys" >"/run/$1.serial" &
			until_true 10 [ -e "/run/$1.serial" ]
			sleep 1
			hvctl unpause "$1" || fail "unpause $1"
		}
		# hvm NAME [LINE-OF-CONFIGURATION...]: starts it, types $keys at GRUB's menu, and waits until it has done all and is gone
		keys=
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
				echo 'vcpus = 2'
				echo 'serial = "pty"'
				echo 'vif = [ "mac=00:16:3e:00:00:11,bridge=xenbr0" ]'
				echo 'on_poweroff = "destroy"'
				echo 'bios_path_override = "/usr/share/seabios/bios-256k.bin"'
				echo 'device_model_override = "/usr/libexec/xen-qemu-system-i386"'
				for line; do
					echo "$line"
				done
			} >"/test/$name.cfg"
			begin "$name"
			confined || fail "the device model of $name is not confined"
			[ -z "$keys" ] || {
				until_true 60 grep -q "Press enter" "/run/$name.serial"
				printf "$keys" >"/run/$name.keys"
			}
			n=0
			until grep -q "guest: done" "/run/$name.serial"; do
				n=$((n + 1))
				[ $n -lt $((100 * slow)) ] || {
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
			said '2 vcpus'
		}
		# The device model has a user of its own, no rights, no way to any, and an empty root.
		confined() {
			for p in /proc/[0-9]*; do
				[ "$(readlink "$p/exe")" = /usr/libexec/xen-qemu-system-i386 ] || continue
				grep -E '^(Uid|Gid|NoNewPrivs|CapEff)' "$p/status"
				awk '/^[UG]id:/ { for (i = 2; i <= 5; i++) if ($i == 0) exit 1 }
					/^CapEff:/ && $2 !~ /^0+$/ { exit 1 }
					/^NoNewPrivs:/ && $2 != 1 { exit 1 }' "$p/status" || return 1
				[ -z "$(ls -A "$p/root/")" ]
				return
			done
			return 1
		}
		said() { grep -q "guest: $1" "/run/$name.serial" || fail "$name has not said: $1"; }
	END
	with_domu
	devices+=(-drive "if=virtio,format=raw,readonly=on,file=$work/cd.iso")
	cpu=qemu64,+rdrand,+svm,+npt
	boots
}
