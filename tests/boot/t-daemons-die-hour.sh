# shellcheck shell=bash disable=SC1091,SC2034
# set: stress
# the same kills as daemons-die, for an hour (SECONDS_OF_KILLS)
SECONDS_OF_KILLS=${SECONDS_OF_KILLS:-3600}
. "${BASH_SOURCE%/*}/t-daemons-die.sh"
