# shellcheck shell=bash disable=SC2034
# set: release
# a CPU with XSAVE and AVX: Dom0's kernel uses them, as its programs do, which see them in CPUID whatever we say
program <<'END'
grep -q '^flags.* xsave .*avx' /proc/cpuinfo || { echo "test: Dom0's kernel does not switch AVX registers"; exit 1; }
END
cpu=max,-smap
boots
succeeded
