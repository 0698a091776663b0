# shellcheck shell=bash disable=SC2034,SC2154
# set: audited
# the reference guest: alone as Dom0; and as a DomU of 3 MiB beside Debian: ping, HTTP from its disk, two vcpus, back ends killed, random calls beside it
# (SEED), shutdown
cp "$BUILD/refguest.elf" "$work/refguest.elf" || fail "refguest.elf is missing: liblwip-dev and \`make\`"
mkdir -p "$work/root/test" "$work/files"
cp "$work/refguest.elf" "$work/root/test/refguest.elf"
cp "$BUILD/guest/domu/random.elf" "$work/root/test/" || fail "random.elf is missing: \`make guest-programs\`"
echo "${SEED:-20260401}" >"$work/root/test/seed"
seeded_file "$work/files/large" 2 7
echo "hello from the disk" >"$work/files/small"
tar -C "$work/files" --format=ustar --sort=name -cf "$work/root/test/files.tar" .
large=$(sha256sum <"$work/files/large" | cut -d ' ' -f 1)

# Alone: what it finds wrong it tells, and crashes the domain.
alone() {
	cpus=2 memory=128
	start -kernel "$hypervisor" -append "$hv_args" -initrd "$work/refguest.elf"
	stop
	[ "$outcome" = "ended 0" ] || fail "as Dom0: $outcome: $(last_line)"
	expect 'refguest: Dom0 with .* and 2 vcpus' 'user: vcpu 1: all is well' 'user: vcpu 0: ended: page fault at 0xffffffff80000000' \
		'selftest: passed on 2 vcpus' 'Dom0 has shut down: powering off'
	forbid 'panic' 'has crashed'
	audited
}
alone

program <<END
. /test/domu.sh
large=$large
END
cat >>"$work/root/test/run" <<'END'
cat >/test/ref.cfg <<-CFG
	name = "ref"
	kernel = "/test/refguest.elf"
	extra = "ip=10.0.2.60 selftest"
	memory = 3
	vcpus = 2
	disk = [ "file:/test/files.tar,xvda,r" ]
	vif = [ "mac=00:16:3e:00:00:60,bridge=xenbr0" ]
CFG
# What the kernel needs, and half a MiB behind it, must be there.
sed 's/memory = 3/memory = 1/' /test/ref.cfg >/test/small.cfg
refused=$(hvctl create /test/small.cfg 2>&1) && fail "a domain of 1 MiB was created"
case $refused in
*"memory: kernel and page tables need 2 MiB, the domain has 1 MiB"*) ;;
*) fail "too small: $refused" ;;
esac
# fetched: the large file, from the guest's disk over its network, as it is
fetched() {
	sum=$(wget -q -O - http://10.0.2.60/large | sha256sum)
	[ "${sum%% *}" = "$large" ] || fail "the large file is another $1: $sum"
}
# beside_random N VCPUS: a DomU that makes hypercalls at random, with the N-th seed from the test's on; its life is short
beside_random() {
	lot=$(($(cat /test/seed) + $1))
	random_config 8 "$2" destroy "seed=$lot calls=20000"
	echo "random calls: seed $lot, $2 vcpus"
	hvctl create /test/random.cfg || fail "create random: $?"
	for i in 1 2 3; do
		fetched "beside seed $lot"
	done
	! has 'hvctl list' '^random ' || hvctl destroy random || ! has 'hvctl list' '^random ' || fail "destroy random"
	gone random 30
}
resources >/run/before
for round in 1 2; do
	hvctl create /test/ref.cfg || fail "create: $?"
	says ref 'refguest: ready' 30
	console ref | grep -q '^refguest: network: .* 2 queues' || fail "its queues: $(console ref | grep network)"
	console ref | grep -q '^refguest: DomU with 3072 KiB and 2 vcpus' || fail "it says: $(console ref | head -n 1)"
	ping -c 3 -W 10 10.0.2.60 | grep -q '3 packets received' || fail "no answer to ping"
	[ "$(wget -q -O - http://10.0.2.60/small)" = "hello from the disk" ] || fail "the small file is another"
	fetched
	fetched again
	wget -q -O - http://10.0.2.60/ | grep -qx large || fail "no list of files"
	wget -q -O - http://10.0.2.60/nothing 2>/dev/null && fail "a file that is not there was served"
	# The back ends' processes die while the file is on its way, and others take their rings over. (busybox' wget -T crashes.)
	kills=0
	timeout $((120 * slow)) wget -q -O /tmp/again http://10.0.2.60/large &
	while kill -0 $! 2>/dev/null && [ $kills -lt 4 ]; do
		kill -9 $(pidof blkback netback) && kills=$((kills + 1))
		# A bridge that sees its port go down forgets who is behind it, and sends what is for the guest to the world outside.
		[ "$(cat /sys/class/net/vif"$(hvctl domid ref)".0/carrier)" = 1 ] || fail "the interface is down without its process"
		usleep 300000
	done
	wait $! || { cat /var/log/plinth/hvbackendd.log; console ref; fail "no answer after the back ends were killed $kills times"; }
	[ $kills -gt 0 ] || fail "the file was there before anything could be killed"
	sum=$(sha256sum </tmp/again)
	[ "${sum%% *}" = "$large" ] || fail "the large file is another after the back ends' end: $sum"
	echo "back ends killed $kills times, $(grep -c 'ended by signal 9' /var/log/plinth/hvbackendd.log) noticed"
	says ref 'selftest: passed on 2 vcpus' 60
	for n in 1 2 3; do
		beside_random $((3 * round + n)) $((1 + n % 2))
	done
	hvctl shutdown ref || fail "shutdown: $?"
	gone ref 40
	console ref | grep -q 'refguest: asked for: poweroff' || fail "it was not asked"
	console ref | grep -q 'good-bye' || fail "it did not end by itself"
	console ref | grep -E 'panic|does not let go' && fail "it ended badly"
	console ref
	rm -f /var/log/plinth/*ref* /var/log/plinth/console/*ref* 2>/dev/null
done
sleep 2
as_before
exit 0
END
cpus=1 memory=1024 hv_args="$hv_args dom0_mem=512M" dom0_args="$dom0_args quiet test.slow=$SCALE"
devices=(-netdev 'user,id=net0' -device 'virtio-net-pci,netdev=net0')
mkdir -p "$work/root/test" && cp "$here/domu.sh" "$work/root/test/domu.sh"
limit=100
boots
succeeded
# That they were made at all is seen from those that nobody knows.
expect '\(plinth\) d[0-9]+: .*\(unknown\) is not there'
