# shellcheck shell=bash disable=SC2034
# set: audited
# grub-bios: GRUB loads everything by multiboot 2 from a CD, on a legacy BIOS
cpus=2
program <<'END'
test ! -d /sys/firmware/efi || { echo "test: this is UEFI"; exit 1; }
test "$(nproc)" = 2
END
boots bios
succeeded
