# shellcheck shell=bash disable=SC1091,SC2034
# set: stress
# the same rounds as domu-rounds with guests that start
booted=1
. "${BASH_SOURCE%/*}/t-domu-rounds.sh"
