# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# a PVH DomU of the stock cloud kernel, with 1 and with 2 vcpus: disk, network, console, pause, its own end and destroy
program <<'END'
. /test/domu-work.sh
hvctl info | grep -q '^virtualization *: pv pvh hvm by AMD-V hap' || fail "hvctl info: $(hvctl info | grep virt)"
resources >/run/before
domu_works 'Xen PVH' 'type = "pvh"'

# Off by its own will.
domu two 'type = "pvh"' "extra = \"$run_words\"" 'on_poweroff = "destroy"' <<-'RUN'
	echo "short life"
RUN
hvctl create /test/two.cfg || fail "create two"
says two 'short life' 60
gone two 30
sleep 2
as_before
exit 0
END
with_domu
cp "$here/domu-work.sh" "$work/root/test/"
cpu=qemu64,+rdrand,+npt
limit=500
boots
succeeded
