# shellcheck shell=bash disable=SC2034
# set: release
# bad-no-kernel: nothing to run as Dom0
start_direct() { start -kernel "$hypervisor" -append "$hv_args"; }
refuses "no module.*Dom0.s kernel"
