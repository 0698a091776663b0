#!/bin/bash
# types.sh - what one kernel costs as a PVH, a PV and an HVM DomU under Plinth, in instructions, beside Xen's figures for PVH
#
# As tests/bench/domu.sh: one CPU, -icount, AMD-V with nested paging. Each domain has 192 MiB, a disk by blkback and a vif by netback;
# the HVM one is started by SeaBIOS and GRUB from an emulated CD, and unplugs the emulated devices for PV drivers, as stock kernels do.
# Xen's figures are shared/LAB.md's. BUILD is the build directory [build].
set -eu
here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
build=$(cd "${BUILD:-build}" && pwd)
guestbench=${GUESTBENCH:-$src/../shared/bench/guestbench.c}
out=$build/bench/types
rm -rf "$out"
mkdir -p "$out/root/test" "$out/root/bin"
${CC:-gcc} -O2 -static -w -o "$out/root/bin/bt" "$guestbench"
strip "$out/root/bin/bt"
cp "$src/tests/boot/domu.sh" "$out/root/test/"
carry() {
	local file
	for file in "$1" $(ldd "$1" | grep -o '/[^ ]*'); do
		mkdir -p "$out/root${file%/*}"
		cp -L "$file" "$out/root$file"
	done
}
device_model=/usr/libexec/xen-qemu-system-i386
carry "$device_model"
mkdir -p "$out/root/usr/share/seabios"
cp /usr/share/seabios/bios-256k.bin "$out/root/usr/share/seabios/"

# What each of them does
mkdir -p "$out/guest/bin" "$out/guest/test"
cp "$out/root/bin/bt" "$out/guest/bin/"
{ cat "$here/guest-work.sh"; printf '%s\n' 'echo "all measured"' 'exec sleep 100000'; } >"$out/guest/test/run"
chmod 755 "$out/guest/test/run"
cpio -i --quiet --to-stdout '*initramfs.gz' <"$build/domu.cpio" >"$out/initrd"
(cd "$out/guest" && find . | cpio -o -H newc -R 0:0 --quiet | gzip) >>"$out/initrd"

# The CD, with the same two files
mkdir -p "$out/iso/boot/grub"
cp "$out/initrd" "$out/iso/boot/"
cpio -i --quiet --to-stdout '*vmlinuz' <"$build/domu.cpio" >"$out/iso/boot/vmlinuz"
cat >"$out/iso/boot/grub/grub.cfg" <<'END'
serial --unit=0 --speed=115200
terminal_output serial
linux /boot/vmlinuz console=hvc0 quiet plinth.run=/test/run plinth.ip=10.0.2.51/24
initrd /boot/initrd
boot
END
grub-mkrescue -d /usr/lib/grub/i386-pc --compress=no --locales= --fonts= --themes= -o "$out/cd.iso" "$out/iso" \
	--install-modules="normal serial iso9660 biosdisk part_msdos boot terminal linux gzio" >"$out/mkrescue.out" 2>&1

cat >"$out/root/test/run" <<'END'
#!/bin/sh
. /test/domu.sh
dd if=/dev/urandom of=/test/disk bs=1M count=64 2>/dev/null
# begin TYPE [LINE-OF-CONFIGURATION...]
begin() {
	type=$1
	shift
	{
		printf '%s\n' "name = \"$type\"" "type = \"$type\"" 'memory = 192' 'vif = [ "bridge=xenbr0" ]' "$@"
	} >/test/$type.cfg
	bt uecho 7001 &
	bt sink 7002 &
	bt run create hvctl create /test/$type.cfg | sed "s/^RES /RES $type /"
	says $type 'all measured' 300
	ping -c 20 -i 0.05 10.0.2.51 | sed -n "s/^round-trip.*= [0-9.]*\/\([0-9.]*\)\/.*/RES $type ping_in ms=\1/p"
	console $type | sed -n "s/^RES /RES $type /p"
	bt run destroy hvctl destroy $type | sed "s/^RES /RES $type /"
	killall bt 2>/dev/null
}
for type in pvh pv; do
	begin $type "kernel = \"$images/vmlinuz\"" 'ramdisk = "/test/initrd"' "extra = \"$run_words plinth.ip=10.0.2.51/24\"" \
		'disk = [ "file:/test/disk,xvda,w" ]'
done
begin hvm 'boot = "d"' 'serial = "pty"' 'bios_path_override = "/usr/share/seabios/bios-256k.bin"' \
	'device_model_override = "/usr/libexec/xen-qemu-system-i386"' \
	'disk = [ "/test/disk,raw,hda,rw", "/dev/vda,raw,hdc,ro,cdrom" ]'
END
cp "$out/initrd" "$out/root/test/"
chmod 755 "$out/root/test/run"
cp "$build/dom0.cpio.gz" "$out/initramfs"
truncate -s %4 "$out/initramfs"
cat "$build/domu.cpio" >>"$out/initramfs"
(cd "$out/root" && find . | cpio -o -H newc -R 0:0 --quiet) >>"$out/initramfs"
echo "bench: pvh, pv, hvm …" >&2
timeout "${LIMIT:-1200}" qemu-system-x86_64 -accel tcg -cpu qemu64,+rdrand,+npt -m 2048 -smp 1 -icount shift=0,sleep=off -seed 1 \
	-rtc base=2026-01-01,clock=vm -display none -monitor none -nic none -no-reboot -serial "file:$out/log" \
	-drive "if=virtio,format=raw,readonly=on,file=$out/cd.iso" -netdev user,id=n -device virtio-net-pci,netdev=n -kernel "${HYPERVISOR:-$build/plinth.elf}" \
	-append "com1=115200,8n1 console=com1 dom0_mem=768M" \
	-initrd "$build/dom0-kernel/vmlinuz console=hvc0 quiet plinth.run=/test/run,$out/initramfs" </dev/null
tr -d '\r' <"$out/log" | sed -n 's/^RES //p' | awk -v peer='create 1028 init 1719 forkexec 1.135 fork 0.287 getppid 5936 rdtsc 6395 clock_gettime 11744 pagefault 9006 munmap_page 1319 pipe_pingpong 55.9 rblk_1024k 178 rblk_1024k_direct 97 one_4k_direct 201 ping_out 213 ping_in 143 udp_rtt 183 tcp_src 95.1 destroy 286' '
function value(key,    i, f) { for (i = 3; i <= NF; i++) { split($i, f, "="); if (f[1] == key) return f[2] } return "" }
function shown(type, k) { return (type, k) in ours ? sprintf("%.4g", ours[type, k]) : "not measured" }
BEGIN { n = split(peer, p, " "); for (i = 1; i < n; i += 2) { order[++rows] = p[i]; xen[p[i]] = p[i + 1] } }
{
	if ($2 ~ /^ping/) v = value("ms") * 1000
	else if ($2 ~ /^(create|init|rblk|tcp|destroy)/) v = value("total_ns") / 1e6
	else if ($2 ~ /^one_4k/) v = value("per_op_ns") / 1e3
	else if ($2 ~ /^fork/) v = value("per_ns") / 1e6
	else if ($2 ~ /^(pipe|udp)/) v = value("per_ns") / 1e3
	else v = value("per_ns")
	ours[$1, $2] = v
}
END {
	unit["ping_out"] = unit["ping_in"] = "µs"
	unit["pipe_pingpong"] = unit["udp_rtt"] = unit["one_4k_direct"] = "K"
	for (i = 1; i <= rows; i++) if (order[i] ~ /^(create|init|rblk|tcp|destroy|fork)/) unit[order[i]] = "M"
	print "| what | unit | Xen 4.17 PVH (shared/LAB.md) | Plinth PVH | Plinth / Xen | Plinth PV | Plinth HVM |"
	print "|---|---|---|---|---|---|---|"
	for (i = 1; i <= rows; i++) {
		k = order[i]
		ratio = ("pvh", k) in ours ? sprintf("%.2f", ours["pvh", k] / xen[k]) : "–"
		if (ratio == "–") bad = 1
		printf "| %s | %s | %s | %s | %s | %s | %s |\n", k, unit[k], xen[k], shown("pvh", k), ratio, shown("pv", k), shown("hvm", k)
	}
	exit bad
}'
