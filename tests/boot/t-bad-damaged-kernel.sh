# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# bad-damaged-kernel: a bit in the middle of the compressed kernel is flipped
cp "$(readlink -f "$kernel")" "$work/vmlinuz"
offset=$(($(stat -c %s "$work/vmlinuz") / 2))
head -c 64 /dev/zero | tr '\0' '\245' | dd of="$work/vmlinuz" bs=1 seek=$offset conv=notrunc 2>/dev/null
kernel=$work/vmlinuz
refuses "[Dd]om0.*(damaged|corrupt|decompress)"
