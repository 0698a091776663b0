#!/bin/bash
# run.sh BUILD [TEST]... - boot each test guest as Dom0 and tell its verdict; without names, all that are built
#
# Ends with "N passed, N failed". Success and skip pass; failure (the hypervisor broke a promise), error (the test is broken)
# and no verdict at all do not. Logs are kept in BUILD/guest/TEST.log.
#
#   HYPERVISOR  what is booted [BUILD/debug/build/plinth.elf, if it is there; else BUILD/plinth.elf]
#   QEMU        [qemu-system-x86_64]       CPU  its model [as its TEST_MODEL line says, else qemu64,+rdrand]
#   ARGS        a command line for the tests: option()
#   LIMIT       seconds for each test [as its TEST_SECONDS line says, else 20]; SCALE multiplies them on a slow machine [1]
set -u
here=$(dirname "$0")
build=${1:?the build directory}
shift
if [ -z "${HYPERVISOR-}" ]; then
	HYPERVISOR=$build/debug/build/plinth.elf
	[ -s "$HYPERVISOR" ] || HYPERVISOR=$build/plinth.elf
fi
[ $# -gt 0 ] || for image in "$build"/guest/*.elf; do
	name=${image##*/}
	set -- "$@" "${name%.elf}"
done

# wants NAME WHAT DEFAULT: what the test's line TEST_WHAT(n), or TEST_WHAT("words"), says
wants() {
	local n
	n=$(sed -n "s/^TEST_$2(\"*\([^\"]*\)\"*);.*/\1/p" "$here/$1.c")
	echo "${n:-$3}"
}

# boot NAME: its log in $log. Dom0 does not get all memory, so that there is some for partners.
boot() {
	local cpu=${CPU-} more machine
	cpu=${cpu:-$(wants "$1" MODEL qemu64,+rdrand)}
	more=$(wants "$1" HVM '')
	read -ra machine <<<"$(wants "$1" MACHINE '')"
	limit=$((${LIMIT:-$(wants "$1" SECONDS 20)} * ${SCALE:-1}))
	timeout -k 1 "$limit" "${QEMU:-qemu-system-x86_64}" -accel tcg -cpu "$cpu${more:+,$more}" -m 128 -display none \
		-smp "$(wants "$1" CPUS 1)" "${machine[@]}" -no-reboot -nodefaults -serial "file:$log" -kernel "$HYPERVISOR" \
		-append 'com1=115200,8n1 console=com1 dom0_mem=64M'"${ARGS:+ -- $ARGS}" -initrd "$build/guest/$1.elf" >"$log.qemu" 2>&1
}

# judge STATUS: one line about the run that $log tells of. A hypervisor that stops, or whose books are wrong, has failed
# whatever its guest said before.
judge() {
	local verdict crash
	crash=$(grep -am1 -E '^\(plinth\) .*(PANIC|panic|[Ii]nvariant|has crashed|crashed: |audit: .*(wrong|should))' "$log" | tr -d '\r')
	verdict=$(grep -a '^verdict: ' "$log" | tail -n 1 | tr -d '\r')
	verdict=${verdict#verdict: }
	case $verdict:$1 in
	success:0 | skip*:0) [ -z "$crash" ] && echo "$verdict" || echo "failure: $crash" ;;
	'':124 | '':137) echo "failure: no verdict within $limit s${crash:+; $crash}" ;;
	'':*) echo "failure: no verdict${crash:+; $crash}" ;;
	*:0) echo "$verdict" ;;
	*) echo "failure: the machine did not power off (said: $verdict)" ;;
	esac
}

passed=0 failed=0
for name; do
	log=$build/guest/$name.log
	: >"$log"
	boot "$name"
	verdict=$(judge $?)
	case $verdict in
	success | skip*) passed=$((passed + 1)) ;;
	*)
		failed=$((failed + 1))
		verdict="$verdict ($log)"
		;;
	esac
	printf '%-20s %s\n' "$name" "$verdict"
	[ "${verdict%%:*}" != failure ] || grep -a -m 20 '^  broken: ' "$log" | tr -d '\r'
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
