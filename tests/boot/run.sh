#!/bin/bash
# run.sh [-l] [TEST]... - boot Debian under the hypervisor in QEMU, and judge what comes out of the serial port
#
# Without names every tests/boot/t-*.sh is run, in order. -l lists them. One result line for each test; ends with
# "N passed, N failed". Logs are kept in BUILD/tests/TEST.log.
#
#   BUILD       the build directory [build]
#   HYPERVISOR  what is booted [BUILD/plinth.elf]; a peer works too, with BANNER and TAG set to suit its log:
#               HYPERVISOR=xen BANNER='\(XEN\) Xen version' TAG='(XEN)'
#   AUDIT       1: HYPERVISOR is a debug build, which has to tell that its accounting was right in the end
#   SCALE       time limits are multiplied by this on a slow machine [1]
set -u
here=$(cd "$(dirname "$0")" && pwd)
export BUILD=${BUILD:-build}
export HYPERVISOR=${HYPERVISOR:-$BUILD/plinth.elf}
export BANNER=${BANNER:-'\(plinth\) Plinth [0-9]'} TAG=${TAG:-'(plinth)'} SCALE=${SCALE:-1}
export KERNEL=${KERNEL:-$BUILD/dom0-kernel/vmlinuz} INITRAMFS=${INITRAMFS:-$BUILD/dom0.cpio.gz}

if [ "${1-}" = -l ]; then
	sed -n '2s/^# *//p' "$here"/t-*.sh
	exit 0
fi
[ $# -gt 0 ] || for test in "$here"/t-*.sh; do
	name=${test##*/t-}
	set -- "$@" "${name%.sh}"
done

for file in "$HYPERVISOR" "$KERNEL" "$INITRAMFS"; do
	[ -s "$file" ] || {
		echo "boot tests: $file is missing: run \`make all dom0\` first" >&2
		echo "0 passed, 1 failed"
		exit 1
	}
done
mkdir -p "$BUILD/tests"

passed=0 failed=0
for name; do
	if [ ! -f "$here/t-$name.sh" ]; then
		echo "FAIL $name: there is no such test"
		failed=$((failed + 1))
		continue
	fi
	start=$SECONDS
	if reason=$("$here/one.sh" "$here/t-$name.sh" "$name" 2>&1); then
		passed=$((passed + 1))
		printf 'PASS %-24s %4d s%s\n' "$name" $((SECONDS - start)) "${reason:+  $reason}"
	else
		failed=$((failed + 1))
		printf 'FAIL %-24s %4d s  %s (%s)\n' "$name" $((SECONDS - start)) "${reason:-no reason given}" \
			"$BUILD/tests/$name.log"
	fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
