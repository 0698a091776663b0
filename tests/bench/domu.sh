#!/bin/bash
# domu.sh [xen|plinth]... - what a DomU costs, in instructions: creating, starting, working, ending it; under both, in one run
#
# The stock cloud kernel with 192 MiB, a disk and a vif on a stock Dom0 with one CPU; QEMU's -icount makes a nanosecond of the
# guests one instruction. Under Plinth hvctl, blkback and netback serve it; under Debian's Xen 4.17 its xl, xenstored (the C
# one), xenconsoled, and the kernel's own back ends. Dom0's kernel and initramfs, the DomU's, its program
# (shared/bench/guestbench.c) and QEMU's options are the same. Prints a Markdown table. BUILD is the build directory [build],
# QEMU_MORE more options, such as profile.so.
set -eu
QEMU_MORE=${QEMU_MORE-}
here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
build=$(cd "${BUILD:-build}" && pwd)
guestbench=${GUESTBENCH:-$src/../shared/bench/guestbench.c}
[ -s "$guestbench" ] || guestbench=/work/shared/bench/guestbench.c
out=$build/bench/domu
rm -rf "$out"
[ $# -gt 0 ] || set -- xen plinth

# --- what runs ----------------------------------------------------------------------------------

mkdir -p "$out/root/test/u/bin" "$out/root/bin"
# At an address that no other program has, for profile.so's marks
${CC:-gcc} -O2 -static -no-pie -Wl,-Ttext-segment=0x5e000000 -w -o "$out/root/bin/bt" "$guestbench"
strip "$out/root/bin/bt"
cp "$out/root/bin/bt" "$out/root/test/u/bin/bt"
cp "$src/tests/boot/domu.sh" "$out/root/test/"
cp "$here/guest-work.sh" "$out/root/test/work"

cat >"$out/root/test/plinth" <<'END'
tool=hvctl
END
# The modules are loaded before, and the daemons started, as Debian's init script does it.
cat >"$out/root/test/xen" <<'END'
tool=/usr/lib/xen-4.17/bin/xl
console() { cat /var/log/xen/console/guest-"$1".log 2>/dev/null | tr -d '\r'; }
PATH=/usr/bin:$PATH
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
mkdir -p /run/xen /run/xenstored /run/lock /var/lib/xen /var/log/xen/console /var/lib/xenstored
[ -e /var/run ] || ln -s /run /var/run
ln -sfn /run/lock /var/lock
modprobe -a xen-blkback xen-netback loop
/usr/lib/xen-4.17/bin/xenstored --pid-file /run/xen/xenstored.pid
sleep 1
/usr/lib/xen-4.17/bin/xen-init-dom0
/usr/lib/xen-4.17/bin/xenconsoled --log=guest --log-dir=/var/log/xen/console
sleep 1
END
cat >"$out/root/test/run" <<'END'
#!/bin/sh
. /test/domu.sh
. /test/peer
dd if=/dev/urandom of=/test/disk bs=1M count=64 2>/dev/null
{
	cat /test/work
	cat <<-'RUN'
		sleep 1
		bt sink 7003
		echo "all measured"
		exec sleep 100000
	RUN
} | domu u "extra = \"console=hvc0 quiet plinth.run=/test/run plinth.ip=10.0.2.51/24\"" 'disk = [ "file:/test/disk,xvda,w" ]' \
	'vif = [ "bridge=xenbr0" ]'
# xl's builder unpacks an archive that is a single gzip file only.
zcat /test/u.initramfs | gzip -1 >/test/u.new
mv /test/u.new /test/u.initramfs
bt uecho 7001 &
bt sink 7002 &
$tool list >/dev/null
bt run list $tool list
bt run create $tool create /test/u.cfg
says u 'tcp_src' 300
ping -c 200 -i 0.02 10.0.2.51 | sed -n 's/^round-trip.*= [0-9.]*\/\([0-9.]*\)\/.*/RES ping_in ms=\1/p'
bt src 10.0.2.51 7003 32 | sed 's/tcp_src/tcp_in/'
says u 'all measured' 60
console u | grep '^RES'
bt run destroy $tool destroy u
END
chmod 755 "$out/root/test/run"

# --- running ------------------------------------------------------------------------------------

say() { echo "bench: $*" >&2; }
archive() { (cd "$1" && find . | cpio -o -H newc -R 0:0 --quiet); }

# run NAME HYPERVISOR OPTIONS-OF-IT
run() {
	local name=$1
	mkdir -p "$out/$name.root/test"
	cp "$out/root/test/$name" "$out/$name.root/test/peer"
	{
		cat "$build/dom0.cpio.gz"
		# the kernel wants an archive to start at a multiple of 4 bytes
		head -c $(((4 - $(stat -c %s "$build/dom0.cpio.gz") % 4) % 4)) /dev/zero
		cat "$build/domu.cpio"
		archive "$out/root"
		archive "$out/$name.root"
	} >"$out/$name.initramfs"
	say "$name …"
	# shellcheck disable=SC2086 # options
	timeout "${LIMIT:-900}" qemu-system-x86_64 -accel tcg -cpu qemu64,+rdrand,+npt -m 2048 -smp 1 -icount shift=0,sleep=off \
		-seed 1 -rtc base=2026-01-01,clock=vm -display none -monitor none -nic none -no-reboot -serial "file:$out/$name.log" \
		$QEMU_MORE -netdev user,id=n -device virtio-net-pci,netdev=n -kernel "$2" -append "com1=115200,8n1 console=com1 $3" \
		-initrd "$build/dom0-kernel/vmlinuz console=hvc0 quiet plinth.run=/test/run,$out/$name.initramfs" </dev/null ||
		say "$name: QEMU ended with status $?"
	tr -d '\r' <"$out/$name.log" | sed -n 's/^RES //p' | values >"$out/$name.values"
}

# One "what figure" a line, in the unit of the table.
values() {
	awk '
	function value(key,    i, f) { for (i = 2; i <= NF; i++) { split($i, f, "="); if (f[1] == key) return f[2] } return "" }
	$1 ~ /^ping/ { print $1, value("ms") * 1000; next }
	$1 ~ /^(list|create|init|rblk|tcp|destroy)/ { print $1, value("total_ns") / 1e6; next }
	$1 ~ /^one_4k/ { print $1, value("per_op_ns") / 1e3; next }
	$1 ~ /^fork/ { print $1, value("per_ns") / 1e6; next }
	$1 ~ /^(pipe|udp)/ { print $1, value("per_ns") / 1e3; next }
	{ print $1, value("per_ns") }'
}

for name; do
	case $name in
	plinth) run plinth "${HYPERVISOR:-$build/plinth.elf}" dom0_mem=768M ;;
	xen)
		"$here/fetch-xen" "$build/bench/xen"
		"$here/fetch-xl" "$build/bench/xen" "$out/xen.root"
		# Ours are not to start there: init runs what may be executed.
		mkdir -p "$out/xen.root/usr/sbin"
		touch "$out/xen.root/usr/sbin/hvstored" "$out/xen.root/usr/sbin/hvconsoled" "$out/xen.root/usr/sbin/hvbackendd"
		run xen "$build/bench/xen/xen" "dom0_mem=768M,max:768M"
		;;
	*) say "there is no $name"; exit 2 ;;
	esac
done

# --- the table ----------------------------------------------------------------------------------

print_table() {
	awk -F'|' '
	BEGIN { print "| what | unit | Xen 4.17 | Plinth | Plinth / Xen |"; print "|---|---|---|---|---|" }
	function shown(v, fmt) { return v == "" ? "–" : sprintf(fmt, v) }
	{
		missing += $4 == "" || $5 == ""
		printf "| %s | %s | %s | %s | %s |\n", $2, $3, shown($4, "%.4g"), shown($5, "%.4g"),
			$4 == "" || $5 == "" ? "–" : sprintf("%.2f", $5 / $4)
	}
	END { exit missing > 0 }'
}
figure() { awk -v key="$2" '$1 == key { print $2 }' "$out/$1.values"; }

touch "$out/xen.values" "$out/plinth.values"
while IFS='|' read -r key what unit; do
	echo "$key|$what|$unit|$(figure xen "$key")|$(figure plinth "$key")"
done <<'END' >"$out/figures"
list|list|M
create|create|M
init|kernel start → init|M
forkexec|fork+exec|M
fork|fork|M
getppid|getppid|
rdtsc|rdtsc|
clock_gettime|clock_gettime|
pagefault|page fault|
munmap_page|munmap, per page|
pipe_pingpong|pipe there and back|K
rblk_1024k|64 MiB read, buffered|M
rblk_1024k_direct|64 MiB read, O_DIRECT|M
one_4k_direct|one 4 KiB read, O_DIRECT|K
ping_out|ping DomU → Dom0|µs
ping_in|ping Dom0 → DomU|µs
udp_rtt|UDP round trip|K
tcp_src|TCP 32 MiB DomU → Dom0|M
tcp_in|TCP 32 MiB Dom0 → DomU|M
destroy|destroy|M
END
print_table <"$out/figures"
