# shellcheck shell=bash disable=SC2034
# set: audited
# reboot: Dom0's reboot restarts the machine, which comes up again and then powers off
reboots=1
seeded_file "$work/disk.img" 1 6
devices=(-drive "if=virtio,format=raw,file=$work/disk.img")
# The disk remembers that the first start has been
program <<'END'
test "$(head -c 9 /dev/vda)" = "restarted" && { echo "test: second start"; exit 0; }
echo restarted | dd of=/dev/vda conv=fsync,notrunc 2>/dev/null
echo "test: first start"
echo "plinth.run: exit 0"
reboot -f
END
boots
succeeded
expect '^test: first start' '^test: second start'
