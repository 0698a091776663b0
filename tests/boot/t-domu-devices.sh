# shellcheck shell=bash disable=SC2034
# set: audited
# kinds of disks and interfaces: block device, read-only, discard, resize, front end without persistent grants, no offloads
program <<'END'
. /test/domu.sh
modprobe loop
dd if=/dev/urandom of=/test/a bs=1M count=8 2>/dev/null
dd if=/dev/urandom of=/test/b bs=1M count=8 2>/dev/null
truncate -s 8M /test/c
dd if=/dev/urandom of=/test/c bs=1M count=8 conv=notrunc 2>/dev/null
losetup /dev/loop0 /test/a || fail "losetup"
guest() {
	domu "$1" "extra = \"$run_words plinth.ip=10.0.2.51/24 $3\"" \
		'disk = [ "/dev/loop0,raw,xvda,rw", "/test/b,raw,xvdb,r", "/test/c,raw,xvdc,rw" ]' \
		"vif = [ \"mac=00:16:3e:00:00:01,bridge=xenbr0$2\" ]" <<-'RUN'
		echo "persistent: $(cat /sys/module/xen_blkfront/parameters/feature_persistent)"
		echo "sum a $(sha256sum </dev/xvda)"
		echo "sum b $(sha256sum </dev/xvdb)"
		echo "sum c $(sha256sum </dev/xvdc)"
		echo "read-only: $(cat /sys/block/xvda/ro /sys/block/xvdb/ro /sys/block/xvdc/ro | tr -d '\n')"
		dd if=/dev/urandom of=/tmp/new bs=4k count=256 2>/dev/null
		dd if=/tmp/new of=/dev/xvda bs=4k seek=512 oflag=direct 2>/dev/null || echo "a write failed"
		echo "written $(sha256sum </tmp/new)"
		blkdiscard -o 4194304 -l 1048576 /dev/xvdc && echo "discarded"
		echo 3 >/proc/sys/vm/drop_caches
		echo "hole $(dd if=/dev/xvdc bs=1M skip=4 count=1 2>/dev/null | tr -d '\0' | wc -c)"
		sleep 1
		dd if=/dev/urandom of=/tmp/large bs=1M count=4 2>/dev/null
		nc 10.0.2.15 5001 </tmp/large >/tmp/back
		cmp /tmp/large /tmp/back && echo "there and back"
		echo "at work"
		while [ "$(cat /sys/block/xvdc/size)" = 16384 ]; do sleep 1; done
		echo "xvdc has $(cat /sys/block/xvdc/size) sectors now"
		while :; do sleep 1; done
	RUN
	hvctl create "/test/$1.cfg" || fail "create $1: $?"
	says "$1" 'at work' 120
	for disk in a b c; do
		console "$1" | grep -q "^sum $disk $(sha256sum <"/test/$disk.sum" | cut -c 1-64)" || fail "$1 reads another $disk"
	done
	console "$1" | grep -q '^read-only: 010' || fail "$1: $(console "$1" | grep ^read-only)"
	sync
	new=$(dd if=/dev/loop0 bs=4k skip=512 count=256 2>/dev/null | sha256sum)
	console "$1" | grep -q "^written ${new%% *}" || fail "$1: what it wrote is not on the device"
	console "$1" | grep -q '^discarded' || fail "$1 could not discard"
	console "$1" | grep -q '^hole 0' || fail "$1: $(console "$1" | grep ^hole)"
	[ "$(du -k /test/c | cut -f 1)" -lt 7300 ] || fail "$1: no hole in the file: $(du -k /test/c)"
	console "$1" | grep -q '^there and back' || fail "$1: the network has changed what it sent"
}
keep() { for disk in a b c; do cp /test/$disk /test/$disk.sum; done; }

nc -ll -p 5001 -e cat &
keep
guest one '' ''
truncate -s 16M /test/c
hvctl store write "/local/domain/0/backend/hvbd/$(hvctl domid one)/51744/resize" 1 || fail "resize"
says one 'xvdc has 32768 sectors now' 20
hvctl destroy one || fail "destroy: $?"
gone one 20

truncate -s 8M /test/c
dd if=/dev/urandom of=/test/c bs=1M count=8 conv=notrunc 2>/dev/null
dd if=/dev/loop0 of=/test/a.now bs=1M 2>/dev/null
keep
cp /test/a.now /test/a.sum
guest two ',offload=off' 'plinth.blkfront=feature_persistent=0'
console two | grep -q '^persistent: N' || fail "two: $(console two | grep ^persistent)"
hvctl destroy two || fail "destroy: $?"
gone two 20
exit 0
END
with_domu
limit=500
boots
succeeded
