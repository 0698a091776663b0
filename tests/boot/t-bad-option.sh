# shellcheck shell=bash disable=SC2034
# set: release
# bad-option: an option that nobody knows is named, and nothing is started
hv_args="$hv_args frobnicate=7"
refuses "word that cannot be understood"
expect "'frobnicate=7' is not an option"
