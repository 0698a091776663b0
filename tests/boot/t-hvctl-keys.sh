# shellcheck shell=bash disable=SC2034
# set: release
# every key of a configuration is there in the running DomU that it describes; and the options that the other tests do without
program <<'END'
. /test/domu.sh
uuid=6ba7b810-9dad-11d1-80b4-00c04fd430c8
truncate -s 4M /test/a /test/b /test/c
domu one "uuid = \"$uuid\"" 'type = "pv"' 'root = "/dev/xvda"' "extra = \"$run_words quoted=\\\"a b\\\"\"" 'maxmem = 224' 'vcpus = 1' \
	'maxvcpus = 2' 'cpus = [ "0", "1" ]' 'cpu_weight = 300' 'cap = 90' 'on_poweroff = "preserve"' 'on_reboot = "restart"' \
	'on_crash = "destroy"' \
	'disk = [ "format=raw, vdev=xvda, access=rw, no-discard, backendtype=plinth, target=/test/a", "/test/b,raw,xvdb,ro,discard",
		"vdev=xvdc, devtype=cdrom", "file:/test/c,xvde,w" ]' \
	'vif = [ "type=vif, mac=00:16:3e:00:00:07, bridge=xenbr0, ip=10.0.2.51, vifname=wire0, rate=8MB/s, offload=off", "offload=on" ]' \
	<<-'RUN'
	[ ! -e /dev/xvdb ] || exec 3</dev/xvdb # it is detached later, and stays so
	echo "cmdline: $(cat /proc/cmdline)"
	echo "cpus: $(nproc)"
	for disk in a b c e; do
		[ -e /sys/block/xvd$disk ] || continue
		echo "disk $disk: $(cat /sys/block/xvd$disk/ro /sys/block/xvd$disk/removable /sys/block/xvd$disk/size | tr '\n' ' ')" \
			"$(($(cat /sys/block/xvd$disk/queue/discard_max_bytes) > 0))"
	done
	echo "mac: $(cat /sys/class/net/eth0/address)"
	echo "at work"
	while :; do sleep 1; done
RUN
sums=$(sha256sum $images/vmlinuz /test/one.initramfs | cut -c 1-64 | tr '\n' ' ')
{
	echo "kernel_sha256 = \"${sums%% *}\""
	echo "ramdisk_sha256 = \"$(echo "$sums" | cut -d ' ' -f 2)\""
} >>/test/one.cfg
for key in kernel ramdisk; do
	sed "s/^${key}_sha256 = \"....../${key}_sha256 = \"000000/" /test/one.cfg >/test/bad.cfg
	hvctl create /test/bad.cfg 2>&1 | grep -q "$key.*digest\|$key.*SHA-256" || fail "another $key is taken: $(hvctl create /test/bad.cfg 2>&1)"
done
hvctl create --console /test/one.cfg </dev/null >/run/console 2>&1 &
attached=$!
says one '^at work' 90
until_true 10 grep -q '^at work' /run/console
grep -q 'domu: up' /run/console || fail "create --console misses what was said first"
kill $attached

want 'hvctl list --json one' "\"uuid\": \"$uuid\""
want 'console one' '^cmdline: root=/dev/xvda console=hvc0 .*quoted="a b"'
want 'console one' '^cpus: 1$'
want 'console one' '^disk a: 0 0 8192 .*0$'
want 'console one' '^disk b: 1 0 8192 '
want 'console one' '^disk c: 1 1 0 '
want 'console one' '^disk e: 0 0 8192 .*1$'
want 'console one' '^mac: 00:16:3e:00:00:07'
want 'hvctl vcpu-list one' '^ +0 .* 0$'
want 'hvctl vcpu-list one' '^ +1 .*offline.* 1$'
want 'hvctl sched one' '^weight 300'
want 'hvctl sched --json one' '"cap_percent": 90'
[ -e /sys/class/net/xenbr0/brif/wire0 ] || fail "its interface has not the name, or is not on the bridge"
back=/local/domain/0/backend/hvif/$(hvctl domid one)
for pair in 0/ip=10.0.2.51 0/rate=400000,50000 0/feature-gso-tcpv4=0 1/feature-gso-tcpv4=1; do
	want "hvctl store read $back/${pair%%=*}" "^${pair#*=}\$"
done
hvctl mem-set one 220 || fail "it may not have what maxmem says"
until_true 40 has 'hvctl list one' '^one +[0-9]+ +(21|22)[0-9] '
hvctl mem-set one 240 2>/dev/null && fail "it may have more than maxmem says"

want "hvctl store ls --flat $back/0" "^bridge.*xenbr0"
hvctl store watch --times 2 /plinth >/run/watched &
watching=$!
until_true 10 grep -q plinth /run/watched
hvctl store write /plinth 1 || fail "store write"
wait $watching || fail "store watch --times: $?"
[ "$(wc -l </run/watched)" = 2 ] || fail "it saw $(cat /run/watched)"
hvctl store rm /plinth
want 'hvctl dmesg' 'Plinth'
hvctl dmesg --clear >/dev/null || fail "dmesg --clear"
has 'hvctl dmesg' 'Memory: ' && fail "the log is not cleared"

# One that the guest has open, and that would stay
hvctl block-detach --force one xvdb || fail "block-detach --force"
has 'hvctl block-list one' xvdb && fail "the disk is still there"
hvctl network-detach --force one 1 || fail "network-detach --force"
hvctl network-list one | grep -q '^ *1 ' && fail "the interface is still there"

rm /var/log/plinth/console/one.log
hvctl reboot --wait --timeout $((60 * slow)) one || fail "reboot: $?"
says one '^at work' 90
want 'hvctl list --json one' "\"uuid\": \"$uuid\""
[ "$(hvctl block-list one | grep -c xvd)" = 3 ] || fail "what was detached is there again"
hvctl shutdown --wait --timeout $((60 * slow)) one || fail "shutdown: $?"
until_true 30 has 'hvctl list one' 'shutdown'
hvctl destroy one || fail "what was preserved cannot be destroyed"
gone one 20
exit 0
END
with_domu
cpus=2 limit=200
boots
succeeded
