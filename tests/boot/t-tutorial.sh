# shellcheck shell=bash disable=SC2034
# set: release
# docs/tutorial.md: every command in it is run in Dom0, and answers as it says
tutorial=$here/../../docs/tutorial.md
program < <(echo 'status=0'; awk -v MODE=run -f "$here/tutorial.awk" "$tutorial"; echo 'exit 0')
with_domu
cpus=2
limit=240
boots
succeeded

# answers N: the lines on standard input, with "..." for anything, come in this order in what command N said; and if there
# are none, it said nothing
answers() {
	local line pattern number=$1 at=0 i found said=()
	mapfile -t said < <(tr -d '\r' <"$log" | sed -n "/^tutorial: begin $number\$/,/^tutorial: end $number\$/p" |
		sed '1d; $d' | grep -av -e '^\[ *[0-9.]*\] ' -e '^(plinth) ')
	while IFS= read -r line; do
		[ "$line" ] && [ "$line" != ... ] || continue
		pattern=$(printf '%q' "$line")
		pattern=${pattern//.../*}
		found=
		for ((i = at; i < ${#said[@]}; i++)); do
			# shellcheck disable=SC2053 # a pattern
			if [[ ${said[i]} == $pattern ]]; then
				found=1 at=$((i + 1))
				break
			fi
		done
		[ "$found" ] || fail "command $number does not say \"$line\" but \"${said[*]:at:4}\""
	done
	[ "${found-}" ] || [ ${#said[@]} = 0 ] || fail "command $number says \"${said[*]:0:3}\""
}

awk -v MODE=expect -f "$here/tutorial.awk" "$tutorial" >"$work/expected"
commands=$(grep -c '^dom0# ' "$tutorial")
[ "$(count '^tutorial: end ')" = "$commands" ] || fail "$(count '^tutorial: end ') of $commands commands were run"
for ((number = 1; number <= commands; number++)); do
	answers "$number" < <(sed -n "s/^$number\t//p" "$work/expected")
done
