#!/bin/bash
# refguest.sh - how many instructions pass from `hvctl create` to the first answer of the reference guest's web server
#
# The guest has 3 MiB, a disk by blkback and a vif by netback, on a stock Dom0 with one CPU; QEMU's -icount makes a nanosecond of the
# guests one instruction. Prints one line for each of three creations, the first of them Dom0's first of all. BUILD is the build
# directory [build].
set -eu
here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
build=$(cd "${BUILD:-build}" && pwd)
out=$build/bench/refguest
rm -rf "$out"
mkdir -p "$out/root/test" "$out/root/bin" "$out/files"
${CC:-gcc} -O2 -static -o "$out/root/bin/first" "$here/first.c"
strip "$out/root/bin/first"
echo "hello from the disk" >"$out/files/small"
tar -C "$out/files" --format=ustar -cf "$out/root/test/files.tar" small
cp "$build/refguest.elf" "$src/tests/boot/domu.sh" "$out/root/test/"
cat >"$out/root/test/run" <<'END'
#!/bin/sh
. /test/domu.sh
cat >/test/ref.cfg <<-CFG
	name = "ref"
	kernel = "/test/refguest.elf"
	extra = "ip=10.0.2.60"
	memory = 3
	disk = [ "file:/test/files.tar,xvda,r" ]
	vif = [ "mac=00:16:3e:00:00:60,bridge=xenbr0" ]
CFG
for i in 1 2 3; do
	first 10.0.2.60 /small hvctl create -q /test/ref.cfg || fail "create, or no answer"
	hvctl destroy ref
	gone ref 20
	sleep 4 # what Dom0's network remembers of it
	ip neigh flush dev xenbr0
done
END
chmod 755 "$out/root/test/run"
cp "$build/dom0.cpio.gz" "$out/initramfs"
truncate -s %4 "$out/initramfs"
(cd "$out/root" && find . | cpio -o -H newc -R 0:0 --quiet) >>"$out/initramfs"
timeout "${LIMIT:-600}" qemu-system-x86_64 -accel tcg -cpu qemu64,+rdrand,+npt -m 1024 -smp 1 -icount shift=0,sleep=off -seed 1 \
	-rtc base=2026-01-01,clock=vm -display none -monitor none -nic none -no-reboot -serial "file:$out/log" \
	-netdev user,id=n -device virtio-net-pci,netdev=n -kernel "${HYPERVISOR:-$build/plinth.elf}" \
	-append "com1=115200,8n1 console=com1 dom0_mem=512M" \
	-initrd "$build/dom0-kernel/vmlinuz console=hvc0 quiet plinth.run=/test/run,$out/initramfs" </dev/null
tr -d '\r' <"$out/log" | awk '
/^RES first/ { split($3, t, "="); split($4, c, "="); printf "first answer after %.1f M instructions, hvctl ended after %.1f M\n", t[2] / 1e6, c[2] / 1e6; n++ }
END { exit n != 3 }'
