# shellcheck shell=bash disable=SC2034
# bad-no-kernel: nothing to run as Dom0
start_direct() { start -kernel "$hypervisor" -append "$hv_args"; }
refuses "[Nn]o .*[Dd]om0 kernel|[Dd]om0 kernel (is missing|not specified)"
