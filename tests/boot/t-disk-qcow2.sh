# shellcheck shell=bash disable=SC2034
# set: release
# a DomU's disk is a qcow2 image, served by Debian's qemu-nbd through Dom0's nbd: read, written, synced, and there again later
program <<'END'
. /test/domu.sh
mkdir -p /var/lock
modprobe nbd max_part=0 || fail "there is no nbd"
qemu-img create -q -f qcow2 /test/disk.qcow2 64M || fail "qemu-img create"
domu one "extra = \"$run_words\"" 'disk = [ "/dev/nbd0,raw,xvda,rw" ]' <<-'RUN'
	echo "size: $(cat /sys/block/xvda/size)"
	echo "read: $(head -c 65536 /dev/xvda | sha256sum)"
	dd if=/dev/urandom of=/tmp/new bs=64k count=16 2>/dev/null
	dd if=/tmp/new of=/dev/xvda bs=64k seek=100 conv=fsync 2>/dev/null || exit 1
	echo "written: $(sha256sum </tmp/new)"
	dd if=/tmp/new of=/dev/xvda bs=64k count=1 conv=fsync 2>/dev/null || exit 1
	echo "begins: $(head -c 65536 /tmp/new | sha256sum)"
RUN
for round in 1 2; do
	qemu-nbd --fork --format=qcow2 --discard=unmap --connect=/dev/nbd0 /test/disk.qcow2 || fail "qemu-nbd"
	hvctl doctor --quiet /test/one.cfg || fail "doctor"
	hvctl create /test/one.cfg || fail "create: $?"
	says one '^domu.run: exit 0' 90
	gone one 20
	qemu-nbd --disconnect /dev/nbd0 >/dev/null || fail "qemu-nbd --disconnect"
	[ $round = 2 ] || mv /var/log/plinth/console/one.log /test/first.log
done
grep -q '^size: 131072' /test/first.log || fail "its size: $(grep size: /test/first.log)"
begins=$(sed -n 's/^begins: \([0-9a-f]*\).*/\1/p' /test/first.log)
console one | grep -q "^read: $begins" || fail "what the first domain wrote, the second does not read"
written=$(console one | sed -n 's/^written: \([0-9a-f]*\).*/\1/p')
qemu-img convert -O raw /test/disk.qcow2 /test/disk.raw || fail "qemu-img convert"
is=$(dd if=/test/disk.raw bs=64k skip=100 count=16 2>/dev/null | sha256sum)
[ "${is%% *}" = "$written" ] || fail "what it wrote and synced is not in the image"
qemu-img check -q /test/disk.qcow2 || fail "the image is damaged"
[ "$(du -k /test/disk.qcow2 | cut -f 1)" -lt 8192 ] || fail "the image is as large as the disk"
exit 0
END
with_domu
carry qemu-nbd
carry qemu-img
limit=200
boots
succeeded
