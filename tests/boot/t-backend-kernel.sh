# shellcheck shell=bash disable=SC2034
# set: release
# backendtype=kernel: Dom0's own xen-blkback and xen-netback serve a DomU, beside ours, with the same bytes; hvctl does udev's part
program <<'END'
. /test/domu.sh
resources >/run/before
for disk in a b c; do dd if=/dev/urandom of=/test/$disk bs=1M count=4 2>/dev/null; done
domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" \
	'disk = [ "vdev=xvda, access=rw, backendtype=kernel, target=/test/a", "vdev=xvdb, access=rw, target=/test/b",
		"vdev=xvdc, access=ro, backendtype=phy, target=/test/c" ]' \
	'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0,backendtype=kernel,vifname=kernel0", "mac=00:16:3e:00:00:02" ]' <<-'RUN'
	ip addr add 10.0.3.51/24 dev eth1
	ip link set eth1 up
	echo "read-only: $(cat /sys/block/xvda/ro /sys/block/xvdb/ro /sys/block/xvdc/ro | tr -d '\n')"
	now() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }
	dd if=/dev/urandom of=/tmp/new bs=64k count=32 2>/dev/null
	echo "written $(sha256sum </tmp/new)"
	for disk in a b c; do echo "sum $disk $(sha256sum <"/dev/xvd$disk")"; done
	for disk in a b; do
		before=$(now)
		dd if=/tmp/new of=/dev/xvd$disk bs=64k oflag=direct conv=fsync 2>/dev/null || echo "a write failed"
		echo "disk $disk: $(($(now) - before))"
	done
	ping -c 1 -W 20 10.0.3.1 >/dev/null
	for host in 10.0.2.15 10.0.3.1; do
		before=$(now)
		nc $host 5001 </tmp/new >/tmp/back
		echo "net $host: $(($(now) - before))"
		cmp /tmp/new /tmp/back && echo "there and back $host"
	done
	echo "at work"
	while :; do
		now=$(awk '/xvd/ { printf "%s ", $4 }' /proc/partitions; cd /sys/class/net && echo *)
		[ "$now" = "$was" ] || echo "now: $now"
		was=$now
		sleep 1
	done
RUN
ip addr add 10.0.3.1/24 dev xenbr0
nc -ll -p 5001 -e cat &
server=$!
for disk in a b c; do sha256sum </test/$disk >/run/$disk.sum; done
hvctl create /test/one.cfg || fail "create: $?"
says one '^at work' 120
console one | grep -E '^(disk|net) '
for disk in a b c; do
	console one | grep -q "^sum $disk $(cut -c 1-64 /run/$disk.sum)" || fail "it reads another $disk"
done
console one | grep -q '^read-only: 001' || fail "$(console one | grep ^read-only)"
[ "$(console one | grep -c '^there and back')" = 2 ] || fail "the network has changed what it sent"
! console one | grep 'a write failed' || fail "a write failed"
# Who serves what: one process of ours for each of ours, the kernel for the others
[ "$(serving | wc -l)" = 2 ] || fail "ours serve more or less than theirs: $(serving | tr '\n' ' ')"
ls /sys/bus/xen-backend/devices | grep -q "^vbd-$(hvctl domid one)-51712" || fail "the kernel does not serve xvda"
[ -e /sys/class/net/xenbr0/brif/kernel0 ] || fail "its interface is not on the bridge"
hvctl block-list one | grep -q 'connected .*xvda .*/test/a$' || fail "block-list: $(hvctl block-list one)"
hvctl config one | grep -q 'backendtype=kernel, target=/test/a' || fail "config: $(hvctl config one)"
hvctl cd-insert one xvda /test/c 2>/dev/null && fail "a medium for the kernel's back end"
hvctl block-resize one xvda 8M 2>&1 | grep -q "kernel's back end" || fail "resize"

hvctl block-attach one vdev=xvdd,access=ro,backendtype=kernel,target=/test/c || fail "block-attach: $?"
says one '^now: .*xvdd' 20
hvctl block-detach one xvdd || fail "block-detach: $?"
hvctl network-attach one backendtype=kernel || fail "network-attach: $?"
says one '^now: .*eth2' 20
hvctl network-detach one 2 || fail "network-detach: $?"
hvctl destroy one || fail "destroy: $?"
gone one 20
for disk in a b; do
	is=$(head -c 2097152 /test/$disk | sha256sum)
	console one | grep -q "^written ${is%% *}" || fail "what it wrote and synced is not in $disk"
done
cmp -s /run/c.sum - <<SUM || fail "a read-only disk has changed"
$(sha256sum </test/c)
SUM
kill $server
ip addr del 10.0.3.1/24 dev xenbr0
sleep 1
! losetup -a | grep . || fail "a loop device is left"
[ -z "$(ls /sys/bus/xen-backend/devices)" ] || fail "the kernel still has $(ls /sys/bus/xen-backend/devices)"
# A file that is not there for the second disk: what the first had is gone
resources | grep -v memory >/run/middle
sed 's|target=/test/c|target=/test/none|' /test/one.cfg >/test/bad.cfg
hvctl create /test/bad.cfg 2>/dev/null && fail "created without its disk"
! losetup -a | grep . || fail "a loop device is left of a create that failed"
resources | grep -v memory >/run/after
cmp /run/middle /run/after || fail "left behind: $(diff /run/middle /run/after | tr '\n' ';')"
grep -v memory /run/before | cmp - /run/after || fail "left behind: $(diff /run/before /run/after | tr '\n' ';')"
exit 0
END
with_domu
cpus=2 limit=200
boots
succeeded
