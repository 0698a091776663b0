# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# bad-truncated-kernel: only the first half of the kernel was loaded
head -c $(($(stat -Lc %s "$kernel") / 2)) "$kernel" >"$work/vmlinuz"
kernel=$work/vmlinuz
refuses "[Dd]om0.*(truncated|damaged|short|decompress|cut off)"
