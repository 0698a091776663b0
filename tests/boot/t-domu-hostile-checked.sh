# shellcheck shell=bash disable=SC1091,SC2034
# set: audited
# the same hostile DomU, served by daemons and back ends that check their memory and arithmetic (address and UB sanitizers)
checked=1 SEED=${SEED:-2}
. "${BASH_SOURCE%/*}/t-domu-hostile.sh"
