#!/bin/bash
# coming-from.sh SRCDIR - docs/coming-from-*.md have a word for every command of xl and virsh and every key of xl.cfg
#
# Their names are in tests/lint/names: those of Xen 4.17 and libvirt 9.0, as Debian 12's manual pages list them. In the docs a
# name stands in backticks, maybe as a pattern (`pci-*`), maybe with arguments behind it. Ends with "N passed, N failed".
set -u
src=$(cd "$1" && pwd)
passed=0 failed=0

# covers NAMES PAGE: each name of the list is on the page
covers() {
	local name pattern patterns found
	mapfile -t patterns < <(grep '^|' "$src/docs/$2" | grep -o '`[^`]*`' | tr -d '`' | cut -d ' ' -f 1 | sort -u)
	while read -r name; do
		found=
		for pattern in "${patterns[@]}"; do
			# shellcheck disable=SC2053 # a pattern
			[[ $name == $pattern ]] && found=1 && break
		done
		if [ "$found" ]; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "$2: nothing is said of $name"
		fi
	done <"$src/tests/lint/names/$1"
}
covers xl-commands coming-from-xl.md
covers xl-keys coming-from-xl.md
covers virsh-commands coming-from-libvirt.md
printf '%-24s %d passed, %d failed\n' coming-from $passed $failed
[ $failed = 0 ] && [ $passed -gt 400 ]
