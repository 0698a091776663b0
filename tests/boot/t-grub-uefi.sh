# shellcheck shell=bash disable=SC2034
# set: release
# grub-uefi: the same from UEFI firmware, where tables and memory map come from the firmware
cpus=2 limit=180
program <<'END'
test "$(nproc)" = 2 || { echo "test: $(nproc) CPUs, not 2"; exit 1; }
test -d /sys/firmware/acpi/tables || { echo "test: no ACPI tables"; exit 1; }
END
boots uefi
succeeded
expect 'UEFI|EFI'
