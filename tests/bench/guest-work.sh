#!/bin/sh
# guest-work.sh - what a measured DomU does, by shared/bench/guestbench.c as bt and busybox (its init runs it, with more behind)
dmesg | sed -n 's/^\[ *\([0-9]*\)[.]\([0-9]*\)\] Run .init.*/RES init total_ns=\1\2000/p'
bt forkexec 200
bt fork 200
bt getppid 10000
bt rdtsc 10000
bt clock 10000
bt pf 2000
bt ctx 500
bt rblk /dev/xvda 1024 64
echo 3 >/proc/sys/vm/drop_caches
bt rblk /dev/xvda 1024 64 direct
bt rblk /dev/xvda 4 2 direct | sed 's/rblk_4k/one_4k/'
ping -c 200 -i 0.02 10.0.2.15 | sed -n 's/^round-trip.*= [0-9.]*\/\([0-9.]*\)\/.*/RES ping_out ms=\1/p'
bt urtt 10.0.2.15 7001 200
sleep 1
bt src 10.0.2.15 7002 32
