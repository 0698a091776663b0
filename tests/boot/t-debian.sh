# shellcheck shell=bash disable=SC2034,SC2154
# set: stress
# debian: Plinth as docs/installing.md installs it on Debian 12 with systemd: the units, the demo's DomUs, GRUB's menu entry
disk=$work/debian.img cpus=2 memory=2048 limit=300
"$here/debian-image" "$here/../.." "$BUILD" "$disk" >"$work/image.out" 2>&1 ||
	fail "the disk cannot be made: $(tail -n 1 "$work/image.out")"
devices+=(-netdev 'user,id=net0' -device 'virtio-net-pci,netdev=net0'
	-drive "if=none,id=disk0,format=raw,file=$disk" -device 'virtio-blk-pci,drive=disk0')

# The first start is QEMU's, with the kernel and the initramfs that Debian made
debugfs -R "rdump /boot $work" "$disk" >/dev/null 2>&1
kernel=$(echo "$work"/boot/vmlinuz-*) initramfs=$(echo "$work"/boot/initrd.img-*)
hv_args="$hv_args dom0_mem=768M" dom0_args="$dom0_args root=/dev/vda ro"
boots
succeeded
expect 'demo1: ping: 10.0.2.52 answers' 'demo2: ping: 10.0.2.51 answers'
cp "$log" "${log%.log}-first.log"

# The second is GRUB's, from the menu which grub-mkconfig made there
mkdir -p "$work/iso/boot/grub"
# shellcheck disable=SC2016 # GRUB's variables
echo 'serial --unit=0; terminal_output serial; set timeout=0; set root=(hd0); set prefix=(hd0)/boot/grub; configfile /boot/grub/grub.cfg' \
	>"$work/iso/boot/grub/grub.cfg"
grub-mkrescue --compress=no --locales= --fonts= --themes= -o "$work/boot.iso" "$work/iso" >"$work/mkrescue.out" 2>&1 ||
	fail "grub-mkrescue: $(tail -n 1 "$work/mkrescue.out")"
start -cdrom "$work/boot.iso" -boot d
stop
[ "$outcome" = "ended 0" ] || fail "by GRUB: $outcome; last line: $(last_line)"
healthy
succeeded
expect 'test: started by GRUB'
