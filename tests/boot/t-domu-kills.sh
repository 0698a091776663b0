# shellcheck shell=bash disable=SC2034
# set: release
# blkback, netback and their launcher are killed under load, again and again: the DomU's data stays right and it stays up
program <<'END'
. /test/domu.sh
# Who has lost sight of a DomU's interface sends to all ports; QEMU's network would answer, and end the connection.
brctl delif xenbr0 eth0
neighbour
for kill in $(seq 12); do
	# shellcheck disable=SC2046
	kill -9 $(pidof blkback netback) || fail "kill $kill: there was nobody"
	if [ $((kill % 4)) = 0 ]; then
		kill -9 "$(pidof hvbackendd)" # init starts it again
	fi
	usleep 900000
done
made=$(rounds)
says one "^round $((made + 2)) " 90
echo "test: $made rounds while they were killed"
neighbour_right
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
