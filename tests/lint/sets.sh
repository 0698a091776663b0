#!/bin/sh
# sets.sh SRCDIR - every system test names, in its second line, the set it is run with; docs/proofs.md names tests that are there,
# and those of `make stress`, and only those, in italics
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
for word in $(grep -oE '\*?\b(t-|test_|fuzz_)[a-z0-9_-]+\*?' docs/proofs.md | sort -u); do
	name=${word#\*} name=${name%\*} set=
	case $name in
	t-*) file=tests/boot/$name.sh set=$(sed -n '2s/^# set: //p' "tests/boot/$name.sh" 2>/dev/null) ;;
	test_*) file=tests/unit/$name.c ;;
	fuzz_*) file=tests/fuzz/$name.c ;;
	esac
	[ "$set" = stress ] && said="*$name*" || said=$name
	if [ -e "$file" ] && [ "$word" = "$said" ]; then
		passed=$((passed + 1))
	else
		echo "docs/proofs.md names $word: there is no $file, or it is of another set"
		failed=$((failed + 1))
	fi
done
printf '%-24s %d passed, %d failed\n' sets $passed $failed
[ $failed = 0 ] && [ $passed -gt 0 ]
