# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# what an admin does: list, info and store as JSON, a console with its shell, at a terminal and in a pipe
program <<'END'
. /test/domu.sh
resources >/run/before
# no plinth.run: the DomU gives a shell on its console
domu one 'extra = "console=hvc0 quiet"' <<-'RUN'
RUN
hvctl create /test/one.cfg || fail "create: $?"
says one '^domu: up' 90
id=$(hvctl domid one) || fail "domid"
[ "$(hvctl domname "$id")" = one ] || fail "domname $id: $(hvctl domname "$id")"
hvctl list --json >/run/list || fail "list --json"
for word in '"name": *"one"' '"name": *"Domain-0"' "\"domid\": *$id"; do
	tr -d '\n' </run/list | grep -Eq "$word" || fail "list --json has no $word: $(cat /run/list)"
done
hvctl info --json | grep -q '"domains": *2' || fail "info --json: $(hvctl info --json)"

[ "$(hvctl store read "/local/domain/$id/name")" = one ] || fail "store read"
hvctl store write "/local/domain/$id/note" 'two words' || fail "store write"
hvctl store ls "/local/domain/$id" | grep -q '^note = "two words"' || fail "store ls: $(hvctl store ls "/local/domain/$id")"
hvctl store read --json "/local/domain/$id/note" | grep -q '"two words"' || fail "store read --json"
hvctl store rm "/local/domain/$id/note" || fail "store rm"
! hvctl store read "/local/domain/$id/note" 2>/dev/null || fail "store rm has left it"

# At a terminal of its own, as an admin has it: a command goes in, its answer comes out, Ctrl-] leaves.
{
	sleep 2
	printf '\r'
	sleep 2
	printf 'echo sum is $((6 * 7))\r'
	sleep 4
	printf '\035'
	sleep 5
} | script -q -c 'hvctl console one; echo "left with $?"' /dev/null >/run/console 2>&1
tr -d '\r' </run/console | grep -q '^sum is 42' || fail "console: $(cat /run/console)"
grep -q 'left with 0' /run/console || fail "Ctrl-] does not leave the console: $(cat /run/console)"
# And without a terminal, as a script has it.
(printf 'echo sum is $((6 * 8))\n'; sleep 4) | timeout 8 hvctl console one >/run/console
tr -d '\r' </run/console | grep -q '^sum is 48' || fail "console in a pipe: $(cat /run/console)"

hvctl destroy one || fail "destroy: $?"
gone one 20

hvctl shutdown one 2>/run/err
[ $? = 3 ] || fail "shutdown of what is gone: $(cat /run/err)"
sleep 2
as_before
exit 0
END
carry script
with_domu
limit=300
boots
succeeded
