#!/bin/sh
# headers.sh SRCDIR - every header compiles alone
#
# CC is the compiler. Ends with "N passed, N failed".
set -eu
cd "$1"
: "${CC:=cc}"
passed=0 failed=0

# try LANGUAGE HEADER [FLAG...]
try() {
	language=$1 header=$2
	shift 2
	# shellcheck disable=SC2086 # CC may hold options
	if echo "#include \"$header\"" | $CC -fsyntax-only -Wall -Wextra -Werror "$@" -I. -Ihypervisor -Ihypervisor/abi \
		-Idom0-tools -isystem /usr/include/libxml2 -x "$language" -; then
		passed=$((passed + 1))
	else
		echo "$header does not compile alone ($language)"
		failed=$((failed + 1))
	fi
}

for header in $(find hypervisor event-channel frontend-drivers -name '*.h' 2>/dev/null | sort); do
	case $header in
	*/guest/* | */host/* | */xen/sys/*) try c "$header" -std=gnu11 ;;
	*) try c "$header" -std=gnu11 -ffreestanding -mgeneral-regs-only -fpie ;;
	esac
done
for header in $(find dom0-tools backend-drivers -name '*.h' 2>/dev/null | sort); do
	try c "$header" -std=gnu11 -D_GNU_SOURCE
done
printf '%-24s %d passed, %d failed\n' headers $passed $failed
[ $failed = 0 ]
