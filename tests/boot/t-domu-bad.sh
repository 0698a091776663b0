# shellcheck shell=bash disable=SC2034
# set: audited
# creates that cannot be: each says why in one line that names the thing, and leaves nothing behind
program <<'END'
. /test/domu.sh
resources >/run/before
head -c 100000 $images/vmlinuz >/test/cut
head -c 100000 /dev/urandom >/test/noise
dd if=/dev/zero of=/test/disk bs=1M count=1 2>/dev/null
domu good "extra = \"console=hvc0 quiet\"" 'uuid = "6f1c1f0e-0f5a-4f0e-9d53-0123456789ab"' 'disk = [ "file:/test/disk,xvda,w" ]' \
	'vif = [ "mac=00:16:3e:00:00:07,bridge=xenbr0" ]' <<-'RUN'
RUN

# refused REGEX LINE...: good.cfg with these lines behind it and another name
refused() {
	regex=$1
	shift
	sed '/^uuid/d; /^disk/d; /^vif/d; s/^name.*/name = "bad"/' /test/good.cfg >/test/bad.cfg
	for line; do
		key=${line%% *}
		sed -i "/^$key /d" /test/bad.cfg
		echo "$line" >>/test/bad.cfg
	done
	if hvctl create /test/bad.cfg >/run/out 2>&1; then
		fail "created, with: $*"
	fi
	grep -Eiq "$regex" /run/out || fail "with '$*' it says: $(cat /run/out)"
	[ "$(wc -l </run/out)" -le 2 ] || fail "with '$*' it says too much: $(cat /run/out)"
	! hvctl list | grep -q bad || fail "left a domain behind, with: $*"
}
refused '/test/none.*(No such|not)' 'kernel = "/test/none"'
refused 'ramdisk.*/test/none.*(No such|not)' 'ramdisk = "/test/none"'
refused '/test/cut' 'kernel = "/test/cut"'
refused '/test/noise' 'kernel = "/test/noise"'
refused 'kernel .*SHA-256' "kernel_sha256 = \"$(sha256sum </test/disk | cut -c 1-64)\""
refused 'ramdisk .*SHA-256' "ramdisk_sha256 = \"$(sha256sum </test/disk | cut -c 1-64)\""
refused '/test/nodisk' 'disk = [ "file:/test/nodisk,xvda,w" ]'
refused 'nobr' 'vif = [ "bridge=nobr" ]'
refused 'needs 100000 MiB, and [0-9]+ MiB are free .[0-9]+ MiB are missing' 'memory = 100000'
refused 'bad.cfg:[0-9]+.*memry' 'memry = 5'
refused 'bad.cfg:[0-9]+.*vcpus' 'vcpus = "many"'
refused 'bad.cfg:[0-9]+' 'disk = [ "file:/test/disk,xvda,w"'
refused 'type|pv' 'type = "hvm"'
refused 'type: .*VT-x or AMD-V.*neither' 'type = "pvh"'
refused 'mac' 'vif = [ "mac=nonsense,bridge=xenbr0" ]'

hvctl create /test/good.cfg || fail "the good one cannot be created"
refused 'good|name' 'name = "good"'
refused 'uuid|6f1c1f0e' 'uuid = "6f1c1f0e-0f5a-4f0e-9d53-0123456789ab"'
refused '00:16:3e:00:00:07' 'vif = [ "mac=00:16:3e:00:00:07,bridge=xenbr0" ]'
refused '/test/disk' 'disk = [ "file:/test/disk,xvda,w" ]'
hvctl destroy good || fail "destroy"
gone good 20
sleep 2
as_before
exit 0
END
with_domu
cpu=qemu64,+rdrand,-svm # a machine for PV domains only
limit=200
boots
succeeded
