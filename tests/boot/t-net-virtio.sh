# shellcheck shell=bash disable=SC2034
# set: audited
# net-virtio: Dom0 reaches the network through its own driver for virtio-net-pci
card=virtio-net-pci seed=4
. "${BASH_SOURCE%/*}/net.sh"
