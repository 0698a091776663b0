# shellcheck shell=bash disable=SC2034,SC2154
# set: audited
# disk-ahci: Dom0 reads and writes a SATA disk behind AHCI through its own driver
disk=sda seed=2
devices=(-device ich9-ahci,id=sata -drive "if=none,id=disk0,format=raw,file=$work/disk.img"
	-device ide-hd,drive=disk0,bus=sata.0)
. "${BASH_SOURCE%/*}/disk.sh"
