# shellcheck shell=bash disable=SC2034
# set: release
# blkback, netback and their launcher are killed under load, again and again: the DomU's data stays right and it stays up
program <<'END'
. /test/domu.sh
truncate -s 32M /test/disk
domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" 'disk = [ "/test/disk,raw,xvda,rw" ]' \
	'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]' <<-'RUN'
	dd if=/dev/urandom of=/tmp/data bs=1M count=2 2>/dev/null
	want=$(sha256sum </tmp/data)
	n=0
	while :; do
		dd if=/tmp/data of=/dev/xvda bs=4k oflag=direct 2>/dev/null || echo "wrong: a write failed"
		dd if=/tmp/data of=/dev/xvda bs=256k seek=16 conv=fsync 2>/dev/null || echo "wrong: a large write failed"
		echo 3 >/proc/sys/vm/drop_caches
		for skip in 0 64; do
			[ "$(dd if=/dev/xvda bs=64k skip=$skip count=32 2>/dev/null | sha256sum)" = "$want" ] ||
				echo "wrong: other data at $skip"
		done
		[ "$(nc 10.0.2.15 5001 </tmp/data | sha256sum)" = "$want" ] || echo "wrong: other data from the network"
		echo "round $((n += 1))"
	done
RUN
# Who has lost sight of a DomU's interface sends to all ports; QEMU's network would answer, and end the connection.
brctl delif xenbr0 eth0
nc -ll -p 5001 -e cat &
hvctl create /test/one.cfg || fail "create: $?"
says one '^round 1' 90
for kill in $(seq 12); do
	# shellcheck disable=SC2046
	kill -9 $(pidof blkback netback) || fail "kill $kill: there was nobody"
	if [ $((kill % 4)) = 0 ]; then
		kill -9 "$(pidof hvbackendd)" # init starts it again
	fi
	usleep 900000
done
rounds=$(console one | grep -c '^round')
says one "^round $((rounds + 2))" 90
echo "test: $rounds rounds while they were killed"
! console one | grep '^wrong' || fail "$(console one | grep '^wrong' | head -n 1)"
ping -c 3 -W 10 10.0.2.51 >/dev/null || fail "Dom0 does not reach it any more"
[ "$(serving | wc -l)" = 2 ] || fail "there are other back ends than one of each kind: $(serving | tr '\n' ' ')"
hvctl destroy one || fail "destroy: $?"
gone one 20
exit 0
END
with_domu
limit=250
boots
succeeded
