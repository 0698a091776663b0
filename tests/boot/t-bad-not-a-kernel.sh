# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# bad-not-a-kernel: what was loaded as Dom0's kernel is none
seeded_file "$work/vmlinuz" 1 7
kernel=$work/vmlinuz
refuses "[Dd]om0.*(not a|neither|no (ELF|bzImage|kernel))"
