# shellcheck shell=bash disable=SC1091,SC2034
# set: stress
# the same rounds as domu-rounds with daemons and back ends that check their memory and arithmetic
checked=1
. "${BASH_SOURCE%/*}/t-domu-rounds.sh"
