# domu.sh - words for Dom0's side of the tests of DomUs (to be sourced; busybox's shell)
# shellcheck shell=sh disable=SC2034
images=/usr/share/plinth/domu
fail() { echo "test: $*"; exit 1; }

# domu NAME [LINE-OF-CONFIGURATION...]: writes /test/NAME.cfg; standard input is what the DomU runs. It has
# $memory MiB.
memory=192
domu() {
	name=$1
	shift
	mkdir -p "/test/$name/test"
	{ echo '#!/bin/sh'; cat; } >"/test/$name/test/run"
	chmod 755 "/test/$name/test/run"
	cp $images/initramfs.gz "/test/$name.initramfs"
	(cd "/test/$name" && find . | cpio -o -H newc 2>/dev/null | gzip) >>"/test/$name.initramfs"
	{
		echo "name = \"$name\""
		echo "kernel = \"$images/vmlinuz\""
		echo "ramdisk = \"/test/$name.initramfs\""
		echo "memory = $memory"
		for line; do
			echo "$line"
		done
	} >"/test/$name.cfg"
}
# words for `extra`
run_words='console=hvc0 quiet plinth.run=/test/run'

# console NAME: what it has said
console() { cat /var/log/plinth/console/"$1".log /var/log/plinth/console-"$1".log /var/log/plinth/"$1".log 2>/dev/null | tr -d '\r'; }

# time limits are for hangs: a slow machine has as much more time as one.sh says
slow=$(sed -n 's/.*test\.slow=\([0-9]*\).*/\1/p' /proc/cmdline)
slow=${slow:-1}

# step WHAT: a line of the log, with the time since the start
step() { echo "$(cut -d ' ' -f 1 /proc/uptime) s: $*"; }

# has COMMAND REGEX; want: it must
has() { eval "$1" 2>&1 | grep -Eq -- "$2"; }
want() { has "$1" "$2" || fail "$1: $(eval "$1" 2>&1 | tail -n 12)"; }

# until_true SECONDS COMMAND...
until_true() {
	left=$(($1 * slow))
	shift
	while ! "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || fail "not so in time: $*"
		sleep 1
	done
}

# says NAME REGEX SECONDS
says() {
	left=$(($3 * slow))
	while ! console "$1" | grep -Eq "$2"; do
		left=$((left - 1))
		[ $left -gt 0 ] || {
			console "$1" | tail -n 20
			hvctl list
			tail -n 20 /var/log/plinth/hv*.log
			fail "$1 has not said '$2' in $3 s"
		}
		sleep 1
	done
}

# gone NAME SECONDS: until hvctl does not know it any more, under any name
gone() {
	left=$(($2 * slow))
	while hvctl list | grep -Eq "^$1 |dying"; do
		left=$((left - 1))
		[ $left -gt 0 ] || {
			hvctl list
			fail "$1 is still there after $2 s"
		}
		sleep 1
	done
}

# resources: what must be the same before and after
resources() {
	hvctl info | grep '^memory'
	echo "processes: $(ls -d /proc/[0-9]* | while read -r p; do [ ! -s "$p/cmdline" ] || tr '\0' ' ' <"$p/cmdline" | cut -d' ' -f1; done |
		grep -c 'hv\|blkback\|netback')"
	for daemon in hvstored hvconsoled hvbackendd; do
		echo "$daemon files: $(ls "/proc/$(pidof $daemon)/fd" | wc -l)"
	done
	echo "interfaces: $(ls /sys/class/net | tr '\n' ' ')"
	echo "domains in the store: $(hvctl store ls /local/domain | grep -c "^[0-9]")"
	echo "devices in the store: $(hvctl store ls /local/domain/0/backend 2>/dev/null | grep -c "^ *[0-9]")"
}

# as_before: what `resources >/run/before` saw at the start is so again
as_before() {
	resources >/run/after
	cmp -s /run/before /run/after || fail "left behind: $(diff /run/before /run/after | tr '\n' ';')"
}

# serving: the back ends that have a device; one that waits for it is root still, and the next device gets it
serving() {
	for p in $(pidof blkback netback); do
		[ "$(awk '/^Uid:/ { print $2 }' "/proc/$p/status")" = 0 ] || echo "$p"
	done
}
