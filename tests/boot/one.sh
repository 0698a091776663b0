#!/bin/bash
# one.sh TEST-FILE NAME - run one system test: the words that a test file is written in, then the file itself
#
# A test sets up the machine (cpus, memory, cpu, limit, hv_args, dom0_args), says what runs in Dom0 (`program`), boots,
# and states what it expects. The first expectation that is not met ends it; the reason is the last line printed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
log=$BUILD/tests/$2.log
work=$(mktemp -d "${TMPDIR:-/tmp}/plinth-boot.XXXXXX")
qemu_pid=
cleanup() {
	stop
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# --- the machine, as a test may change it ------------------------------------------------------

cpus=1 memory=1024 cpu=qemu64,+rdrand limit=120
hv_args='com1=115200,8n1 console=com1' dom0_args='console=hvc0' hypervisor=$HYPERVISOR kernel=$KERNEL
initramfs=$INITRAMFS
domu=      # an archive that is appended as well
devices=() # more QEMU options
reboots=0  # how often the machine is expected to start again

fail() {
	echo "$*"
	exit 1
}

# program: a shell script on standard input becomes what Dom0 runs
program() {
	mkdir -p "$work/root/test"
	{ echo '#!/bin/sh'; cat; } >"$work/root/test/run"
	chmod 755 "$work/root/test/run"
	dom0_args="$dom0_args plinth.run=/test/run"
}

# seeded_file FILE MIB SEED: the same bytes on every machine
seeded_file() {
	head -c "${2}M" /dev/zero |
		openssl enc -aes-128-ctr -K "$(printf %032x "$3")" -iv 00000000000000000000000000000000 >"$1"
}

# carry PROGRAM [DIRECTORY]: one of this Debian's programs (or a file that they load), with its libraries, comes along; below
# DIRECTORY in Dom0
carry() {
	local file from=$1
	[ -f "$from" ] || from=$(command -v "$1") || fail "$1 is not installed"
	for file in "$from" $(ldd "$from" | grep -o '/[^ ]*'); do
		mkdir -p "$work/root/${2-}${file%/*}"
		cp -L "$file" "$work/root/${2-}$file"
	done
}

# tools_disk PROGRAM...: Debian's programs as DomUs get them: an archive on a disk, Dom0's next virtio one, to be unpacked with
# `cpio -id </dev/xvdX` (they are too large for a place in memory for each)
tools_disk() {
	local program
	for program; do
		carry "$program" tools
	done
	mv "$work/root/tools" "$work/tools"
	(cd "$work/tools" && find . | cpio -o -H newc -R 0:0 --quiet) >"$work/tools.img"
	truncate -s %1M "$work/tools.img"
	devices+=(-drive "if=virtio,format=raw,readonly=on,file=$work/tools.img")
}

# with_domu: Dom0 has what DomUs are started from, in /usr/share/plinth/domu, and the shell functions of domu.sh as
# /test/domu.sh. Its memory leaves room for them.
with_domu() {
	mkdir -p "$work/root/test"
	cp "$here/domu.sh" "$work/root/test/domu.sh"
	domu=$BUILD/domu.cpio
	[ -s "$domu" ] || fail "$domu is missing: run \`make domu\` first"
	memory=2048 hv_args="$hv_args dom0_mem=512M" dom0_args="$dom0_args quiet loglevel=5 test.slow=$SCALE"
	devices+=(-netdev 'user,id=net0' -device 'virtio-net-pci,netdev=net0')
}

# counts_ports: Dom0's resources (domu.sh) are its event channels, too
counts_ports() {
	"${CC:-cc}" -O2 -static -I"$here/../../hypervisor/abi" -o "$work/root/test/ports" "$here/ports.c" || fail "ports.c does not compile"
}

# self_checking: Dom0's daemons and back ends are those that check their memory and arithmetic
self_checking() {
	local file from
	for file in sbin/hvstored sbin/hvconsoled sbin/hvbackendd lib/plinth/blkback lib/plinth/netback; do
		from=$BUILD/sanitized/${file##*/}
		[ -s "$from" ] || fail "$from is missing: run \`make sanitized-programs\` first"
		ldd "$from" | grep -q libasan || fail "$from does not check itself"
		carry "$from"
		mkdir -p "$work/root/usr/${file%/*}"
		mv "$work/root/$from" "$work/root/usr/$file"
	done
}

# append_program: the initramfs with what `program` made, as a second archive behind the first
append_program() {
	cp "$initramfs" "$work/initramfs"
	# The kernel wants an archive to start at a multiple of 4 bytes; zeros between them are skipped
	truncate -s %4 "$work/initramfs"
	[ -z "$domu" ] || cat "$domu" >>"$work/initramfs"
	[ ! -d "$work/root" ] || (cd "$work/root" && find . | cpio -o -H newc -R 0:0 --quiet) >>"$work/initramfs"
}

# --- booting ----------------------------------------------------------------------------------

count() { grep -acE -- "$1" "$log"; }

# watch_machine: until QEMU ends by itself, the machine starts too often, $until is in the log, or time is up
watch_machine() {
	local end=$((SECONDS + limit * SCALE))
	while kill -0 "$qemu_pid" 2>/dev/null; do
		if [ "$(count "$BANNER")" -gt $((reboots + 1)) ]; then
			outcome=restarted
			return
		fi
		if [ -n "${until-}" ] && [ "$(count "$until")" -gt 0 ]; then
			outcome=reached
			return
		fi
		if [ $SECONDS -ge $end ]; then
			outcome=timeout
			return
		fi
		sleep 0.2
	done
	wait "$qemu_pid"
	outcome="ended $?"
	qemu_pid=
}

# start QEMU-OPTION...: run QEMU and see how that goes; sets outcome
start() {
	: >"$log"
	"${QEMU:-qemu-system-x86_64}" -accel "tcg,thread=$THREADS" -cpu "$cpu" -m "$memory" -smp "$cpus" -display none -monitor none \
		-nic none -serial "file:$log" "$@" "${devices[@]}" </dev/null >"$work/qemu.out" 2>&1 &
	qemu_pid=$!
	watch_machine
	sed 's/^/qemu: /' "$work/qemu.out" >>"$log"
}

stop() {
	[ -z "$qemu_pid" ] || { kill -9 "$qemu_pid" && wait "$qemu_pid"; } 2>/dev/null
	qemu_pid=
}

# start_direct: multiboot 1, by QEMU's own loader
start_direct() {
	append_program
	start -kernel "$hypervisor" -append "$hv_args" -initrd "$kernel $dom0_args,$work/initramfs"
}

# start_grub bios|uefi: multiboot 2, from a CD made with GRUB
start_grub() {
	append_program
	mkdir -p "$work/iso/boot/grub"
	cp "$hypervisor" "$work/iso/boot/hypervisor"
	cp "$kernel" "$work/iso/boot/vmlinuz"
	cp "$work/initramfs" "$work/iso/boot/initramfs"
	cat >"$work/iso/boot/grub/grub.cfg" <<-END
		serial --unit=0 --speed=115200
		terminal_output serial
		set timeout=0
		menuentry hypervisor {
			echo "grub: loading"
			multiboot2 /boot/hypervisor $hv_args
			module2 /boot/vmlinuz $dom0_args
			module2 --nounzip /boot/initramfs
		}
	END
	grub-mkrescue --compress=no --locales= --fonts= --themes= -o "$work/boot.iso" "$work/iso" \
		>"$work/mkrescue.out" 2>&1 || fail "grub-mkrescue: $(tail -n 1 "$work/mkrescue.out")"
	case $1 in
	bios) start -cdrom "$work/boot.iso" ;;
	uefi) start -bios /usr/share/ovmf/OVMF.fd -cdrom "$work/boot.iso" ;;
	esac
}

# boots [direct|bios|uefi]: start, run the program in Dom0, power off; anything less fails
boots() {
	case ${1-direct} in
	direct) start_direct ;;
	*) start_grub "$1" ;;
	esac
	stop
	case $outcome in
	"ended 0") ;;
	timeout) fail "not done after $((limit * SCALE)) s; last line: $(last_line)" ;;
	restarted) fail "the machine started again by itself" ;;
	*) fail "QEMU $outcome: $(last_line)" ;;
	esac
	[ "$(count "$BANNER")" = $((reboots + 1)) ] || fail "$(count "$BANNER") starts of the hypervisor, not $((reboots + 1))"
	healthy
	audited
}

# refuses REGEX: the machine says REGEX, then stops (halts, or QEMU ends), without ever reaching Linux
refuses() {
	local size
	until=$1
	start_direct
	case $outcome in
	restarted) fail "it started again instead of saying why it cannot go on" ;;
	timeout) fail "said nothing like /$1/ in $((limit * SCALE)) s; last line: $(last_line)" ;;
	"ended "*) [ "$(count "$1")" -gt 0 ] || fail "QEMU $outcome without a word like /$1/: $(last_line)" ;;
	esac
	# What comes with the sentence may still come; then there must be silence, and no second start
	sleep 2
	size=$(stat -c %s "$log")
	sleep 3
	[ "$size" = "$(stat -c %s "$log")" ] || fail "said so, and went on: $(last_line)"
	stop
	[ "$(count "$BANNER")" -le 1 ] || fail "it started again"
	forbid 'Linux version' 'page fault|PAGE FAULT|general protection|double fault|DOUBLE FAULT'
}

# --- judging ----------------------------------------------------------------------------------

last_line() { tr -d '\r' <"$log" | grep -av '^qemu: ' | grep -a . | tail -n 1; }

# expect REGEX...: each is somewhere in the log
expect() {
	local regex
	for regex; do
		[ "$(count "$regex")" -gt 0 ] || fail "the log has nothing like /$regex/"
	done
}

# forbid REGEX...: none of them is in the log
forbid() {
	local regex
	for regex; do
		[ "$(count "$regex")" = 0 ] || fail "the log has: $(grep -aE -m 1 -- "$regex" "$log" | tr -d '\r')"
	done
}

# healthy: neither the hypervisor nor Dom0 complained of itself
healthy() {
	forbid 'Kernel panic' 'BUG: ' 'Oops: ' 'WARNING: CPU' 'rcu: INFO' 'Call Trace:' 'general protection fault' \
		"^$(sed 's/[()]/\\&/g' <<<"$TAG").*(has crashed|audit: frame|BUG|invariant)"
}

# audited: a debug build counted all references again before the machine went down (AUDIT=1 says that it is one)
audited() {
	[ -z "${AUDIT-}" ] || expect 'audit: the counts of all frames are right'
}

# succeeded: what Dom0 ran ended with 0
succeeded() {
	expect 'plinth.run: exit [0-9]+'
	[ "$(count '^plinth.run: exit 0')" = $((reboots + 1)) ] ||
		fail "in Dom0: $(grep -aE 'test: |plinth.run: exit' "$log" | tr -d '\r' | tail -n 2 | tr '\n' ' ')"
}

# shellcheck disable=SC1090 # the test
. "$1"
