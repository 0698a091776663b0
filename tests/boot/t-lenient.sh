# shellcheck shell=bash disable=SC2034
# set: audited
# lenient: a word that nobody knows is named, and Dom0 starts all the same where the admin has asked for that
hv_args="$hv_args lenient frobnicate=7"
dom0_args="$dom0_args plinth.minimal"
program <<'END'
true
END
boots
succeeded
expect "'frobnicate=7' is not an option"
