#!/bin/sh
# purity.sh BUILDDIR - pure objects leave nothing undefined but mem* and invariant_failed, and keep no state
#
# Looks at the freestanding objects of hypervisor/lib, hypervisor/core, event-channel and frontend-drivers/protocol together, as
# they stand on lib; the last are there if the reference guest was built. NM, LD and CC are the tools to use. Ends with "N passed, N failed".
set -eu
hv=$1/hv
: "${NM:=nm}" "${LD:=ld}" "${OBJDUMP:=objdump}"
all=$(find "$hv/hypervisor/lib" "$hv/hypervisor/core" "$hv/event-channel" "$1/refguest/frontend-drivers/protocol" -maxdepth 1 -name '*.o' 2>/dev/null | sort)
if [ -z "$all" ]; then
	echo "purity: there are no objects in $hv: run make first"
	echo "purity                   0 passed, 1 failed"
	exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2086 # a list of files
$NM --defined-only $all | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' | sort -u >"$work/defined"
printf '%s\n' memcpy memmove memset memcmp strlen invariant_failed _GLOBAL_OFFSET_TABLE_ >>"$work/defined"
sort -u -o "$work/defined" "$work/defined"

passed=0 failed=0
for object in $all; do
	name=${object#"$1"/*/}
	wrong=
	for symbol in $($NM -u "$object" | awk '{ print $NF }' | sort | comm -23 - "$work/defined"); do
		wrong="$wrong
$name: needs $symbol, which no pure object has"
	done
	# Constant tables of pointers are in .data.rel.ro; anything else in .data or .bss is state.
	for section in $($OBJDUMP -h "$object" | awk '
		$2 ~ /^\.(data|bss|tdata|tbss)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0+$/ { print $2 }'); do
		wrong="$wrong
$name: keeps state in $section"
	done
	if [ -n "$wrong" ]; then
		echo "${wrong#?}"
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
done
printf '%-24s %d passed, %d failed\n' purity $passed $failed
[ $failed = 0 ]
