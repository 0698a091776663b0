# shellcheck shell=bash disable=SC2034,SC2154
# set: stress
# an HVM DomU's screen: GRUB's menu and command line on two VGA adapters, photographed by Debian's vncsnapshot and read
. "$here/hvm.sh"
mkdir -p "$work/iso/boot/grub"
cat >"$work/iso/boot/grub/grub.cfg" <<'END'
serial --unit=0 --speed=115200
terminal_output console serial
terminal_input serial
set timeout=300
menuentry "The first of two" { true }
menuentry "The second of two" { true }
END
carry vncsnapshot
carry djpeg
mkdir -p "$work/root/usr/share/seabios" "$work/root/usr/share/qemu/keymaps"
cp /usr/share/seabios/vgabios-{stdvga,cirrus}.bin "$work/root/usr/share/seabios/"
cp /usr/share/qemu/keymaps/en-us "$work/root/usr/share/qemu/keymaps/"
truncate -s 8M "$work/pictures.tar"
devices+=(-drive "if=virtio,format=raw,file=$work/pictures.tar")
program <<'END'
. /test/domu.sh
. /test/hvm.sh
resources >/run/before
# GRUB draws its menu letter by letter through the BIOS: until the picture is the same twice.
photograph() {
	before=
	for _ in 1 2 3 4 5 6 7 8; do
		sleep 4
		vncsnapshot -quality 100 127.0.0.1:7 /run/picture.jpg >/run/vnc.out 2>&1 ||
			fail "vncsnapshot: $(cat /run/vnc.out)"
		now=$(sha256sum </run/picture.jpg)
		[ "$now" != "$before" ] || break
		before=$now
	done
	djpeg -pnm /run/picture.jpg >"/run/pictures/$1.ppm" || fail "djpeg $1"
}
# adapter NAME: pictures of GRUB's menu and command line on it
adapter() {
	{
		echo "name = \"$1\""
		echo 'type = "hvm"'
		echo 'memory = 64'
		echo 'boot = "d"'
		echo 'serial = "pty"'
		echo "vga = \"$1\""
		echo 'videoram = 16'
		echo 'vnc = 1'
		echo 'vnclisten = "127.0.0.1"'
		echo 'vncdisplay = 7'
		echo 'vncunused = 0'
		echo 'vncpasswd = ""'
		echo 'disk = [ "/dev/vdb,raw,hdc,ro,cdrom" ]'
	} >"/test/$1.cfg"
	begin "$1"
	until_true 40 grep -q "The second of two" "/run/$1.serial"
	sleep 1
	photograph "$1-menu"
	printf c >"/run/$1.keys"
	until_true 20 grep -q "grub> " "/run/$1.serial"
	sleep 1
	photograph "$1-command"
	hvctl destroy "$1" || fail "destroy $1"
	gone "$1" 60
}
ifconfig lo up
mkdir /run/pictures
adapter stdvga
adapter cirrus
tar -c -f - -C /run/pictures . | dd of=/dev/vda bs=64k conv=fsync 2>/dev/null
sleep 2
as_before
exit 0
END
limit=240
hvm_boots
succeeded
mkdir "$work/pictures"
tar -x -f "$work/pictures.tar" -C "$work/pictures"
for picture in "$work"/pictures/*.ppm; do
	"$here/screen_text.py" /usr/share/seabios/vgabios-stdvga.bin "$picture"
done >>"$log"
[ "$(count 'The first of two')" = 2 ] || fail "GRUB's menu is not on both screens"
[ "$(count '^\|grub>')" = 2 ] || fail "GRUB's command line is not on both screens"
