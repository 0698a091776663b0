# shellcheck shell=bash disable=SC2034,SC2154
# disk.sh - the body of the disk tests: what Dom0 reads from $disk is what is on it, and what it writes arrives there
seeded_file "$work/disk.img" 24 "$seed"
expected=$(head -c 16M "$work/disk.img" | sha256sum | cut -d ' ' -f 1)
program <<END
test -b /dev/$disk || { echo "test: no /dev/$disk"; exit 1; }
sum=\$(dd if=/dev/$disk bs=64k count=256 iflag=direct 2>/dev/null | sha256sum | cut -d ' ' -f 1)
echo "test: read \$sum"
test "\$sum" = $expected || exit 1
dd if=/bin/busybox of=/dev/$disk bs=4k seek=4096 count=200 conv=fsync 2>/dev/null || { echo "test: write failed"; exit 1; }
END
boots
succeeded
zcat "$INITRAMFS" | (cd "$work" && cpio -id --quiet bin/busybox)
cmp -s -n $((200 * 4096)) "$work/bin/busybox" <(tail -c +$((16 * 1048576 + 1)) "$work/disk.img") ||
	fail "what Dom0 wrote is not on the disk"
