#!/bin/sh
# run.sh SRCDIR BUILDDIR - everything that can be said about the sources without running them
#
# The layer, purity and header rules are ours; shellcheck, cppcheck and clang-tidy bring their own. Ends with
# "N passed, N failed".
set -u
src=$(cd "$1" && pwd) build=$(cd "$2" && pwd)
lint=$src/tests/lint
passed=0 failed=0

# judge NAME COMMAND...: a linter's output is shown only when it complains
judge() {
	name=$1
	shift
	printf '  %-7s %s\n' LINT "$name"
	if output=$("$@" 2>&1); then
		passed=$((passed + 1))
	else
		printf '%s\n' "$output"
		failed=$((failed + 1))
	fi
}

# needs TOOL PACKAGE: a linter that is not there is a failure, not a success
needs() {
	command -v "$1" >/dev/null && return 0
	echo "$1 is missing (Debian package $2)"
	failed=$((failed + 1))
	return 1
}

cd "$src" || exit 2
judge layers "$lint/layers.sh" "$src"
judge purity "$lint/purity.sh" "$build"
judge headers "$lint/headers.sh" "$src"
judge packages "$lint/packages.sh" "$src"
judge sets "$lint/sets.sh" "$src"
judge sizes "$lint/sizes.sh" "$src"
judge commands "$lint/commands.sh" "$src" "$build"
judge coming-from "$lint/coming-from.sh" "$src"

scripts=$(git ls-files 2>/dev/null | while read -r f; do
	[ -f "$f" ] && head -n 1 "$f" | grep -qE '^#!/bin/(ba)?sh' && echo "$f"
done)
if needs shellcheck shellcheck && [ -n "$scripts" ]; then
	# shellcheck disable=SC2086 # a list of files
	judge shellcheck shellcheck -x -P SCRIPTDIR --severity=warning $scripts
fi

includes="-I$src -I$src/hypervisor -I$src/hypervisor/abi -I$src/dom0-tools"
ours=$(find hypervisor event-channel frontend-drivers -name '*.c' 2>/dev/null)
dom0=$(find dom0-tools backend-drivers -name '*.c' 2>/dev/null)
if needs cppcheck cppcheck; then
	# shellcheck disable=SC2086
	judge cppcheck cppcheck -q -j"$(nproc)" --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,portability \
		--suppressions-list="$lint/cppcheck.txt" $includes $ours $dom0
fi

# tidy CHECKS FLAGS FILES: as many at a time as there are CPUs
tidy() {
	# shellcheck disable=SC2016 # the inner shell's variables
	echo "$3" | xargs -r -P"$(nproc)" -n4 sh -c 'flags=$0 config=$1 checks=$2; shift 2
		clang-tidy --quiet --config-file="$config" --checks="$checks" "$@" -- $flags 2>/dev/null' \
		"$2 $includes" "$lint/clang-tidy.yml" "$1"
}
if needs clang-tidy clang-tidy; then
	judge clang-tidy tidy '' "-std=gnu11 -ffreestanding -fpie -mgeneral-regs-only -isystem /usr/include/lwip \
		-DSSIZE_MAX=0x7fffffffffffffffL -DPLINTH_DEBUG=1 -DPLINTH_VERSION=\"lint\"" "$ours"
	# In programs that free the head of a list until there is none, the analyzer sees a use after free
	judge clang-tidy-dom0 tidy '-clang-analyzer-core.NullDereference,-clang-analyzer-unix.Malloc' "-std=gnu11 -isystem /usr/include/libnl3 \
		-isystem /usr/include/libxml2 \
		-DPLINTH_HELPERS=\"/\" -DPLINTH_DEBUG=1 -DPLINTH_VERSION=\"lint\"" "$dom0"
fi
format() { find "$@" -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror; }
if needs clang-format clang-format; then
	judge clang-format format hypervisor event-channel frontend-drivers backend-drivers dom0-tools tests
fi
printf '%-24s %d passed, %d failed\n' lint $passed $failed
[ $failed = 0 ]
