# domu-work.sh - a DomU's work from its start to its end, checked, whatever its type (for Dom0; busybox's shell)
# shellcheck shell=sh disable=SC2154
. /test/domu.sh

# domu_works ON [LINE-OF-CONFIGURATION...]: with 1 and with 2 vcpus: disk, network, console, pause, destroy. Its kernel says that it
# runs ON this.
domu_works() {
	on=$1
	shift
	for vcpus in 1 2; do
		dd if=/dev/urandom of=/test/disk bs=1M count=8 2>/dev/null
		before=$(sha256sum </test/disk | cut -c 1-64)
		domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" "vcpus = $vcpus" 'disk = [ "file:/test/disk,xvda,w" ]' \
			'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]' "$@" <<-'RUN'
			dmesg | grep -i 'booting .*kernel'
			echo "vcpus: $(grep -c ^processor /proc/cpuinfo)"
			cat /sys/class/net/eth0/address
			echo "read: $(sha256sum </dev/xvda)"
			dd if=/dev/urandom of=/tmp/new bs=64k count=16 2>/dev/null
			dd if=/tmp/new of=/dev/xvda bs=64k seek=32 conv=fsync 2>/dev/null || exit 1
			echo "written: $(sha256sum </tmp/new)"
			for host in 10.0.2.15 10.0.2.2; do
				ping -c 2 -W 20 $host >/dev/null && echo "reached $host"
			done
			# every vcpu works: as many busy programs, each on one of its own
			for cpu in $(grep ^processor /proc/cpuinfo | cut -d: -f2); do
				taskset $((1 << cpu)) sh -c 'n=0; while [ $n -lt 2000 ]; do n=$((n + 1)); done; echo "worked: $n"' &
			done
			wait
			echo "at work"
			n=0
			while :; do n=$((n + 1)); echo "alive $n"; sleep 1; done
		RUN
		hvctl create /test/one.cfg || fail "create: $?"
		says one 'at work' 90
		domu_did_its_work
		domu_is_paused_and_ended
	done
}

# What it has said, compared with what there is.
domu_did_its_work() {
	console one | grep -q "Booting .*kernel on $on\$" || fail "it is not on $on: $(console one | grep -i booting)"
	console one | grep -q "^vcpus: $vcpus" || fail "it has $(console one | grep vcpus:)"
	[ "$(console one | grep -c '^worked: 2000')" = "$vcpus" ] || fail "not every vcpu works"
	console one | grep -q '^00:16:3e:00:00:01' || fail "its MAC is another"
	console one | grep -q "^read: $before" || fail "it reads $(console one | grep read:), not $before"
	after=$(dd if=/test/disk bs=64k skip=32 count=16 2>/dev/null | sha256sum)
	console one | grep -q "^written: ${after%% *}" || fail "what it wrote and synced is not in the file"
	for host in 10.0.2.15 10.0.2.2; do
		console one | grep -q "^reached $host" || fail "it does not reach $host"
	done
	ping -c 1 -W 10 10.0.2.51 >/dev/null || fail "Dom0 does not reach it"
}

domu_is_paused_and_ended() {
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
}
