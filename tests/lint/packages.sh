#!/bin/sh
# packages.sh SRCDIR - every Debian package that configure names is one that scripts/packages.sh installs
set -eu
cd "$1"
# shellcheck source=../../scripts/packages.sh
. scripts/packages.sh
passed=0 failed=0
for package in $(awk '$1 == "header" || $1 == "static_library" || $1 == "tool" || $1 == "optional" {
	rest = $0
	while (match(rest, /(lib[a-z0-9-]+-dev|[a-z0-9]+-dev)( |$)/)) {
		print substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
	} }' configure | sort -u); do
	case " $build_packages $test_packages " in
	*[[:space:]]"$package"[[:space:]]*) passed=$((passed + 1)) ;;
	*)
		echo "configure wants $package, which scripts/packages.sh does not install"
		failed=$((failed + 1))
		;;
	esac
done
printf '%-24s %d passed, %d failed\n' packages $passed $failed
[ $failed = 0 ] && [ $passed -gt 0 ]
