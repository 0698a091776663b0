#!/bin/sh
# run.sh CC SRCDIR BUILDDIR - our ABI headers say the same as Debian's libxen-dev
#
# facts.c is compiled with each set of headers; every line that both print is a fact that holds. Ends with
# "N passed, N failed". REFERENCE is where libxen-dev's xen/ directory is.
set -u
cc=$1 src=$2 out=$3/abi
: "${REFERENCE:=/usr/include}"

fail() {
	printf '%s\n%-24s 0 passed, 1 failed\n' "$1" abi
	exit 1
}

# facts NAME FLAG...: compiles, runs, and keeps what it prints
facts() {
	name=$1
	shift
	# shellcheck disable=SC2086 # CC may hold options
	$cc -std=gnu11 -Wall -Wextra -Werror "$@" -o "$out/$name" "$src/tests/abi/facts.c" &&
		"$out/$name" >"$out/$name.txt"
}

mkdir -p "$out" || exit 2
[ -f "$REFERENCE/xen/domctl.h" ] ||
	fail "$REFERENCE has no xen/domctl.h to compare with (Debian package libxen-dev)"
facts reference -DREFERENCE "-I$REFERENCE" || fail "facts.c does not compile with libxen-dev"
facts ours "-I$src/hypervisor/abi" || fail "facts.c does not compile with hypervisor/abi"

# Both print the same facts in the same order, or something is badly wrong.
paste -d '\n' "$out/reference.txt" "$out/ours.txt" | awk '
	NR % 2 { reference = $0; next }
	reference == $0 { passed++; next }
	{ failed++; print "libxen-dev: " reference "\n      ours: " $0 }
	END { printf "%-24s %d passed, %d failed\n", "abi", passed, failed; exit failed || !passed }'
