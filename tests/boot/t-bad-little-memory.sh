# shellcheck shell=bash disable=SC2034
# set: release
# bad-little-memory: the machine has less memory than Dom0 is asked to have
memory=256 hv_args="$hv_args dom0_mem=min:512M,512M"
refuses "[Tt]oo little memory|MiB .*Dom0.*(needs|free)|Dom0.*(needs|wants|asks).*MiB"
