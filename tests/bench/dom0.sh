#!/bin/bash
# dom0.sh [bare|xen|plinth]... - what Dom0 costs: the same kernel and initramfs alone, under Debian's Xen, and under Plinth
#
# Counted in instructions (QEMU -icount), so the same image gives the same figures on every machine and in every run. Prints a
# Markdown table. BUILD is the build directory [build]; raw results stay in BUILD/bench/.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
build=${BUILD:-build}
out=$build/bench
plinth=${HYPERVISOR:-$build/plinth.elf}
memory=2048 limit=${LIMIT:-900}
[ $# -gt 0 ] || set -- bare xen plinth
mkdir -p "$out"

say() { echo "bench: $*" >&2; }
entry_of() { readelf -hW "$1" | awk '/Entry point/ { print $NF }'; }

# --- what runs, and where it starts -------------------------------------------------------------

${CC:-gcc} -O2 -shared -fPIC -o "$out/count.so" "$here/count.c"
${CC:-gcc} -O2 -static -no-pie -Wl,-Ttext-segment=0x5e000000 -I"$src/hypervisor/abi" -o "$out/bench" "$here/guestbench.c"
strip "$out/bench"

cp "$build/dom0.cpio.gz" "$out/initramfs"
truncate -s %4 "$out/initramfs"
(cd "$out" && echo bench | cpio -o -H newc -R 0:0 --quiet) >>"$out/initramfs"

# The kernel proper is a compressed payload of the bzImage: its place is in the setup header.
kernel=$build/dom0-kernel/vmlinuz
number() { od -An -tu"$2" -j"$1" -N"$2" "$kernel" | tr -d ' '; }
offset=$((($(number 497 1) + 1) * 512 + $(number 584 4)))
tail -c +$((offset + 1)) "$kernel" | head -c "$(number 588 4)" | xz -dc >"$out/vmlinux" 2>/dev/null || :
native_entry=$(entry_of "$out/vmlinux")
# The ELF note of type 1 by "Xen" holds the address at which a paravirtual kernel starts; readelf takes that type
# for somebody else's version.
pv_entry=0x$(readelf -nW "$out/vmlinux" 2>/dev/null | awk '
	$1 == "Xen" && /NT_VERSION|0x00000001\)/ { for (i = NF; i > NF - 8; i--) s = s $i; print s; exit }')
case $pv_entry in
0xffffffff????????) ;;
*) say "no Xen entry point in $kernel"; exit 1 ;;
esac

# --- running ------------------------------------------------------------------------------------

# run NAME MARKS QEMU-OPTION...
run() {
	local name=$1 marks=$2
	shift 2
	say "$name …"
	timeout "$limit" qemu-system-x86_64 -accel tcg -cpu qemu64,+rdrand,+npt -m $memory -smp 1 \
		-icount shift=0,sleep=off -seed 1 -rtc base=2026-01-01,clock=vm -display none -monitor none -nic none -no-reboot \
		-serial "file:$out/$name.log" -plugin "$out/count.so,mark=init:$(entry_of "$out/bench")$marks" "$@" \
		</dev/null 2>"$out/$name.marks" || say "$name: QEMU ended with status $?"
	if ! grep -q '^bench: done' "$out/$name.log"; then
		say "$name did not finish: see $out/$name.log"
		failed=1
	fi
}

hypervisor() {
	run "$1" ",mark=start:$(entry_of "$2"),mark=kernel:$pv_entry" -kernel "$2" \
		-append "com1=115200,8n1 console=com1" -initrd "$kernel console=hvc0 rdinit=/bench,$out/initramfs"
}

failed=
for which; do
	case $which in
	bare) run bare ",mark=kernel:$native_entry" -kernel "$kernel" -initrd "$out/initramfs" \
		-append "console=ttyS0 nokaslr rdinit=/bench" ;;
	xen) "$here/fetch-xen" "$build/peer" && hypervisor xen "$build/peer/xen" ;;
	plinth) hypervisor plinth "$plinth" ;;
	*) say "what is $which?"; exit 2 ;;
	esac
done

# --- the table ----------------------------------------------------------------------------------

# Rows: what is measured, how it is computed, its unit
for which in bare xen plinth; do
	for part in marks log; do
		[ ! -f "$out/$which.$part" ] || tr -d '\r' <"$out/$which.$part" | sed -n "s/^mark /$which mark_/p; s/^bench: /$which /p"
	done
done | awk '
function cell(which, from, to, per, unit,    v) {
	if (!((which, to) in value) || (from != "" && !((which, from) in value)))
		return "–"
	v = value[which, to] - (from == "" ? 0 : value[which, from])
	if (per)
		v /= times[which, to]
	return sprintf(unit == 1048576 ? "%.1f" : unit >= 1000 ? "%.1f" : "%.0f", v / unit)
}
function row(what, from, to, per, unit,    x, p) {
	x = cell("xen", from, to, per, unit)
	p = cell("plinth", from, to, per, unit)
	printf "| %s | %s | %s | %s | %s |\n", what, cell("bare", from, to, per, unit), x, p,
		(x + 0 && p + 0 ? sprintf("%.2f", p / x) : "–")
}
NF >= 3 { value[$1, $2] = $3; times[$1, $2] = $4 }
END {
	print "| what | no hypervisor | Xen 4.17 | Plinth | Plinth / Xen |"
	print "|---|---|---|---|---|"
	row("hypervisor start → Dom0 kernel, M instructions", "mark_start", "mark_kernel", 0, 1000000)
	row("Dom0 kernel → init, M", "mark_kernel", "mark_init", 0, 1000000)
	row("hypervisor start → init, M", "mark_start", "mark_init", 0, 1000000)
	row("fork+exec, 200 times, M", "", "forkexec", 0, 1000000)
	row("fork+exec, K each", "", "forkexec", 1, 1000)
	row("fork, K", "", "fork", 1, 1000)
	row("getppid", "", "getppid", 1, 1)
	row("rdtsc", "", "rdtsc", 1, 1)
	row("clock_gettime", "", "clock", 1, 1)
	row("page fault", "", "fault", 1, 1)
	row("munmap, per page", "", "munmap", 1, 1)
	row("pipe there and back, K", "", "pipe", 1, 1000)
	row("null hypercall through privcmd", "", "hypercall", 1, 1)
	row("memory kept of 2 GiB, MiB", "", "memory_kept", 0, 1048576)
}'
[ -z "$failed" ]
