# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# a DomU that fills its rings and its nodes with nonsense, by lot, spoils nothing but its own (ROUNDS, SEED of it)
program <<'END'
. /test/domu.sh
cat >/test/hostile.cfg <<CFG
name = "hostile"
kernel = "/test/hostile.elf"
cmdline = "seed=$(cat /test/seed) rounds=$(cat /test/rounds)"
memory = 16
disk = [ "/test/disk2,raw,xvda,rw" ]
vif = [ "bridge=xenbr0" ]
on_crash = "preserve"
CFG
truncate -s 1M /test/disk2
resources >/run/before
neighbour
# Those who serve it, and all the others: nobody may have died.
served_by() { { pidof hvstored hvconsoled hvbackendd | tr ' ' '\n'; serving; } | sort -n; }
# What a build that checks itself has found
found() { grep -h -m 1 'runtime error\|ERROR: AddressSanitizer' /var/log/plinth/hv*.log; }
served_by >/run/pids
alone=$(round_time 0)
from=$(rounds)
hvctl create /test/hostile.cfg || fail "create hostile: $?"
id=$(hvctl domid hostile)
left=$((45 * $(cat /test/rounds) * slow))
until [ "$(hvctl store read "/local/domain/$id/data/round" 2>/dev/null)" = "$(cat /test/rounds)" ]; do
	left=$((left - 1))
	[ $left -gt 0 ] || hvctl store ls "/local/domain/$id/device"
	[ $left -gt 0 ] || tail -n 5 /var/log/plinth/hv*.log
	! found || fail "$(found)"
	[ $left -gt 0 ] || fail "hostile is in round $(hvctl store read "/local/domain/$id/data/round"); $(hvctl list | grep hostile)"
	sleep 1
done
sleep 2
to=$(rounds)
says one "round $((to + 3))" 60
cat /var/log/plinth/hvbackendd.log | grep " $id/" | sort | uniq -c | sort -rn | head -n 12
cat /var/log/plinth/hvstored.log /var/log/plinth/hvconsoled.log
# What it did must have arrived, or this would prove nothing.
grep -q "vbd $id/51712: .*nonsense" /var/log/plinth/hvbackendd.log || fail "its disk ring was never seen to hold nonsense"
grep -q "vif $id/0: .*nonsense" /var/log/plinth/hvbackendd.log || fail "its interface's rings were never seen to hold nonsense"
grep -q "domain $id wrote nonsense into its store ring" /var/log/plinth/hvstored.log || fail "its store ring is not noticed"
grep -q "domain $id wrote nonsense into its console ring" /var/log/plinth/hvconsoled.log || fail "its console ring is not noticed"
! found || fail "$(found)"
! grep 'ended by signal\|ended with status' /var/log/plinth/hvbackendd.log || fail "a back end died"
[ "$(hvctl store read /local/domain/0/name)" = Domain-0 ] || fail "it has written to Domain 0's node"
! hvctl store read /tool/x 2>/dev/null || fail "it has written to /tool"
beside=$(round_time "$from" "$to")
echo "test: a round takes the neighbour $alone s alone, $beside s beside it"
[ "$(awk "BEGIN { print $beside <= 4 * $alone }")" = 1 ] || fail "it slows its neighbour from $alone s to $beside s"
neighbour_right
hvctl destroy hostile || fail "destroy hostile: $?"
gone hostile 20
sleep 2
served_by | cmp -s - /run/pids || fail "other processes than before: $(served_by | tr '\n' ' '), not $(tr '\n' ' ' </run/pids)"
hvctl destroy one || fail "destroy one: $?"
gone one 20
kill $echoing
sleep 2
as_before
exit 0
END
[ -s "$BUILD/guest/domu/hostile.elf" ] || fail "$BUILD/guest/domu/hostile.elf is missing: run \`make guest-programs\` first"
cp "$BUILD/guest/domu/hostile.elf" "$work/root/test/"
echo "${SEED:-1}" >"$work/root/test/seed"
echo "${ROUNDS:-4}" >"$work/root/test/rounds"
[ -z "${checked-}" ] || self_checking
with_domu
cpus=2 limit=$((200 + 20 * ${ROUNDS:-4}))
boots
succeeded
