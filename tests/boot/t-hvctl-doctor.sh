# shellcheck shell=bash disable=SC2034
# set: release
# hvctl doctor, metrics and top; and every JSON text that hvctl prints fits its schema in docs/schema
program <<'END'
. /test/domu.sh
json() { # SCHEMA COMMAND...
	echo "json: $1"
	shift
	"$@" || fail "$*: exit $?"
	echo "json: end"
}

want 'hvctl doctor; echo exit $?' '^exit 0'
want 'hvctl doctor' '^0 problems'
has 'hvctl doctor --quiet' '^ok' && fail "--quiet is not quiet"

step 'configurations'
dd if=/dev/zero of=/test/disk bs=1M count=4 2>/dev/null
domu one "extra = \"$run_words sysrq_always_enabled\"" 'disk = [ "file:/test/disk,xvda,w" ]' 'vif = [ "bridge=xenbr0" ]' 'on_crash = "preserve"' <<-'RUN'
	cat /dev/xvda >/dev/null
	dd if=/dev/zero of=/dev/xvda bs=64k count=16 oflag=direct 2>/dev/null
	echo "at work"
	sleep 1000
RUN
want 'hvctl doctor /test/one.cfg; echo exit $?' '^exit 0'
want 'hvctl doctor /test/one.cfg' 'ok +memory: it needs 20[0-9]{7} bytes'
sed 's/^memory.*/memory = 1000000/; s/file:.test.disk/file:\/test\/nothing/; s/xenbr0/nobridge/' /test/one.cfg >/test/bad.cfg
hvctl doctor /test/bad.cfg >/run/bad && fail "a configuration that cannot be is found good"
for words in 'problem +memory: it needs 104857[0-9]{7} bytes, and [0-9]+ are free: [0-9]+ bytes are missing' \
	'take at least [0-9]+ MiB from a domain.*memory = [0-9]+' 'disk: /test/nothing: No such file' 'no bridge nobridge' '^3 problems'; do
	grep -Eq "$words" /run/bad || fail "doctor of a bad configuration does not say '$words': $(cat /run/bad)"
done
set -- $(sed -n 's/.*it needs \([0-9]*\) bytes, and \([0-9]*\) are free: \([0-9]*\) bytes.*/\1 \2 \3/p' /run/bad)
[ $(($1 - $2)) = "$3" ] || fail "it cannot count: $*"
echo 'nmae = "one"' >/test/worse.cfg
want 'hvctl doctor /test/worse.cfg; echo exit $?' 'is name meant'

step 'a domain'
before=$(hvctl info --json | sed -n 's/.*"free": \([0-9]*\).*/\1/p')
json config hvctl create --dry-run /test/one.cfg
json create hvctl create --json /test/one.cfg
after=$(hvctl info --json | sed -n 's/.*"free": \([0-9]*\).*/\1/p')
# What doctor reckons with is no less than what it takes, and not much more
echo "it took $((before - after - 192 * 1024)) KiB more than its memory"
[ $((before - after - 192 * 1024)) -le 320 ] || fail "a domain takes more than doctor says"
says one '^at work' 90
want 'hvctl doctor; echo exit $?' '^exit 0'
want 'hvctl doctor' '^ok +domain 1 \(one\): it is'

step 'metrics'
hvctl metrics --listen 9170 &
server=$!
hvctl metrics --listen /run/metrics.socket &
other=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ -S /run/metrics.socket ] && wget -q -O /run/metrics http://127.0.0.1:9170/metrics 2>/dev/null && break
	sleep 1
done
grep -q '^plinth_domain_alive{domid="1",name="one"} 1$' /run/metrics || fail "metrics: $(tail -n 3 /run/metrics)"
[ "$(tail -n 1 /run/metrics)" = '# EOF' ] || fail "the figures are cut short"
wget -q -O /run/none http://127.0.0.1:9170/other 2>/dev/null && fail "there is something at /other"
printf 'GET /metrics HTTP/1.0\r\n\r\n' | socat -t 5 - UNIX-CONNECT:/run/metrics.socket >/run/answer
grep -q 'application/openmetrics-text' /run/answer || fail "no OpenMetrics: $(head -n 3 /run/answer)"
[ "$(stat -c %a /run/metrics.socket)" = 600 ] || fail "anybody can open the socket"
kill $server $other
hvctl metrics --listen 0 2>/dev/null && fail "it listens on port 0"

want 'hvctl metrics' '^plinth_disk_read_bytes_total\{domid="1",name="one",disk="xvda"\} [0-9]{7,}$'
want 'hvctl metrics' '^plinth_disk_written_bytes_total\{.*disk="xvda"\} 1048576$'
want 'hvctl metrics' '^plinth_disk_writes_total\{.*disk="xvda"\} [1-9]'
want 'hvctl metrics' '^plinth_vif_sent_bytes_total\{domid="1",name="one",vif="0"\} [1-9]'
want 'hvctl metrics' '^plinth_vif_received_bytes_total\{domid="1",name="one",vif="0"\} [1-9]'

step 'top'
want 'hvctl top --json --delay 0.2' '"written_bytes": 1048576'
want 'hvctl top --batch --delay 0.5 --times 2' '^one +1 +(blocked|running)'
[ "$(hvctl top --batch --delay 0.2 --times 3 | grep -c '^Name')" = 3 ] || fail "top does not look three times"
script -q -c 'stty rows 24 cols 120; hvctl top --delay 0.5 --times 2' /run/screen </dev/null >/dev/null
grep -q 'CPU %.*Seconds' /run/screen && grep -q 'Domain-0' /run/screen || fail "top: $(tr -d '\033' </run/screen | head -n 5)"
TERM=nothing hvctl top --times 1 2>/dev/null && fail "top works on no terminal"

step 'json'
json list hvctl list --json
json info hvctl info --json
json version hvctl version --json
json dmesg sh -c "hvctl dmesg --json | sed 's/Plinth \([0-9]\)/Plinth-\1/'" # the line that tells of a start, and this is none
json config hvctl config --json one
json vcpu-list hvctl vcpu-list --json one
json sched hvctl sched --json one
json uptime hvctl uptime --json one
json block-list hvctl block-list --json one
json network-list hvctl network-list --json one
json doctor hvctl doctor --json
json top hvctl top --json --delay 0.2
json store-ls hvctl store ls --json /local/domain/1
json store-read hvctl store read --json /local/domain/1/name

step 'sick'
kill -STOP "$(pidof hvconsoled)"
hvctl doctor >/run/sick && fail "a daemon that is stopped is well"
grep -q '^problem  hvconsoled: it is stopped' /run/sick || fail "$(cat /run/sick)"
kill -CONT "$(pidof hvconsoled)"
# The process that watches over the domain is killed; another takes its place and knows what to do
kill -9 "$(pidof hvctl)"
want 'hvctl doctor; echo exit $?' '^exit 0'
want 'hvctl doctor' '^warning +domain 1 \(one\): nobody watches over it'
hvctl watch one || fail "watch: $?"
hvctl watch one 2>/dev/null && fail "two watch over it"
want 'hvctl doctor' '^ok +domain 1 \(one\): it is'
hvctl sysrq one c
for _ in 1 2 3 4 5 6 7 8 9 10; do
	has 'hvctl list one' crashed && break
	sleep 1
done
want 'hvctl doctor --quiet' '^problem +domain 1 \(one\): it has crashed'
grep -q 'crashed; preserve' /var/log/plinth/one.log || fail "who watches has not noticed: $(cat /var/log/plinth/one.log)"
kill -STOP "$(pidof hvbackendd)"
hvctl destroy one 2>/run/err && fail "it is gone although its back ends are there"
grep -q 'hvctl doctor' /run/err || fail "destroy: $(cat /run/err)"
hvctl doctor --quiet >/run/sick
grep -Eq '^problem +domain 1 .*its pages are still mapped.*blkback \(process [0-9]+, its disk 51712\)' /run/sick &&
	grep -q 'hvbackendd: it is stopped' /run/sick || fail "$(cat /run/sick)"
kill -CONT "$(pidof hvbackendd)"
gone one 20
want 'hvctl doctor; echo exit $?' '^exit 0'
exit 0
END
with_domu
carry script
carry socat
cpus=2
limit=240
boots
succeeded
reason=$("$here/check-json" "$here/../../docs/schema" "$log" 2>&1) || fail "$reason"
