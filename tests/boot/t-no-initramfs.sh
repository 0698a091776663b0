# shellcheck shell=bash disable=SC2034,SC2154
# set: audited
# no-initramfs: without a second module Dom0's kernel starts all the same, and complains itself that it finds no root
limit=90
until='Unable to mount root fs'
start -no-reboot -kernel "$hypervisor" -append "$hv_args noreboot" -initrd "$kernel $dom0_args"
expect 'Dom0 has no initramfs'
expect 'Unable to mount root fs'
