#!/bin/bash
# run.sh [-l] [-s SET | TEST...] - boot Debian under the hypervisor in QEMU, and judge what comes out of the serial port
#
# Without names every tests/boot/t-*.sh is run, in order; -l lists them. Each belongs to a set, which its second line names:
# "audited" runs on the debug build and "release" on the release build in README's test command, "stress" in `make stress`.
# -s runs those of a set. One result line for each test; ends with "N passed, N failed". Logs are kept in
# BUILD/tests/TEST.log; the ends of those that failed are printed, too.
#
#   BUILD       the build directory [build]
#   HYPERVISOR  what is booted [BUILD/plinth.elf]; a peer works too, with BANNER and TAG set to suit its log:
#               HYPERVISOR=xen BANNER='\(XEN\) Xen version' TAG='(XEN)'
#   AUDIT       1: HYPERVISOR is a debug build, which has to tell that its accounting was right in the end
#   JOBS        how many run at once [1]
#   SCALE       time limits are multiplied by this on a slow machine [1]
#   THREADS     "single": QEMU's CPUs take turns; "multi": they run at once, but QEMU before 8.1 now and then keeps a translation
#               of code that another CPU is just changing, as Linux does with its own, and the guest stands still [single]
set -u
here=$(cd "$(dirname "$0")" && pwd)
export BUILD=${BUILD:-build}
export HYPERVISOR=${HYPERVISOR:-$BUILD/plinth.elf}
export BANNER=${BANNER:-'\(plinth\) Plinth [0-9]'} TAG=${TAG:-'(plinth)'} SCALE=${SCALE:-1} THREADS=${THREADS:-single}
export KERNEL=${KERNEL:-$BUILD/dom0-kernel/vmlinuz} INITRAMFS=${INITRAMFS:-$BUILD/dom0.cpio.gz}

case ${1-} in
-l)
	for test in "$here"/t-*.sh; do
		printf '%-8s %s\n' "$(sed -n '2s/^# set: //p' "$test")" "$(sed -n '3s/^# *//p' "$test")"
	done
	exit 0
	;;
-s)
	chosen=$(grep -lx "# set: ${2-}" "$here"/t-*.sh)
	[ -n "$chosen" ] || { echo "boot tests: no test is of the set '${2-}'" >&2; exit 2; }
	;;
*) chosen=$(ls "$here"/t-*.sh) ;;
esac
if [ $# = 0 ] || [ "$1" = -s ]; then
	set --
	for test in $chosen; do
		name=${test##*/t-}
		set -- "$@" "${name%.sh}"
	done
fi

for file in "$HYPERVISOR" "$KERNEL" "$INITRAMFS"; do
	[ -s "$file" ] || {
		echo "boot tests: $file is missing: run \`make all dom0\` first" >&2
		echo "0 passed, 1 failed"
		exit 1
	}
done
mkdir -p "$BUILD/tests"

# one NAME: a line for $results and for who watches
one() {
	local name=$1 start=$SECONDS reason
	if [ ! -f "$here/t-$name.sh" ]; then
		echo "FAIL $name: there is no such test"
	elif reason=$("$here/one.sh" "$here/t-$name.sh" "$name" 2>&1); then
		printf 'PASS %-24s %4d s%s\n' "$name" $((SECONDS - start)) "${reason:+  $reason}"
	else
		printf 'FAIL %-24s %4d s  %s (%s)\n' "$name" $((SECONDS - start)) "${reason:-no reason given}" \
			"$BUILD/tests/$name.log"
	fi
}

results=$(mktemp)
trap 'rm -f "$results"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; exit 1' HUP INT TERM
for name; do
	while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-1}" ]; do
		wait -n
	done
	one "$name" | tee -a "$results" &
done
wait
# Where only this output is kept, it has to tell what happened
sed -n 's/^FAIL \([^ :]*\) .*/\1/p' "$results" | while read -r name; do
	echo "== the end of $BUILD/tests/$name.log"
	tail -n 80 "$BUILD/tests/$name.log" 2>/dev/null | tr -d '\r' | cut -c 1-200
done
passed=$(grep -c '^PASS' "$results") failed=$(($# - $(grep -c '^PASS' "$results")))
echo "$passed passed, $failed failed"
[ $failed = 0 ]
