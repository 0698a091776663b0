# shellcheck shell=bash disable=SC2034
# set: release
# bad-tiny-machine: the machine has too little memory even to unpack Dom0's kernel
memory=96
refuses "too little memory"
