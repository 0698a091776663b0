# shellcheck shell=bash disable=SC2034
# set: audited
# a DomU of the stock cloud kernel, with 1 and with 2 vcpus: disk, network, console, pause, reboot, shutdown, destroy
program <<'END'
. /test/domu.sh
resources >/run/before
for vcpus in 1 2; do
	dd if=/dev/urandom of=/test/disk bs=1M count=8 2>/dev/null
	before=$(sha256sum </test/disk | cut -c 1-64)
	domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" "vcpus = $vcpus" 'disk = [ "file:/test/disk,xvda,w" ]' \
		'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]' 'on_reboot = "restart"' <<-'RUN'
		echo "vcpus: $(grep -c ^processor /proc/cpuinfo)"
		cat /sys/class/net/eth0/address
		echo "read: $(sha256sum </dev/xvda)"
		dd if=/dev/urandom of=/tmp/new bs=64k count=16 2>/dev/null
		dd if=/tmp/new of=/dev/xvda bs=64k seek=32 conv=fsync 2>/dev/null || exit 1
		echo "written: $(sha256sum </tmp/new)"
		for host in 10.0.2.15 10.0.2.2; do
			ping -c 2 -W 20 $host >/dev/null && echo "reached $host"
		done
		echo "at work"
		n=0
		while :; do n=$((n + 1)); echo "alive $n"; sleep 1; done
	RUN
	hvctl create /test/one.cfg || fail "create: $?"
	says one 'at work' 90
	console one | grep -q "^vcpus: $vcpus" || fail "it has $(console one | grep vcpus:)"
	console one | grep -q '^00:16:3e:00:00:01' || fail "its MAC is another"
	console one | grep -q "^read: $before" || fail "it reads $(console one | grep read:), not $before"
	after=$(dd if=/test/disk bs=64k skip=32 count=16 2>/dev/null | sha256sum)
	console one | grep -q "^written: ${after%% *}" || fail "what it wrote and synced is not in the file"
	for host in 10.0.2.15 10.0.2.2; do
		console one | grep -q "^reached $host" || fail "it does not reach $host"
	done
	ping -c 1 -W 10 10.0.2.51 >/dev/null || fail "Dom0 does not reach it"

	hvctl pause one || fail "pause"
	hvctl list | grep -q '^one .*paused' || fail "after pause: $(hvctl list)"
	sleep 1
	was=$(console one | grep -c alive)
	sleep 3
	[ "$(console one | grep -c alive)" = "$was" ] || fail "it goes on while it is paused"
	hvctl unpause one || fail "unpause"
	sleep 3
	[ "$(console one | grep -c alive)" -gt "$was" ] || fail "it does not go on"
	hvctl destroy one || fail "destroy: $?"
	gone one 20
	rm -f /var/log/plinth/*one* /var/log/plinth/console/*one* 2>/dev/null
done

# By its own will: reboot, and then off.
domu two "extra = \"$run_words\"" 'disk = [ "file:/test/disk,xvda,w" ]' 'on_reboot = "restart"' 'on_poweroff = "destroy"' <<-'RUN'
	if [ "$(head -c 5 /dev/xvda)" = again ]; then
		echo "second start"
		exit 0
	fi
	printf again | dd of=/dev/xvda conv=fsync 2>/dev/null
	echo "first start"
	sleep 8 # who lives less than 5 s is not started again
	reboot -f
RUN
hvctl create /test/two.cfg || fail "create two"
says two 'first start' 60
says two 'second start' 90
gone two 30

# By the admin's.
domu three "extra = \"console=hvc0 quiet\"" <<-'RUN'
	:
RUN
hvctl create /test/three.cfg || fail "create three"
says three '^domu: up' 60
hvctl destroy three || fail "destroy three"
gone three 20
sleep 2
as_before
exit 0
END
with_domu
limit=500
boots
succeeded
