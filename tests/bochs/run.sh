#!/bin/bash
# run.sh [TEST]... - VT-x, which QEMU's software emulation does not have, in Debian's Bochs: headless, from a CD by GRUB
#
# refused: CPUs whose VT-x does not suffice (or that have none) are told in one line; used: the others. guests: the tiny guests
# tests/guest/hvm-*, whose partners run under VT-x. These three are the default. pvh, which takes minutes: a stock Dom0 starts the stock
# cloud kernel as a PVH domain, which reads and writes its disk and talks with Dom0. One result line for each; ends with
# "N passed, N failed". Logs are kept in BUILD/tests/bochs-TEST.log. BUILD, HYPERVISOR and SCALE as for tests/boot/run.sh.
set -u
here=$(cd "$(dirname "$0")" && pwd)
BUILD=${BUILD:-build} SCALE=${SCALE:-1}
HYPERVISOR=${HYPERVISOR:-$BUILD/plinth.elf}
work=$(mktemp -d "${TMPDIR:-/tmp}/plinth-bochs.XXXXXX")
bochs_pid=
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "$*"
	exit 1
}

stop() {
	[ -z "$bochs_pid" ] || { kill -9 "$bochs_pid" && wait "$bochs_pid"; } 2>/dev/null
	bochs_pid=
}

# iso HYPERVISOR-ARGUMENTS KERNEL KERNEL-ARGUMENTS [INITRAMFS]
iso() {
	mkdir -p "$work/iso/boot/grub"
	cp "$HYPERVISOR" "$work/iso/boot/hypervisor"
	cp "$2" "$work/iso/boot/vmlinuz"
	[ -z "${4-}" ] || cp "$4" "$work/iso/boot/initramfs"
	cat >"$work/iso/boot/grub/grub.cfg" <<-END
		set timeout=0
		set gfxpayload=text
		menuentry hypervisor {
			multiboot2 /boot/hypervisor $1
			module2 /boot/vmlinuz $3
			${4:+module2 --nounzip /boot/initramfs}
		}
	END
	grub-mkrescue -d /usr/lib/grub/i386-pc --compress=no --locales= --fonts= --themes= \
		--install-modules="multiboot multiboot2 normal iso9660 biosdisk configfile boot terminal" \
		-o "$work/boot.iso" "$work/iso" >"$work/mkrescue.out" 2>&1 || fail "grub-mkrescue: $(tail -n 1 "$work/mkrescue.out")"
}

# start MODEL CPUS MIB INSTRUCTIONS-A-SECOND LOG. A break-in of the guest's ends it: "c" continues, then "q" quits.
start() {
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
		com1: enabled=1, mode=file, dev=$5
		log: $work/bochs.log
		clock: sync=none, time0=1700000000
		panic: action=fatal
		error: action=report
		info: action=report
		debug: action=ignore
	END
	printf 'c\nq\n' >"$work/rc.txt"
	: >"$5"
	# Its display listens without a password: so it gets a network of its own, with nothing in it.
	(cd "$work" && exec unshare -n bochs-bin -q -f bochsrc -rc rc.txt) </dev/null >"$work/bochs.out" 2>&1 &
	bochs_pid=$!
}

# until_says REGEX SECONDS LOG: stops the machine then, or when it ends by itself
until_says() {
	local end=$((SECONDS + $2 * SCALE)) found=1
	while kill -0 "$bochs_pid" 2>/dev/null && [ $SECONDS -lt $end ]; do
		grep -aqE "$1" "$3" && break
		sleep 0.3
	done
	grep -aqE "$1" "$3" && found=0
	stop
	return $found
}

# What is no kernel is enough to see what the hypervisor finds before it looks for one.
says() { # MODEL REGEX
	local log
	log=$(realpath "$BUILD")/tests/bochs-$1.log
	echo "no kernel" >"$work/none"
	iso 'com1=115200,8n1 console=com1' "$work/none" ''
	start "$1" 1 256 4000000 "$log"
	until_says 'cannot start|Hardware virtualization' 60 "$log"
	grep -aqE "$2" "$log" || fail "on a $1 the log has nothing like /$2/ ($log)"
	! grep -aqE 'PANIC|panic|xception' "$log" || fail "on a $1: $(grep -aE -m 1 'PANIC|panic|xception' "$log")"
}

refused() {
	says p4_prescott_celeron_336 'Hardware virtualization: none'
	says core2_penryn_t9600 'VT-x is not used: this CPU lacks EPT'
	says corei5_lynnfield_750 'VT-x is not used: this CPU lacks unrestricted guests'
}

used() {
	says corei7_sandy_bridge_2600k 'VT-x with EPT, unrestricted guests'
	says corei7_skylake_x 'VT-x with EPT, unrestricted guests, VPIDs'
}

# guest NAME MODEL: a test guest as Dom0, whose partner runs under VT-x (tests/guest, runtime/hvm.h)
guest() {
	local log cpus
	log=$(realpath "$BUILD")/tests/bochs-$1-$2.log
	cpus=$(sed -n 's/^TEST_CPUS(\(.*\));/\1/p' "$here/../guest/$1.c")
	iso 'com1=115200,8n1 console=com1 dom0_mem=64M' "$BUILD/guest/$1.elf" ''
	start "$2" "${cpus:-1}" 128 20000000 "$log"
	until_says '^verdict: |PANIC' 120 "$log"
	grep -aq '^verdict: success' "$log" || fail "on a $2: $(grep -aE 'verdict: |broken: |PANIC|crashed' "$log" | tr -d '\r' |
		head -n 4 | tr '\n' ' ')($log)"
	! grep -aqE '^\(plinth\) .*(PANIC|panic|audit: .*(wrong|should))' "$log" || fail "on a $2 the hypervisor complains ($log)"
}

guests() {
	local test name
	for test in "$here"/../guest/hvm-*.c; do
		name=${test##*/}
		guest "${name%.c}" corei7_skylake_x
	done
}

# Words that spare kernels what takes long here: their algorithms' tests of themselves, certificates to be parsed, defences.
quick='rodata=off mitigations=off cryptomgr.notests initcall_blacklist=load_system_certificate_list'

# What Dom0 runs: services, a bridge without any card, and the domain.
dom0_program() {
	printf '#!/bin/sh\nquick="%s"\n' "$quick"
	cat <<-'END'
		. /test/domu.sh
		! dmesg | grep -A 1 'WARNING: CPU' || fail "Dom0's kernel wonders about something"
		modprobe -a bridge tun
		brctl addbr xenbr0
		ip addr add 10.0.2.15/24 dev xenbr0
		ip link set xenbr0 up
		for service in hvstored hvconsoled hvbackendd; do "$service" || fail "$service does not start"; done
		hvctl info | grep virtualization
		hvctl info | grep -q '^virtualization *: pv pvh hvm by VT-x hap' || fail "hvctl info does not say so"
		dd if=/dev/urandom of=/test/disk bs=64k count=16 2>/dev/null
		before=$(sha256sum </test/disk | cut -c 1-64)
		mkdir /test/www
		dd if=/dev/urandom of=/test/www/file bs=64k count=8 2>/dev/null
		httpd -h /test/www
		memory=128
		domu one 'type = "pvh"' 'vcpus = 2' "extra = \"$run_words plinth.ip=10.0.2.51/24 $quick\"" \
			'disk = [ "file:/test/disk,xvda,w" ]' 'vif = [ "bridge=xenbr0" ]' <<-'RUN'
			dmesg | grep -i 'booting .*kernel'
			echo "vcpus: $(grep -c ^processor /proc/cpuinfo)"
			echo "read: $(sha256sum </dev/xvda)"
			dd if=/dev/urandom of=/tmp/new bs=64k count=4 2>/dev/null
			dd if=/tmp/new of=/dev/xvda bs=64k conv=fsync 2>/dev/null
			echo "written: $(sha256sum </tmp/new)"
			ping -c 1 -W 20 10.0.2.15 >/dev/null && echo "reached Dom0"
			echo "fetched: $(wget -q -O - http://10.0.2.15/file | sha256sum)"
			echo "at work"
			exec sleep 100000
		RUN
		hvctl create /test/one.cfg || fail "create: $?"
		says one 'at work' 300
		console one | grep -q 'Booting .*kernel on Xen PVH' || fail "it is not PVH"
		console one | grep -q '^vcpus: 2' || fail "it has $(console one | grep vcpus:)"
		console one | grep -q "^read: $before" || fail "it reads $(console one | grep read:), not $before"
		after=$(dd if=/test/disk bs=64k count=4 2>/dev/null | sha256sum)
		console one | grep -q "^written: ${after%% *}" || fail "what it wrote and synced is not in the file"
		console one | grep -q '^reached Dom0' || fail "it does not reach Dom0"
		file=$(sha256sum </test/www/file)
		console one | grep -q "^fetched: ${file%% *}" || fail "what it has fetched from Dom0 is another file"
		ping -c 1 -W 10 10.0.2.51 >/dev/null || fail "Dom0 does not reach it"
		! dmesg | grep segfault || fail "Dom0's programs crash"
		hvctl destroy one || fail "destroy: $?"
		gone one 60
	END
}

# dom0_image OUT: Dom0's initramfs with no more than `pvh` needs, and not packed: unpacking takes longer than reading it
dom0_image() {
	local program programs=()
	for program in hvstored hvconsoled hvbackendd hvctl; do
		programs+=("$BUILD/$program=usr/sbin/$program")
	done
	for program in blkback netback; do
		programs+=("$BUILD/$program=usr/lib/plinth/$program")
	done
	MODULES='xen-privcmd xen-evtchn xen-gntdev xen-gntalloc xenfs bridge tun' PACK=cat \
		"$here/../../dom0-tools/dom0/build-image" "$BUILD/dom0-kernel" "$1" "${programs[@]}" || fail "no image for Dom0"
}

pvh() {
	local log
	log=$(realpath "$BUILD")/tests/bochs-pvh.log
	mkdir -p "$work/root/test"
	cp "$here/../boot/domu.sh" "$work/root/test/"
	dom0_program >"$work/root/test/run"
	chmod 755 "$work/root/test/run"
	dom0_image "$work/initramfs"
	cat "$BUILD/domu.cpio" >>"$work/initramfs"
	(cd "$work/root" && find . | cpio -o -H newc -R 0:0 --quiet) >>"$work/initramfs"
	"$here/../../scripts/lz4-kernel" "$BUILD/dom0-kernel/vmlinuz" "$work/vmlinuz" || fail "no kernel packed with lz4"
	iso 'com1=115200,8n1 console=com1 dom0_mem=288M' "$work/vmlinuz" \
		"console=hvc0 quiet $quick plinth.minimal plinth.run=/test/run" "$work/initramfs"
	# No XSAVEC, which Linux would use: with SSE's, Bochs 2.7 puts all other state 160 bytes before its place.
	start "${MODEL:-broadwell_ult}" "${CPUS:-1}" 512 50000000 "$log"
	until_says 'plinth.run: exit [0-9]' 900 "$log"
	grep -aq 'plinth.run: exit 0' "$log" ||
		fail "in Dom0: $(grep -aE 'test: |plinth.run: exit|PANIC|crashed' "$log" | tr -d '\r' | tail -n 2 | tr '\n' ' ')($log)"
}

[ $# -gt 0 ] || set -- refused used guests
mkdir -p "$BUILD/tests"
passed=0 failed=0
for name; do
	start=$SECONDS
	if reason=$("$name" 2>&1); then
		passed=$((passed + 1))
		printf 'PASS %-24s %4d s\n' "bochs-$name" $((SECONDS - start))
	else
		failed=$((failed + 1))
		printf 'FAIL %-24s %4d s  %s\n' "bochs-$name" $((SECONDS - start)) "$reason"
	fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
