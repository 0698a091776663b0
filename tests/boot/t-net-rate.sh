# shellcheck shell=bash disable=SC2034
# set: release
# rate= holds what a DomU sends to what it says, and the interface beside it, which has none, is not held
program <<'END'
. /test/domu.sh
ip addr add 10.0.3.1/24 dev xenbr0
nc -ll -p 5000 -e wc -c &
server=$!
domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" 'vif = [ "rate=250KB/s@20ms", "" ]' <<-'RUN'
	ip addr add 10.0.3.51/24 dev eth1
	ip link set eth1 up
	now() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }
	ping -c 1 -W 20 10.0.3.1 >/dev/null
	for host in 10.0.2.15 10.0.3.1; do
		before=$(now)
		bytes=$(dd if=/dev/zero bs=64k count=48 2>/dev/null | nc $host 5000)
		echo "sent: $bytes $(($(now) - before))"
	done
RUN
hvctl create /test/one.cfg || fail "create: $?"
[ "$(hvctl store read /local/domain/0/backend/hvif/1/0/rate)" = 5000,20000 ] || fail "the store has another rate"
says one '^domu.run: exit' 120
gone one 20
kill $server
console one | grep ^sent:
set -- $(console one | sed -n 's/^sent: \([0-9]*\) \([0-9]*\)/\1 \2/p')
[ "$1 $3" = '3145728 3145728' ] || fail "bytes were lost: $*"
# 3 MiB at 250000 bytes a second are 12.6 s; the first few may go before it is looked at. Without a rate a busy host needs 3 s.
[ "$2" -ge 1150 ] || fail "3 MiB went in $2/100 s"
[ "$4" -le $(($2 / 2)) ] || fail "the other interface is as slow: $4/100 s"
exit 0
END
with_domu
limit=150
boots
succeeded
