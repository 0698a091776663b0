# shellcheck shell=bash disable=SC2034
# set: release
# disks that are qcow2 images or behind NBD servers: connected and disconnected by hvctl itself, right, and nothing is left behind;
# qemu-nbd killed under them is a delay, and so is a server that goes away and comes back
program <<'END'
. /test/domu.sh
mkdir -p /var/lock
qemu-img create -q -f qcow2 /test/disk.qcow2 64M || fail "qemu-img create"
qemu-img create -q -f qcow2 /test/more.qcow2 8M || fail "qemu-img create"
dd if=/dev/urandom of=/test/remote bs=1M count=8 2>/dev/null
dd if=/dev/urandom of=/test/here bs=1M count=4 2>/dev/null
serve_remote() { nbdkit --no-sr --pidfile /run/remote.pid --port 10809 file /test/remote || fail "nbdkit on a port"; }
serve_remote
nbdkit --no-sr --readonly --unix /run/here.socket file /test/here || fail "nbdkit on a socket"
nothing_left() {
	for _ in $(seq 50); do # who watches over a domain tidies up behind it
		[ -n "$(pidof qemu-nbd)" ] || break
		usleep 200000
	done
	[ -z "$(pidof qemu-nbd)" ] || fail "$1: qemu-nbd is left: $(pidof qemu-nbd)"
	! ls /run/plinth/nbd* 2>/dev/null || fail "$1: a record of an nbd device is left"
	! ls /sys/block/nbd*/pid 2>/dev/null || fail "$1: an nbd device is left connected"
}
domu one "extra = \"$run_words\"" 'disk = [ "format=qcow2, vdev=xvda, access=rw, target=/test/disk.qcow2",
	"nbd://127.0.0.1:10809/,raw,xvdb,rw", "vdev=xvdc, access=ro, target=nbd+unix:///a,b?socket=/run/here.socket" ]' <<-'RUN'
	echo "size: $(cat /sys/block/xvda/size) $(cat /sys/block/xvdb/size)"
	echo "read: $(head -c 65536 /dev/xvda | sha256sum)"
	echo "remote: $(sha256sum </dev/xvdb)"
	echo "here: $(sha256sum </dev/xvdc)"
	dd if=/dev/urandom of=/tmp/new bs=64k count=16 2>/dev/null
	for disk in a b; do
		dd if=/tmp/new of=/dev/xvd$disk bs=64k seek=100 conv=fsync 2>/dev/null || exit 1
	done
	echo "written: $(sha256sum </tmp/new)"
	dd if=/tmp/new of=/dev/xvda bs=64k count=1 conv=fsync 2>/dev/null || exit 1
	echo "begins: $(head -c 65536 /tmp/new | sha256sum)"
	# Beneath this qemu-nbd is killed: what was written, synced or not, stays so.
	for i in $(seq 12); do
		dd if=/dev/urandom of=/tmp/kept.$i bs=64k count=8 2>/dev/null
		dd if=/tmp/kept.$i of=/dev/xvda bs=64k seek=$((200 + i * 8)) oflag=direct 2>/dev/null || echo "broken: write $i"
		dd if=/tmp/kept.$i of=/dev/xvdb bs=64k seek=$((20 + i % 9 * 8)) oflag=direct 2>/dev/null || echo "broken: write $i"
		dd if=/dev/xvdb bs=64k skip=$((20 + i % 9 * 8)) count=8 iflag=direct 2>/dev/null | cmp - /tmp/kept.$i || echo "broken: read $i"
		echo "kept $i"
	done
	for i in $(seq 12); do
		dd if=/dev/xvda bs=64k skip=$((200 + i * 8)) count=8 iflag=direct 2>/dev/null | cmp - /tmp/kept.$i || echo "broken: lost $i"
	done
	echo "kept all"
	# Beneath this the server of xvdb goes away for a while
	n=0
	while [ ! -e /sys/block/xvdd ]; do
		dd if=/tmp/kept.$((n % 12 + 1)) of=/dev/xvdb bs=64k oflag=direct 2>/dev/null || echo "broken: far write $n"
		dd if=/dev/xvdb bs=64k count=8 iflag=direct 2>/dev/null | cmp - /tmp/kept.$((n % 12 + 1)) || echo "broken: far read $n"
		echo "far $((n += 1))"
		usleep 200000
	done
	dd if=/tmp/new of=/dev/xvdd bs=64k conv=fsync 2>/dev/null && echo "attached"
	while :; do sleep 1; done
RUN
far() { console one | grep -c '^far '; }
written() { console one | sed -n 's/^written: \([0-9a-f]*\).*/\1/p'; }
for round in 1 2; do
	hvctl doctor --quiet /test/one.cfg || fail "doctor"
	remote=$(sha256sum </test/remote)
	hvctl create /test/one.cfg || fail "create: $?"
	says one '^begins: ' 90
	if [ $round = 1 ]; then
		says one '^kept 2' 60
		kill -9 $(pidof qemu-nbd) || fail "there was no qemu-nbd"
		says one '^kept 6' 90
		kill -9 $(pidof qemu-nbd) || fail "there was no other qemu-nbd"
	fi
	says one '^kept all' 90
	if [ $round = 1 ]; then
		says one '^far 2' 30
		kill -9 "$(cat /run/remote.pid)"
		sleep 1
		far=$(far)
		sleep 3
		[ "$(far)" = "$far" ] || fail "it goes on without the server"
		serve_remote
		says one "^far $((far + 3))" 60
	fi
	! console one | grep '^broken' || fail "killed: $(console one | grep -m 1 '^broken')"
	hvctl block-list one | grep -q 'xvda .*/test/disk.qcow2' || fail "block-list: $(hvctl block-list one)"
	hvctl config one | grep -q 'format=qcow2, vdev=xvda' || fail "config: $(hvctl config one)"
	sed 's/"one"/"two"/' /test/one.cfg >/test/two.cfg
	hvctl create /test/two.cfg 2>&1 | grep -q 'disk.qcow2 is in use by domain' || fail "two domains have one image"
	hvctl block-attach one format=qcow2,vdev=xvdd,target=/test/more.qcow2 || fail "block-attach: $?"
	[ "$(pidof qemu-nbd | wc -w)" = 4 ] || fail "not four qemu-nbd: $(pidof qemu-nbd)"
	says one '^attached' 30
	hvctl block-detach one xvdd || fail "block-detach: $?"
	[ "$(pidof qemu-nbd | wc -w)" = 3 ] || fail "detached, and served: $(pidof qemu-nbd)"
	hvctl shutdown --wait --timeout 50 one || fail "shutdown: $?"
	gone one 20
	nothing_left "round $round"
	console one | grep -q "^remote: ${remote%% *}" || fail "it reads another remote disk"
	[ $round = 2 ] || mv /var/log/plinth/console/one.log /test/first.log
done
grep -q '^size: 131072 16384' /test/first.log || fail "its size: $(grep size: /test/first.log)"
begins=$(sed -n 's/^begins: \([0-9a-f]*\).*/\1/p' /test/first.log)
console one | grep -q "^read: $begins" || fail "what the first domain wrote, the second does not read"
here=$(sha256sum </test/here)
console one | grep -q "^here: ${here%% *}" || fail "it reads another disk over the socket"
qemu-img convert -O raw /test/disk.qcow2 /test/disk.raw || fail "qemu-img convert"
for file in disk.raw remote; do
	is=$(dd if=/test/$file bs=64k skip=100 count=16 2>/dev/null | sha256sum)
	[ "${is%% *}" = "$(written)" ] || fail "what it wrote and synced is not in $file"
done
qemu-img convert -O raw /test/more.qcow2 /test/disk.raw || fail "qemu-img convert"
is=$(head -c 1048576 /test/disk.raw | sha256sum)
[ "${is%% *}" = "$(written)" ] || fail "what it wrote to the attached disk is not there"
# A qemu-nbd that is killed may have taken a cluster that nothing refers to yet (3); what refers to something is right.
for image in disk more; do
	qemu-img check -q /test/$image.qcow2
	case $? in
	0 | 3) ;;
	*) fail "the image is damaged" ;;
	esac
done
[ "$(du -k /test/disk.qcow2 | cut -f 1)" -lt 8192 ] || fail "the image is as large as the disk"

# What cannot be is said, and nothing is left of what was made on the way.
resources >/run/before
echo "no image" | dd of=/test/bad.qcow2 bs=1M conv=sync 2>/dev/null
for bad in format=qcow2,vdev=xvdd,target=/test/bad.qcow2 vdev=xvdd,target=nbd://127.0.0.1:1/; do
	sed "s|\"vdev=xvdc.*\"|\"$bad\"|" /test/one.cfg >/test/bad.cfg
	hvctl create /test/bad.cfg 2>/run/err && fail "created with $bad"
	echo "test: $(cat /run/err)"
	grep -q "disk: ${bad##*target=}: qemu-nbd: .*\(qcow2 format\|Connection refused\)" /run/err && ! grep -q reconnect /run/err || fail "$bad: $(cat /run/err)"
	nothing_left "$bad"
done
PATH=/bin /usr/sbin/hvctl create /test/one.cfg 2>&1 | grep -q 'needs qemu-nbd.*qemu-utils' || fail "without qemu-nbd"
as_before
exit 0
END
with_domu
for tool in qemu-nbd qemu-img nbdkit; do
	carry $tool
done
carry /usr/lib/x86_64-linux-gnu/nbdkit/plugins/nbdkit-file-plugin.so
limit=300
boots
succeeded
