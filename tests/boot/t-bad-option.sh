# shellcheck shell=bash disable=SC2034
# bad-option: an option that nobody knows is named in a complaint
hv_args="$hv_args frobnicate=7"
refuses "frobnicate"
