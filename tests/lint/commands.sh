#!/bin/bash
# commands.sh SRCDIR BUILDDIR - every command of hvctl has its help, its place in the manual page, its completion, and,
# if it prints JSON, a schema; every key of a configuration is documented; and a test with a running DomU has each of them.
# Ends with "N passed, N failed"
set -u
src=$(cd "$1" && pwd) build=$(cd "$2" && pwd)
PATH=$build:$PATH
page=$src/docs/man/hvctl.1
passed=0 failed=0

# judge COMMAND WHAT STATUS
judge() {
	if [ "$3" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "hvctl $1: $2"
	fi
}

# section COMMAND: what the manual page says of it, from its .It up to the next command's
section() {
	awk -v name="$1" '
		/^\.It Nm / { on = $3 == name }
		/^\.Sh / { on = 0 }
		on { print }' "$page"
}

# completed WORD...: what completion offers behind these words of a command line
# shellcheck disable=SC2034,SC2317
complete_words() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_hvctl
	printf '%s\n' "${COMPREPLY[@]}"
}
# shellcheck source=../../dom0-tools/hvctl/completion.bash
. "$src/dom0-tools/hvctl/completion.bash"

# What the tests with DomUs in README's command say, and all of HVM domains, of which some are in `make stress`; without their comments
mapfile -t tests < <(grep -L '^# set: stress' "$src"/tests/boot/t-*.sh)
boots=$(cat "${tests[@]}" "$src"/tests/boot/domu*.sh "$src"/tests/boot/{t-hvm*,hvm}.sh "$src"/docs/tutorial.md | grep -v '^[[:blank:]]*#')
commands=$(hvctl --help | awk '/^  / { print $1 }')
[ "$(wc -w <<<"$commands")" -gt 30 ]
judge --help "lists hardly any commands" $?
offered=$(complete_words hvctl '')
for command in $commands; do
	help=$(hvctl "$command" --help)
	judge "$command" "--help fails" $?
	grep -q '^Exit codes:' <<<"$help"
	judge "$command" "--help does not tell the exit codes" $?
	said=$(section "$command")
	[ -n "$said" ]
	judge "$command" "is not in hvctl.1" $?
	grep -qx -- "$command" <<<"$offered"
	judge "$command" "is not completed" $?
	options=$(grep -o -e '^  *-[a-z], --[a-z-]*' <<<"$help" | grep -o -e '--.*')
	completed=$(complete_words hvctl "$command" -)
	for option in $options; do
		grep -qE -- "Fl [a-z] , $option|Fl [a-z] , -?${option#-}" <<<"$said"
		judge "$command" "$option is not in hvctl.1" $?
		grep -qx -- "$option" <<<"$completed"
		judge "$command" "$option is not completed" $?
	done
	grep -qE "hvctl $command($|[^a-z-])" <<<"$boots"
	judge "$command" "no boot test runs it" $?
	for option in $options; do
		short=$(sed -n "s/^  *\(-[a-z]\), $option\( .*\|\$\)/\1/p" <<<"$help" | head -n 1)
		grep -qE -- "hvctl $command .*($option|${short:-$option})($|[^a-z-])" <<<"$boots"
		judge "$command" "no boot test uses $option" $?
	done
	if grep -q -- --json <<<"$options"; then
		compgen -G "$src/docs/schema/$command*.json" >/dev/null
		judge "$command" "has no schema in docs/schema" $?
	fi
	hvctl "$command" --no-such-option >/dev/null 2>&1
	[ $? = 2 ]
	judge "$command" "takes any option" $?
done
for schema in "$src"/docs/schema/*.json; do
	name=${schema##*/}
	grep -qx -- "${name%.json}" <<<"$commands"$'\nstore-ls\nstore-read'
	judge "${name%.json}" "there is a schema, and no such command" $?
done
# Every key of a configuration is in its manual page, and in the table for those who come from xl
for key in $(sed -n '/^static const struct key keys/,/^};/s/^\t{"\([a-z0-9_]*\)".*/\1/p' "$src/dom0-tools/config/domain_config.c"); do
	grep -qE "^\.(It )?Cm ([a-z0-9_]+ , )*$key( |$|,)" "$src/docs/man/plinth.cfg.5"
	judge "key $key" "is not in plinth.cfg.5" $?
	grep -q "\`${key}[\` ]" "$src/docs/coming-from-xl.md"
	judge "key $key" "is not in coming-from-xl.md" $?
	grep -qE "(^|[^a-z_])$key = " <<<"$boots"
	judge "key $key" "no boot test has it" $?
	grep -q "{\"$key\", {" "$src/tests/unit/test_config.c"
	judge "key $key" "test_config.c has no wrong values for it" $?
done
# So are the items of disk and vif, which are known by the words that they are compared with
for item in $(sed -n 's/^\tif (!strcmp(\(key\|word\), "\([a-z-]*\)").*/\2/p' "$src/dom0-tools/config/disk.c" "$src/dom0-tools/config/vif.c"); do
	grep -q -- "$item" "$src/docs/man/plinth.cfg.5"
	judge "item $item" "is not in plinth.cfg.5" $?
	grep -qE -- "(vdev=|bridge=|mac=|disk = |vif = |raw,|attach one ).*[^a-z]$item([=, \"]|$)|[\" ,]$item=" <<<"$boots"
	judge "item $item" "no boot test has it" $?
done
for item in $(sed -n 's/^\tif (!strcmp(key, "\([a-z-]*\)").*/\1/p' "$src/dom0-tools/config/disk.c" "$src/dom0-tools/config/vif.c"); do
	grep -qE "\{\"$item\", \"(disk|vif) = " "$src/tests/unit/test_config.c"
	judge "item $item" "test_config.c has no wrong values for it" $?
done
# Each element and attribute of libvirt's that is read is in a sample, where test_xml_said.c changes it, or refused in test_xml.c
samples=$(cat "$src"/tests/unit/virsh/*.xml "$src"/tests/fuzz/corpus/fuzz_xml/*.xml "$src/tests/unit/test_xml.c")
while IFS='"' read -r _ element _ attributes _; do
	grep -qE "<${element}[ />]" <<<"$samples"
	judge "<$element>" "no sample (tests/unit/virsh, tests/fuzz/corpus/fuzz_xml) has it" $?
	for attribute in $attributes; do
		grep -qE "<$element [^>]*\b$attribute=" <<<"$samples"
		judge "<$element>" "no sample has its $attribute=" $?
	done
done < <(grep -ho '{"[A-Za-z_]*", "[a-z ]*", [A-Za-z_]*, ' "$src"/dom0-tools/config/xml_*.c)
printf '%-24s %d passed, %d failed\n' commands $passed $failed
[ $failed = 0 ] && [ $passed -gt 0 ]
