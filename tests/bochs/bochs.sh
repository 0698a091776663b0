# bochs.sh - one start of a machine with VT-x in Bochs (to be sourced)
# shellcheck shell=bash
#
# Debian's Bochs 2.7, headless; GRUB loads the hypervisor and its modules from a CD. Serial output comes in $work/serial.log.

# bochs_iso HYPERVISOR ARGUMENTS [KERNEL ARGUMENTS [INITRAMFS]]: $work/boot.iso
bochs_iso() {
	mkdir -p "$work/iso/boot/grub"
	cp "$1" "$work/iso/boot/hypervisor"
	[ -z "${3-}" ] || cp "$3" "$work/iso/boot/vmlinuz"
	[ -z "${5-}" ] || cp "$5" "$work/iso/boot/initramfs"
	{
		echo 'set timeout=0'
		echo 'set gfxpayload=text'
		echo 'menuentry hypervisor {'
		echo "	multiboot2 /boot/hypervisor $2"
		[ -z "${3-}" ] || echo "	module2 /boot/vmlinuz ${4-}"
		[ -z "${5-}" ] || echo '	module2 --nounzip /boot/initramfs'
		echo '}'
	} >"$work/iso/boot/grub/grub.cfg"
	grub-mkrescue -d /usr/lib/grub/i386-pc --compress=no --locales= --fonts= --themes= \
		--install-modules="multiboot multiboot2 normal iso9660 biosdisk part_msdos gzio configfile boot terminal ls" \
		-o "$work/boot.iso" "$work/iso" >"$work/mkrescue.out" 2>&1
}

# bochs_start MODEL CPUS MIB IPS: runs it in the background; bochs_pid
bochs_start() {
	cat >"$work/bochsrc" <<-END
		display_library: rfb, options="timeout=0"
		config_interface: textconfig
		plugin_ctrl: speaker=0, parallel=0, gameport=0
		cpu: model=$1, count=$2, ips=$4, reset_on_triple_fault=0, ignore_bad_msrs=1
		memory: guest=$3, host=$3
		romimage: file=/usr/share/bochs/BIOS-bochs-latest
		vgaromimage: file=/usr/share/vgabios/vgabios.bin
		vga: extension=none, realtime=0
		ata0-master: type=cdrom, path=$work/boot.iso, status=inserted
		boot: cdrom
		com1: enabled=1, mode=file, dev=$work/serial.log
		log: $work/bochs.log
		clock: sync=none, time0=1700000000
		panic: action=fatal
		error: action=report
		info: action=report
		debug: action=ignore
	END
	printf 'c\nq\n' >"$work/rc.txt"
	: >"$work/serial.log"
	# Its display listens without a password: it gets a network of its own, with nothing in it.
	(cd "$work" && exec unshare -n bochs-bin -q -f bochsrc -rc rc.txt) </dev/null >"$work/bochs.out" 2>&1 &
	bochs_pid=$!
}
