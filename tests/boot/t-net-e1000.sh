# shellcheck shell=bash disable=SC2034
# set: audited
# net-e1000: Dom0 reaches the network through its own driver for e1000
card=e1000 seed=5
. "${BASH_SOURCE%/*}/net.sh"
