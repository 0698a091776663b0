# shellcheck shell=bash disable=SC2034
# set: audited
# hvctl: what it says about the machine is true, with and without --json, and its exit codes tell
program <<'END'
fail() { echo "test: $*"; exit 1; }
# a JSON text that is whole: brackets and braces pair up outside of strings, one value in all
whole() {
	awk '
	{ text = text $0 "\n" }
	END {
		for (i = 1; i <= length(text); i++) {
			c = substr(text, i, 1)
			if (quoted) { if (c == "\\") i++; else if (c == "\"") quoted = 0; continue }
			if (c == "\"") quoted = 1
			else if (c ~ /[[{]/) stack[++depth] = c
			else if (c ~ /[]}]/) {
				if (depth == 0 || stack[depth] != (c == "]" ? "[" : "{")) exit 1
				if (--depth == 0) values++
			}
		}
		exit depth != 0 || quoted || values != 1
	}' "$1"
}
for command in info list version dmesg; do
	hvctl $command >/run/text || fail "hvctl $command: exit $?"
	test -s /run/text || fail "hvctl $command says nothing"
	hvctl $command --json >/run/json || fail "hvctl $command --json: exit $?"
	whole /run/json || fail "hvctl $command --json: $(head -c 200 /run/json)"
	hvctl $command --help >/run/help || fail "hvctl $command --help: exit $?"
	grep -q "$command" /run/help || fail "hvctl $command --help does not mention it"
done
hvctl list | grep -Eq '^Domain-0 +0 +[0-9]+ +2 ' || fail "list: $(hvctl list)"
test "$(hvctl list | wc -l)" = 2 || fail "list has more than Domain-0"
hvctl info | grep -Eq '^CPUs +: 2 ' || fail "info: $(hvctl info | grep CPUs)"
hvctl no-such-command 2>/run/err && fail "an unknown command succeeds"
grep -q 'no-such-command' /run/err || fail "an unknown command is not named"
hvctl list --no-such-option 2>/run/err && fail "an unknown option succeeds"
exit 0
END
cpus=2
boots
succeeded
