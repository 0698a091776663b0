# shellcheck shell=bash disable=SC2034
# set: release
# bad-cpu: a CPU without no-execute pages, which the hypervisor relies on
cpu=qemu64,+rdrand,-nx
refuses "(NX|no-execute)"
