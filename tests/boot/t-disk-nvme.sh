# shellcheck shell=bash disable=SC2034,SC2154
# set: audited
# disk-nvme: Dom0 reads and writes an NVMe disk (MSI-X, one queue per CPU) through its own driver
disk=nvme0n1 seed=3
cpus=2
devices=(-drive "if=none,id=disk0,format=raw,file=$work/disk.img" -device nvme,drive=disk0,serial=1)
. "${BASH_SOURCE%/*}/disk.sh"
