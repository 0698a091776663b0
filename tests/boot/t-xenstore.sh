# shellcheck shell=bash disable=SC2034
# set: release
# Debian's own xenstore-* programs against hvstored, over its socket
program <<'END'
fail() { echo "test: $*"; exit 1; }
is() { [ "$2" = "$3" ] || fail "$1: '$2', not '$3'"; }
xenstore-write /plinth/a one /plinth/b/c two /plinth/b/d '' || fail "write"
is read "$(xenstore-read /plinth/a)" one
is 'read of two' "$(xenstore-read /plinth/a /plinth/b/c | tr '\n' ' ')" 'one two '
is 'read -p' "$(xenstore-read -p /plinth/b/c)" '/plinth/b/c: two'
is 'an empty value' "$(xenstore-read /plinth/b/d)" ''
is 'what hvctl reads' "$(hvctl store read /plinth/b/c)" two
hvctl store write /plinth/e 'by hvctl' || fail "hvctl store write"
is 'what hvctl wrote' "$(xenstore-read /plinth/e)" 'by hvctl'
is list "$(xenstore-list /plinth | sort | tr '\n' ' ')" 'a b e '
is ls "$(xenstore-ls -f /plinth | sort | tr '\n' ';')" \
	'/plinth/a = "one";/plinth/b = "";/plinth/b/c = "two";/plinth/b/d = "";/plinth/e = "by hvctl";'
xenstore-ls / >/run/all || fail "ls /"
grep -q 'domain' /run/all || fail "ls /: $(cat /run/all)"

# An error says so, and by its exit code too.
xenstore-exists /plinth/b/c || fail "exists"
! xenstore-exists /plinth/none || fail "exists of what is not there"
! xenstore-read /plinth/none 2>/run/err || fail "read of what is not there"
grep -q "couldn't read path" /run/err || fail "read of what is not there: $(cat /run/err)"
! xenstore-write 'a bad path' x 2>/dev/null || fail "write to a bad path"
! xenstore-rm /plinth/none/at/all 2>/dev/null || fail "rm of what is not there"

# The first event is the watch's own; then one for each change, below it too, in order.
xenstore-watch -n 4 /plinth/b >/run/events &
watcher=$!
for _ in $(seq 50); do [ -s /run/events ] && break; usleep 100000; done
xenstore-write /plinth/b/c three
xenstore-write /plinth/a elsewhere
xenstore-write /plinth/b/new/deep x
xenstore-rm /plinth/b
for _ in $(seq 100); do kill -0 $watcher 2>/dev/null || break; usleep 100000; done
! kill -0 $watcher 2>/dev/null || fail "the watch waits still; it has seen $(tr '\n' ' ' </run/events)"
is 'the events' "$(tr '\n' ' ' </run/events)" '/plinth/b /plinth/b/c /plinth/b/new/deep /plinth/b '
! xenstore-exists /plinth/b/c || fail "rm has left what lies below"

xenstore-write /plinth/p x
xenstore-chmod /plinth/p n0 r5 b7 || fail "chmod"
is permissions "$(xenstore-ls -f -p /plinth | sed -n 's/^.plinth.p = "x" *//p' | tr -d ' ')" '(n0,r5,b7)'
xenstore-write /plinth/q/r x
xenstore-chmod -r /plinth/q w3 || fail "chmod -r"
is 'permissions below' "$(xenstore-ls -f -p /plinth | sed -n 's/^.plinth.q.r = "x" *//p' | tr -d ' ')" '(w3)'

# Many writers at once lose nothing, and a value as long as a message may be comes back whole.
for n in 1 2 3 4; do
	(for k in $(seq 50); do xenstore-write /plinth/many/$n-$k "$k"; done) &
done
wait
is 'many writers' "$(xenstore-list /plinth/many | wc -l)" 200
# More names than one message holds.
seq 300 | sed 's/.*/\/plinth\/names\/with-a-name-of-some-length-& &/' | xargs xenstore-write
is 'many names' "$(xenstore-list /plinth/names | sort -u | wc -l)" 300
long=$(head -c 2000 /dev/zero | tr '\0' x)
xenstore-write /plinth/long "$long" || fail "write of 2000 bytes"
is 'a long value' "$(xenstore-read /plinth/long)" "$long"
xenstore-rm /plinth || fail "rm"
! xenstore-exists /plinth || fail "rm"
exit 0
END
for name in ls read write watch rm chmod exists list; do
	carry "xenstore-$name"
done
boots
succeeded
