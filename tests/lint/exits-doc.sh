#!/bin/bash
# exits-doc.sh SRCDIR - docs/hvm.md's table has every reason for which a guest exits, and tests that are there
#
# Prints each offence; ends with "N passed, N failed", counted in reasons and tests.
set -u
cd "$1" || exit 1
passed=0 failed=0
bad() {
	echo "docs/hvm.md: $*"
	failed=$((failed + 1))
}

table=$(sed -n '/^## Every exit/,/^## A PC/p' docs/hvm.md | grep '^|' | tail -n +3)
# reasons COLUMN FILE: the table's and the source's are the same
reasons() {
	local told known name
	told=$(awk -F ' *[|] *' -v c="$1" '{ n = split($c, r, ", "); for (i = 1; i <= n; i++) if (r[i] ~ /^[A-Z_]+$/) print r[i] }' <<<"$table")
	known=$(sed -n 's/^	EXIT_\([A-Z_]*\) = .*/\1/p' "$2")
	for name in $known; do
		if grep -qx "$name" <<<"$told"; then
			passed=$((passed + 1))
		else
			bad "no row has $2's $name"
		fi
	done
	for name in $told; do
		grep -qx "$name" <<<"$known" || bad "$2 has no $name"
	done
}
reasons 3 hypervisor/arch/x86/hvm/svm/vmcb.h
reasons 4 hypervisor/arch/x86/hvm/vmx/exit.c
while read -r tests; do
	case $tests in
	'– '*) continue ;;
	'') bad "a row without a test" ;;
	esac
	for test in ${tests//,/}; do
		if [ -e "tests/guest/$test.c" ]; then
			passed=$((passed + 1))
		else
			bad "there is no test $test"
		fi
	done
done < <(awk -F ' *[|] *' '{ print $6 }' <<<"$table")
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
