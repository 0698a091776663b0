#!/bin/bash
# domu.sh - what a DomU costs under Plinth, in instructions: creating, starting, working, ending it
#
# The stock cloud kernel with 192 MiB, a disk by blkback and a vif by netback, on a stock Dom0 with one CPU; QEMU's -icount makes a
# nanosecond of the guests one instruction. The programs are shared/bench/guestbench.c, as for the peer's figures in
# shared/LAB.md. Prints "what figure" lines and a Markdown table with those beside. BUILD is the build directory [build].
set -eu
here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
build=$(cd "${BUILD:-build}" && pwd)
guestbench=${GUESTBENCH:-$src/../shared/bench/guestbench.c}
out=$build/bench/domu
rm -rf "$out"
mkdir -p "$out/root/test" "$out/root/bin"
${CC:-gcc} -O2 -static -w -o "$out/root/bin/bt" "$guestbench"
strip "$out/root/bin/bt"
cp "$src/tests/boot/domu.sh" "$out/root/test/"
cat >"$out/root/test/run" <<'END'
#!/bin/sh
. /test/domu.sh
dd if=/dev/urandom of=/test/disk bs=1M count=64 2>/dev/null
cp /bin/bt /test/bt
mkdir -p /test/u/bin
cp /bin/bt /test/u/bin/bt
domu u "extra = \"console=hvc0 quiet plinth.run=/test/run plinth.ip=10.0.2.51/24\"" 'disk = [ "file:/test/disk,xvda,w" ]' \
	'vif = [ "bridge=xenbr0" ]' <<-'RUN'
	dmesg | sed -n 's/^\[ *\([0-9]*\)[.]\([0-9]*\)\] Run .init.*/RES init total_ns=\1\2000/p'
	bt forkexec 200
	bt fork 200
	bt getppid 10000
	bt rdtsc 10000
	bt clock 10000
	bt pf 2000
	bt ctx 500
	bt rblk /dev/xvda 1024 64
	echo 3 >/proc/sys/vm/drop_caches
	bt rblk /dev/xvda 1024 64 direct
	bt rblk /dev/xvda 4 2 direct | sed 's/rblk_4k/one_4k/'
	ping -c 20 -i 0.05 10.0.2.15 | sed -n 's/^round-trip.*= [0-9.]*\/\([0-9.]*\)\/.*/RES ping_out ms=\1/p'
	bt urtt 10.0.2.15 7001 200
	sleep 1
	bt src 10.0.2.15 7002 32
	sleep 1
	bt sink 7003
	echo "all measured"
	exec sleep 100000
RUN
bt uecho 7001 &
bt sink 7002 &
hvctl list >/dev/null
bt run list hvctl list
bt run create hvctl create /test/u.cfg
says u 'tcp_src' 300
ping -c 20 -i 0.05 10.0.2.51 | sed -n 's/^round-trip.*= [0-9.]*\/\([0-9.]*\)\/.*/RES ping_in ms=\1/p'
bt src 10.0.2.51 7003 32 | sed 's/tcp_src/tcp_in/'
says u 'all measured' 60
console u | grep '^RES'
bt run destroy hvctl destroy u
END
chmod 755 "$out/root/test/run"
cp "$build/dom0.cpio.gz" "$out/initramfs"
truncate -s %4 "$out/initramfs"
cat "$build/domu.cpio" >>"$out/initramfs"
(cd "$out/root" && find . | cpio -o -H newc -R 0:0 --quiet) >>"$out/initramfs"
echo "bench: domu …" >&2
timeout "${LIMIT:-900}" qemu-system-x86_64 -accel tcg -cpu qemu64,+rdrand,+npt -m 2048 -smp 1 -icount shift=0,sleep=off -seed 1 \
	-rtc base=2026-01-01,clock=vm -display none -monitor none -nic none -no-reboot -serial "file:$out/log" \
	-netdev user,id=n -device virtio-net-pci,netdev=n -kernel "${HYPERVISOR:-$build/plinth.elf}" \
	-append "com1=115200,8n1 console=com1 dom0_mem=768M" \
	-initrd "$build/dom0-kernel/vmlinuz console=hvc0 quiet plinth.run=/test/run,$out/initramfs" </dev/null
tr -d '\r' <"$out/log" | sed -n 's/^RES //p' | awk -v peer='list 10.7 create 1020 init 3063 forkexec 1.907 fork 0.653 getppid 2444 rdtsc 1388 clock_gettime 3974 pagefault 7907 munmap_page 3214 pipe_pingpong 31.7 rblk_1024k 148 rblk_1024k_direct 82 one_4k_direct 85.9 ping_out 95 ping_in 76 udp_rtt 89.6 tcp_src 80.2 tcp_in 79.9 destroy 296' '
function value(key,    i, f) { for (i = 2; i <= NF; i++) { split($i, f, "="); if (f[1] == key) return f[2] } return "" }
BEGIN { n = split(peer, p, " "); for (i = 1; i < n; i += 2) { order[++rows] = p[i]; xen[p[i]] = p[i + 1] } }
{
	if ($1 ~ /^ping/) v = value("ms") * 1000
	else if ($1 ~ /^(list|create|init|rblk|tcp|destroy)/) v = value("total_ns") / 1e6
	else if ($1 ~ /^one_4k/) v = value("per_op_ns") / 1e3
	else if ($1 ~ /^fork/) v = value("per_ns") / 1e6
	else if ($1 ~ /^(pipe|udp)/) v = value("per_ns") / 1e3
	else v = value("per_ns")
	ours[$1] = v
}
END {
	unit["ping_out"] = unit["ping_in"] = "µs"
	unit["pipe_pingpong"] = unit["udp_rtt"] = unit["one_4k_direct"] = "K"
	for (i = 1; i <= rows; i++) if (order[i] ~ /^(list|create|init|rblk|tcp|destroy|fork)/) unit[order[i]] = "M"
	print "| what | unit | Xen 4.17 (shared/LAB.md) | Plinth | Plinth / Xen |"
	print "|---|---|---|---|---|"
	for (i = 1; i <= rows; i++) {
		k = order[i]
		if (!(k in ours)) { printf "| %s | %s | %s | not measured | – |\n", k, unit[k], xen[k]; bad = 1; continue }
		printf "| %s | %s | %s | %.4g | %.2f |\n", k, unit[k], xen[k], ours[k], ours[k] / xen[k]
	}
	exit bad
}'
