# shellcheck shell=bash disable=SC2034
# set: stress
# blkback, netback and their launcher are killed under load, again and again: the DomU's data stays right and it stays up
program <<'END'
. /test/domu.sh
truncate -s 32M /test/disk
domu one "extra = \"$run_words plinth.ip=10.0.2.51/24\"" 'disk = [ "/test/disk,raw,xvda,rw" ]' \
	'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]' <<-'RUN'
	dd if=/dev/urandom of=/tmp/data bs=1M count=8 2>/dev/null
	want=$(sha256sum </tmp/data)
	echo "at work"
	for round in 1 2 3 4; do
		dd if=/tmp/data of=/dev/xvda bs=4k oflag=direct 2>/dev/null || echo "round $round: a write failed"
		dd if=/tmp/data of=/dev/xvda bs=256k seek=64 conv=fsync 2>/dev/null || echo "round $round: a write failed"
		echo 3 >/proc/sys/vm/drop_caches
		for skip in 0 256; do
			[ "$(dd if=/dev/xvda bs=64k skip=$skip count=128 2>/dev/null | sha256sum)" = "$want" ] ||
				echo "round $round: wrong data"
		done
	done
	echo "all rounds done"
	while :; do sleep 1; done
RUN
hvctl create /test/one.cfg || fail "create: $?"
says one 'at work' 90
kills=0
while ! console one | grep -q 'all rounds done'; do
	[ $kills -lt 60 ] || fail "no end after $kills kills"
	# shellcheck disable=SC2046
	kill -9 $(pidof blkback netback) 2>/dev/null && kills=$((kills + 1))
	if [ $((kills % 8)) = 7 ]; then
		kill -9 "$(pidof hvbackendd)" # init starts it again
	fi
	usleep 900000
done
echo "test: killed $kills times"
[ $kills -ge 3 ] || fail "it was over after $kills kills"
! console one | grep -E '^round' || fail "after $kills kills: $(console one | grep '^round')"
ping -c 3 -W 10 10.0.2.51 >/dev/null || ping -c 3 -W 10 10.0.2.51 >/dev/null || fail "Dom0 does not reach it any more"
! pidof blkback | grep -q ' ' || fail "more than one blkback: $(pidof blkback)"
hvctl destroy one || fail "destroy: $?"
gone one 20
exit 0
END
with_domu
limit=500
boots
succeeded
