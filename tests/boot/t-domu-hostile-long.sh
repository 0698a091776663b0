# shellcheck shell=bash disable=SC1091,SC2034
# set: stress
# the hostile DomU of domu-hostile-checked, for sixty rounds and by another lot each time
checked=1 ROUNDS=${ROUNDS:-60} SEED=${SEED:-$(date +%s)}
echo "seed $SEED"
. "${BASH_SOURCE%/*}/t-domu-hostile.sh"
