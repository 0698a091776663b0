# shellcheck shell=bash disable=SC2034,SC2154
# set: audited
# disk-virtio: Dom0 reads and writes a virtio-blk disk through its own driver
disk=vda seed=1
devices=(-drive "if=virtio,format=raw,file=$work/disk.img")
. "${BASH_SOURCE%/*}/disk.sh"
