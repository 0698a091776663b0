# shellcheck shell=bash disable=SC2034
# set: stress
# 100 rounds of create and destroy: free memory, files, processes and store are as before
program <<'END'
. /test/domu.sh
dd if=/dev/zero of=/test/disk bs=1M count=1 2>/dev/null
domu round "extra = \"console=hvc0 quiet\"" 'disk = [ "file:/test/disk,xvda,w" ]' 'vif = [ "bridge=xenbr0" ]' <<-'RUN'
RUN
# The first round brings what is made once and kept.
hvctl create /test/round.cfg && says round '^domu: up' 60 && hvctl destroy round || fail "the first round"
gone round 20
sleep 2
resources >/run/before
for n in $(seq 100); do
	hvctl create -q /test/round.cfg 2>/run/out || hvctl create /test/round.cfg >/run/out 2>&1 || fail "create $n: $(cat /run/out)"
	[ $((n % 10)) != 0 ] || sleep 1
	hvctl destroy round >/run/out 2>&1 || fail "destroy $n: $(cat /run/out)"
done
gone round 20
sleep 3
resources >/run/after
cmp /run/before /run/after || fail "left behind: $(diff /run/before /run/after | tr '\n' ';')"
exit 0
END
with_domu
limit=600
boots
succeeded
