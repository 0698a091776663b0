#!/bin/sh
# library.sh - what `make install` gives a program that wants libplinth: header, pkg-config file, both libraries
#
# Run in the directory of the Makefile. Ends with "N passed, N failed".
set -u
dir=$(mktemp -d "${TMPDIR:-/tmp}/plinth-library.XXXXXX")
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0
check() {
	what=$1
	shift
	if "$@" >"$dir/out" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "library: $what: $(head -n 3 "$dir/out")"
	fi
}

cat >"$dir/program.c" <<'END'
#include <plinth.h>
#include <stdio.h>

int main(void)
{
	struct plinth *h;
	int err = plinth_open(&h);

	printf("%d %s\n", err, err ? plinth_error() : "");
	return 0;
}
END
# What make hands down to its children is not meant for this one.
check install env -u MAKEFLAGS -u MAKELEVEL -u MAKEOVERRIDES make -s install DESTDIR="$dir/root"
export PKG_CONFIG_SYSROOT_DIR="$dir/root"
PKG_CONFIG_PATH=$(dirname "$(find "$dir/root" -name plinth.pc)")
export PKG_CONFIG_PATH
check version test "$(pkg-config --modversion plinth)" = "$(sed -n 's/^VERSION = //p' config.mk)"
flags=$(pkg-config --cflags plinth) libs=$(pkg-config --libs plinth)
libdir=$(pkg-config --variable=libdir plinth)
case $libdir in "$dir"*) ;; *) libdir=$dir/root$libdir ;; esac
# shellcheck disable=SC2086 # flags
check 'with the shared one' ${CC:-cc} -Wall -Wextra -Werror -pedantic -std=c11 $flags -o "$dir/shared" "$dir/program.c" $libs
# shellcheck disable=SC2086
check 'with the static one' ${CC:-cc} -static $flags -o "$dir/static" "$dir/program.c" $libs
check 'the shared one is used' sh -c "readelf -d '$dir/shared' | grep -q 'NEEDED.*libplinth.so.0'"
# Without a hypervisor there is one thing that both can do: say why they cannot go on.
for kind in shared static; do
	said=$(LD_LIBRARY_PATH=$libdir "$dir/$kind")
	check "$kind: '$said'" test -e /dev/xen/privcmd -o "${said#-[0-9]*privcmd}" != "$said"
done
printf '%-24s %d passed, %d failed\n' library $passed $failed
[ $failed = 0 ] && [ $passed -gt 0 ]
