#!/bin/sh
# sets.sh SRCDIR - every system test names, in its second line, the set it is run with
set -eu
cd "$1"
passed=0 failed=0
for test in tests/boot/t-*.sh; do
	case $(sed -n 2p "$test") in
	'# set: audited' | '# set: release' | '# set: stress') passed=$((passed + 1)) ;;
	*)
		echo "$test: its second line has to be \"# set: audited\" (README's test command, debug build)," \
			"\"release\" (the same, release build) or \"stress\" (make stress)"
		failed=$((failed + 1))
		;;
	esac
done
printf '%-24s %d passed, %d failed\n' sets $passed $failed
[ $failed = 0 ] && [ $passed -gt 0 ]
