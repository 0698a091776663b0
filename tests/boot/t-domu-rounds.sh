# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# ROUNDS rounds of create and destroy (100): free memory, event channels, files, processes and store are as before
program <<'END'
. /test/domu.sh
before_and_after() { resources; /test/ports; }
dd if=/dev/zero of=/test/disk bs=1M count=1 2>/dev/null
domu round "extra = \"console=hvc0 quiet\"" 'disk = [ "file:/test/disk,xvda,w" ]' 'vif = [ "bridge=xenbr0" ]' <<-'RUN'
RUN
# The first round brings what is made once and kept.
hvctl create /test/round.cfg && says round '^domu: up' 60 || fail "the first round"
mac=$(hvctl network-list round | grep -o '00:16:3e:[0-9a-f:]*')
[ ${#mac} = 17 ] && hvctl config round | grep -q "mac=$mac" || fail "the MAC that it got, '$mac', is not kept: $(hvctl config round)"
hvctl destroy round || fail "the first destroy"
gone round 20
sleep 2
before_and_after >/run/before
began=$(cut -d . -f 1 /proc/uptime)
for n in $(seq "$(cat /test/rounds)"); do
	# Paused, it has all its devices, but does not cost the time of its start.
	hvctl create -q $([ -e /test/booted ] || echo -p) /test/round.cfg >/run/out 2>&1 || fail "create $n: $(cat /run/out)"
	[ ! -e /test/booted ] || [ $((n % 10)) != 0 ] || sleep 1
	hvctl destroy round >/run/out 2>&1 || fail "destroy $n: $(cat /run/out)"
done
echo "test: $n rounds in $(($(cut -d . -f 1 /proc/uptime) - began)) s"
# A daemon that is late: it has the domain's page still, and writes when hvctl has removed all nodes.
hvctl create -q -p /test/round.cfg || fail "the last create"
id=$(hvctl domid round)
until_true 20 hvctl store read "/local/domain/$id/console/tty" >/dev/null
kill -STOP "$(pidof hvconsoled)"
hvctl destroy round &
destroying=$!
until_true 20 eval "! hvctl store read /local/domain/$id/name >/dev/null 2>&1"
hvctl store write "/local/domain/$id/console/tty" late || fail "the late write"
kill -CONT "$(pidof hvconsoled)"
wait $destroying || fail "the last destroy: $?"
# One that is slow to close a disk: who has it next, after a reboot the same domain, shall find it closed.
hvctl create -q -p /test/round.cfg || fail "the create after it"
kill -STOP "$(pidof hvbackendd)"
hvctl destroy round &
destroying=$!
gone round 20
sleep 1
kill -0 $destroying || fail "destroy did not wait for the disk to be closed"
kill -CONT "$(pidof hvbackendd)"
wait $destroying || fail "the destroy after it: $?"
! ls /run/plinth/vbd-*.journal 2>/dev/null || fail "the disk is open still"
gone round 20
sleep 3
before_and_after >/run/after
cmp /run/before /run/after || fail "left behind: $(diff /run/before /run/after | tr '\n' ';')"
exit 0
END
"${CC:-cc}" -O2 -static -I"${1%/*}/../../hypervisor/abi" -o "$work/root/test/ports" "${1%/*}/ports.c" || fail "ports.c does not compile"
echo "${ROUNDS:-100}" >"$work/root/test/rounds"
[ -z "${booted-}" ] || touch "$work/root/test/booted"
with_domu
[ -z "${checked-}" ] || self_checking
limit=$((150 + ${ROUNDS:-100} * 6))
boots
succeeded
