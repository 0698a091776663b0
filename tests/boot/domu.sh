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

# at_work SIZE SECONDS: for what a DomU runs: Debian's fio and iperf3 from tools_disk, which is its xvdb. Rounds of either follow each
# other for ever, fio with verify on SIZE of xvda, iperf3 with Dom0 for SECONDS; what goes wrong is told as "broken:".
at_work() {
	echo "size=$1 seconds=$2"
	cat <<-'WORK'
		(cd / && cpio -id </dev/xvdb) 2>/dev/null
		PATH=$PATH:/usr/bin
		while :; do
			fio --name=verified --filename=/dev/xvda --size=$size --offset_increment=16M --numjobs=2 --rw=randrw --bsrange=512-64k \
				--direct=1 --ioengine=libaio --iodepth=8 --fsync=16 --verify=sha256 --verify_fatal=1 --group_reporting \
				>/tmp/fio 2>&1 || echo "broken: fio: exit $? $(tail -n 3 /tmp/fio | tr '\n' ' ')"
			echo "fio round $((fio += 1))"
		done &
		while :; do
			if timeout -s KILL 120 iperf3 -c 10.0.2.15 -t $seconds -f k >/tmp/iperf 2>&1; then
				echo "iperf3 round $((iperf += 1))"
			else
				echo "broken: iperf3: $(tail -n 1 /tmp/iperf)"
				sleep 1
			fi
		done &
	WORK
}

# random_config MEMORY VCPUS AT-ITS-END CMDLINE: writes /test/random.cfg, of "random", by tests/guest/domu/random.c
random_config() {
	cat >/test/random.cfg <<-CFG
		name = "random"
		kernel = "/test/random.elf"
		cmdline = "$4"
		memory = $1
		vcpus = $2
		on_poweroff = "$3"
		on_reboot = "$3"
		on_crash = "$3"
	CFG
}

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

# stands NAME: where it stands, if it does: whose vcpus still run, whose packets still move, who has connections to us
stands() {
	hvctl list
	hvctl block-list "$1"
	hvctl network-list "$1"
	netstat -tn | grep :5201
	for look in 1 2; do
		hvctl vcpu-list "$1"
		grep vif /proc/net/dev
		[ $look = 2 ] || sleep 5
	done
}

# says NAME REGEX SECONDS
says() {
	left=$(($3 * slow))
	while ! console "$1" | grep -Eq "$2"; do
		left=$((left - 1))
		[ $left -gt 0 ] || {
			console "$1" | tail -n 20
			stands "$1"
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
	[ ! -e /test/ports ] || /test/ports
}

# as_before: what `resources >/run/before` saw at the start is so again
as_before() {
	resources >/run/after
	cmp -s /run/before /run/after || fail "left behind: $(diff /run/before /run/after | tr '\n' ';')"
}

# neighbour: creates "one", which for ever lets its disk and Dom0's port 5001 give back what it gave them, and says how long each
# round took it. To be ended with `hvctl destroy one` and `kill $echoing`.
neighbour() {
	truncate -s 32M /test/disk
	nc -ll -p 5001 -e cat &
	echoing=$!
	domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" 'disk = [ "/test/disk,raw,xvda,rw" ]' \
		'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]' <<-'RUN'
		dd if=/dev/urandom of=/tmp/data bs=64k count=4 2>/dev/null
		want=$(sha256sum </tmp/data)
		n=0
		while :; do
			begin=$(cut -d ' ' -f 1 /proc/uptime)
			dd if=/tmp/data of=/dev/xvda bs=16k oflag=direct 2>/dev/null || echo "wrong: a write failed"
			dd if=/tmp/data of=/dev/xvda bs=256k seek=64 conv=fsync 2>/dev/null || echo "wrong: a large write failed"
			echo 3 >/proc/sys/vm/drop_caches
			for skip in 0 64; do
				[ "$(dd if=/dev/xvda bs=256k skip=$skip count=1 2>/dev/null | sha256sum)" = "$want" ] ||
					echo "wrong: other data at $skip"
			done
			[ "$(nc 10.0.2.15 5001 </tmp/data | sha256sum)" = "$want" ] || echo "wrong: other data from the network"
			echo "round $((n += 1)) $begin $(cut -d ' ' -f 1 /proc/uptime)"
		done
	RUN
	hvctl create /test/one.cfg || fail "create one: $?"
	says one 'round 4' 90
}

# rounds: how many the neighbour has made; round_time FROM [TO]: seconds that one of them took it, behind FROM (which something else
# may have slowed) and one more; neighbour_right: none of them went wrong
rounds() { console one | grep -c '^round'; }
round_time() {
	console one | awk -v from="$1" -v to="${2:-1000000}" \
		'$1 == "round" && $2 > from + 1 && $2 <= to { t += $4 - $3; n++ } END { print n ? t / n : 999 }'
}
neighbour_right() { ! console one | grep '^wrong' || fail "one: $(console one | grep '^wrong' | head -n 1)"; }

# serving: the back ends that have a device; one that waits for it is root still, and the next device gets it
serving() {
	for p in $(pidof blkback netback); do
		[ "$(awk '/^Uid:/ { print $2 }' "/proc/$p/status")" = 0 ] || echo "$p"
	done
}
