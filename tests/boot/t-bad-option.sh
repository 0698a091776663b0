# shellcheck shell=bash disable=SC2034
# bad-option: an option that nobody knows is named in a complaint, and Dom0 starts all the same
hv_args="$hv_args frobnicate=7"
dom0_args="$dom0_args plinth.minimal"
program <<'END'
true
END
boots
succeeded
expect "'frobnicate=7' is not an option"
