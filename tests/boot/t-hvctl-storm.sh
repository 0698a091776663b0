# shellcheck shell=bash disable=SC2034
# set: release
# eight hvctls at once create, destroy, attach, detach, rename and ask, for half a minute: each is served, nothing is left behind
program <<'END'
. /test/domu.sh
dd if=/dev/zero of=/test/disk bs=1M count=1 2>/dev/null
domu main "extra = \"$run_words\"" 'vcpus = 2' 'disk = [ "file:/test/disk,xvda,w" ]' <<-'RUN'
	echo "at work"
	sleep 1000
RUN
resources >/run/before
hvctl create /test/main.cfg || fail "create: $?"
says main '^at work' 90

end=$(($(date +%s) + 30))
storm() { # NAME COMMAND...: again and again until the end, or until it fails, which is noted
	client=$1 rounds=0
	shift
	while [ "$(date +%s)" -lt $end ]; do
		"$@" >/run/out.$client 2>&1 || {
			echo "$client, round $rounds: $(tail -n 1 /run/out.$client)" >>/run/failures
			break
		}
		rounds=$((rounds + 1))
	done
	echo "$client: $rounds rounds" >>/run/rounds
}
come_and_go() {
	hvctl create --paused /test/side$1.cfg && hvctl rename side$1 other$1 && hvctl destroy other$1
}
disks() {
	hvctl block-attach main /test/more$1,raw,xvd$1,w && hvctl block-detach main xvd$1
}
interfaces() {
	hvctl network-attach main mac=00:16:3e:00:01:0$1,bridge=xenbr0 || return 1
	n=$(hvctl network-list main | awk -v mac=00:16:3e:00:01:0$1 '$3 == mac { print $1 }')
	hvctl network-detach main "$n"
}
ask() {
	hvctl list --json && hvctl config main && hvctl metrics && hvctl block-list main
}
change() {
	hvctl sched --weight 300 main && hvctl vcpu-pin main all 0 && hvctl vcpu-pin main all all && hvctl mem-max main 200
}
for n in 1 2; do
	dd if=/dev/zero of=/test/side$n.img bs=1M count=1 2>/dev/null
	sed "s/\"main\"/\"side$n\"/; s/test.disk/test\/side$n.img/" /test/main.cfg >/test/side$n.cfg
	storm create$n come_and_go $n &
done
for n in b c; do
	dd if=/dev/zero of=/test/more$n bs=1M count=1 2>/dev/null
	storm disk$n disks $n &
done
for n in 1 2; do
	storm vif$n interfaces $n &
done
storm ask ask &
storm change change &
wait
cat /run/rounds
[ ! -e /run/failures ] || fail "$(head -n 3 /run/failures)"
[ "$(wc -l </run/rounds)" = 8 ] || fail "a client was lost"
! grep ': 0 rounds' /run/rounds || fail "a client got nothing done"
hvctl config main | grep -Eq 'xvd[bc]|vif' && fail "a device is left in its record: $(hvctl config main)"
hvctl destroy main || fail "destroy: $?"
gone main 20
[ -z "$(ls /var/lib/plinth/domains)" ] || fail "records are left: $(ls /var/lib/plinth/domains)"
as_before
hvctl doctor --quiet || fail "doctor is not content"
exit 0
END
with_domu
cpus=2
limit=200
boots
succeeded
