# shellcheck shell=bash disable=SC2034,SC2154
# set: audited
# a DomU of the stock cloud kernel, with 1 and with 2 vcpus: disk, network, console, pause, reboot, shutdown, destroy
program <<'END'
. /test/domu-work.sh
resources >/run/before
domu_works Xen 'on_reboot = "restart"'

# By its own will: reboot, and then off.
domu two "extra = \"$run_words\"" 'disk = [ "file:/test/disk,xvda,w" ]' 'on_reboot = "restart"' 'on_poweroff = "destroy"' <<-'RUN'
	if [ "$(head -c 5 /dev/xvda)" = again ]; then
		echo "second start"
		exit 0
	fi
	printf again | dd of=/dev/xvda conv=fsync 2>/dev/null
	echo "first start"
	sleep 8 # who lives less than 5 s is not started again
	reboot -f
RUN
hvctl create /test/two.cfg || fail "create two"
says two 'first start' 60
says two 'second start' 90
gone two 30

# By the admin's.
domu three "extra = \"console=hvc0 quiet\"" <<-'RUN'
	:
RUN
hvctl create /test/three.cfg || fail "create three"
says three '^domu: up' 60
hvctl destroy three || fail "destroy three"
gone three 20
sleep 2
as_before
exit 0
END
with_domu
cp "$here/domu-work.sh" "$work/root/test/"
limit=500
boots
succeeded
