#!/bin/bash
# abi-doc.sh SRCDIR - docs/abi.md names every hypercall and sub-operation once, and says truly whether it is there; docs/regressions.md
# names tests that are
#
# A section's title has the names' common prefix in brackets; a row has names, who may use them (– nobody), tests, remarks. What
# is in the dispatch code (a case, or a line of a table, under hypervisor/call) and is for nobody must name its error. Prints
# each offence; ends with "N passed, N failed", counted in operations and tests.
set -u
cd "$1" || exit 1
passed=0 failed=0
bad() {
	echo "docs/abi.md: $*"
	failed=$((failed + 1))
}

# rows: NAME WHO ERROR TEST..., then, with a # in front, each test's name
rows=$(awk -F ' *[|] *' '
	/^## / { prefix = ""; if (match($0, /\([A-Z_]*_\)/)) prefix = substr($0, RSTART + 1, RLENGTH - 2); next }
	/^\| (operation|code) |^\|---/ { calls = /operation/ || (calls && !/code/); next }
	calls && NF >= 6 {
		n = split($2, name, ", ")
		tests = $4
		gsub(",", "", tests)
		for (i = 1; i <= n; i++)
			print prefix name[i], $3, ($5 ~ /-E[A-Z]/ ? "error" : "-"), tests
		n = split($4, test, ", ")
		for (i = 1; i <= n; i++)
			print "#", test[i]
	}' docs/abi.md)

# Of calls that are not there at all the operations go without saying.
names=$(grep -oE '\{(CALL|OP)\([A-Za-z0-9_]+\)' hypervisor/core/abi_names.c | sed -E 's/.*\((.*)\)?/\1/; s/\)//' |
	grep -vE '^(XENPMU|XENNMI)_')
dispatched=$(grep -ohE '(case |\{)[A-Z_]+_[A-Za-z0-9_]+[:,]|^	CALL\([a-z_]+\)|MMUEXT_[A-Z0-9_]+ \.\.\. MMUEXT_[A-Z0-9_]+' \
	hypervisor/call/*.c | sed -E 's/^(case |\{|	CALL\()//; s/[:,)]$//')
# ranges of cases, spelled out
dispatched+=$'\n'$(for range in $(grep -ohE 'MMUEXT_[A-Z0-9_]+ \.\.\. MMUEXT_[A-Z0-9_]+' hypervisor/call/*.c | sed 's/ \.\.\. /:/'); do
	sed -n "/^#define ${range%:*}\b/,/^#define ${range#*:}\b/s/^#define \(MMUEXT_[A-Z0-9_]*\).*/\1/p" hypervisor/abi/xen/xen.h
done)

for name in $names; do
	found=$(grep -E "^$name " <<<"$rows")
	there=$(grep -cxF "$name" <<<"$dispatched")
	case $(wc -l <<<"$found"):$found:$there in
	1::*) bad "$name is missing" ;;
	1:*" – -":[1-9]*) bad "$name is for nobody, without an error, but is dispatched" ;;
	1:*" – error":0) bad "$name has an error of its own, but is not dispatched" ;;
	1:*" g "*:0 | 1:*" p "*:0) bad "$name is not dispatched" ;;
	1:*" – "* | 1:*" g "* | 1:*" p "*) passed=$((passed + 1)) ;;
	*) bad "$name: in several rows, or for whom?" ;;
	esac
done
while read -r name _; do
	grep -qxF "$name" <<<"$names" || bad "$name is no operation's name"
done < <(grep -v '^#' <<<"$rows")
for test in $(sed -n 's/^# //p' <<<"$rows" | sort -u); do
	if [ "$test" = boot ] || [ -e "tests/guest/$test.c" ] || [ -e "tests/unit/$test.c" ]; then
		passed=$((passed + 1))
	else
		bad "there is no test $test"
	fi
done
# A test of an operation names it, itself or in what all tiny guests share; but boots of Linux, and whole calls, do not.
while read -r name _ _ tests; do
	case " $tests " in
	*" boot "* | "  ") continue ;;
	esac
	[[ $name == *[A-Z]_* ]] || continue
	files=(tests/guest/runtime/*.c)
	for test in $tests; do
		files+=("tests/guest/$test.c" "tests/unit/$test.c")
	done
	if grep -qsw -- "$name" "${files[@]}"; then
		passed=$((passed + 1))
	else
		bad "none of $tests names $name"
	fi
done < <(grep -v '^#' <<<"$rows")
# docs/regressions.md has each row of the table of regressions, with tests that are there.
for row in {1..30}; do
	tests=$(sed -n "s/^| $row | [^|]* | [^|]* | \(.*\) |$/\1/p" docs/regressions.md)
	[ -n "$tests" ] || bad "row $row is missing in docs/regressions.md"
	for test in ${tests//,/}; do
		if compgen -G "tests/*/$test.[cs]*" >/dev/null; then
			passed=$((passed + 1))
		else
			bad "row $row of docs/regressions.md names $test, which is not there"
		fi
	done
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
