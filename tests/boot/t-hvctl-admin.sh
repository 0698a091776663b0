# shellcheck shell=bash disable=SC2034
# set: audited
# hvctl's everyday commands against a running stock DomU: vcpus, shares, memory, names, keys, devices, shutdown and reboot
program <<'END'
. /test/domu.sh

dd if=/dev/zero of=/test/disk bs=1M count=4 2>/dev/null
domu one 'extra = "'"$run_words"' sysrq_always_enabled"' 'vcpus = 2' 'disk = [ "file:/test/disk,xvda,w", "vdev=xvdc, devtype=cdrom" ]' \
	'vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]' 'on_reboot = "restart"' <<-'RUN'
	# What comes and goes; and what udev does elsewhere: a vcpu that has come is put to use
	was=
	while :; do
		echo 1 >/sys/devices/system/cpu/cpu1/online
		now="cpus $(nproc), disks $(awk '/xvd/ { printf "%s:%s ", $4, $3 }' /proc/partitions), nets $(cd /sys/class/net && echo *), cd $(head -c 6 /dev/xvdc)"
		[ ! -e /dev/xvdd ] || now="$now, and $(head -c 7 /dev/xvdd)"
		[ "$now" = "$was" ] || echo "now: $now"
		was=$now
		sleep 1
	done 2>/dev/null
RUN
hvctl create /test/one.cfg || fail "create: $?"
says one '^domu: up' 90

step 'hvctl vcpu-list one'
want 'hvctl vcpu-list one' '^ +1 .* 0-1$'
want 'hvctl vcpu-list --json one' '"vcpu": 1'
hvctl vcpu-pin one 1 0 || fail vcpu-pin
want 'hvctl vcpu-list one' '^ +1 .* 0$'
hvctl vcpu-pin one all all || fail "vcpu-pin all"
want 'hvctl vcpu-list one' '^ +1 .* 0-1$'
hvctl vcpu-pin one 7 0 2>/dev/null && fail "a vcpu that is not there is pinned"
hvctl vcpu-set one 1 || fail vcpu-set
until_true 30 has 'hvctl vcpu-list one' '^ +1 .*offline'
says one '^now: cpus 1,' 20
hvctl vcpu-set one 2 || fail "vcpu-set 2"
hvctl vcpu-set one 3 2>/dev/null && fail "it has more vcpus than maxvcpus"

step 'hvctl sched'
hvctl sched --weight 512 --cap 50 one || fail sched
want 'hvctl sched one' '^weight 512'
want 'hvctl sched --json one' '"cap_percent": 50'
hvctl sched --cap 0 one || fail "sched --cap 0"

step 'hvctl mem-set'
hvctl mem-set one 160 || fail mem-set
until_true 40 has 'hvctl list one' '^one +[0-9]+ +(15|16)[0-9] '
hvctl mem-set one 4096 2>/dev/null && fail "it may have more than its limit"
hvctl mem-max one 170 || fail mem-max
hvctl mem-max one 10 2>/dev/null && fail "its limit is less than it has"

step 'hvctl rename'
hvctl rename one other || fail rename
want 'hvctl list' '^other '
hvctl rename other Domain-0 2>/dev/null && fail "two domains have one name"
hvctl rename other 12 2>/dev/null && fail "a name is a number"
hvctl rename other one || fail "rename back"
want 'hvctl uptime one' '^one: 0 days'
want 'hvctl uptime --json one' '"uptime_s": [0-9]'

hvctl sysrq one h || fail sysrq
until_true 20 has 'console one' 'sysrq: HELP'
hvctl trigger one nmi || fail trigger

step 'hvctl block-list one'
want 'hvctl block-list one' 'connected +xvda +w +/test/disk'
want 'hvctl block-list --json one' '"dev": "xvda"'
want 'hvctl network-list one' 'connected +00:16:3e:00:00:01 +xenbr0'
want 'hvctl network-list --json one' '"bridge": "xenbr0"'

dd if=/dev/zero of=/test/more bs=1M count=4 2>/dev/null
hvctl block-attach one file:/test/more,xvdb,w || fail block-attach
until_true 20 has 'hvctl block-list one' 'connected +xvdb'
hvctl block-attach one file:/test/more,xvdc,w 2>/dev/null && fail "one disk is attached twice"
hvctl block-detach one xvdb || fail block-detach
has 'hvctl block-list one' xvdb && fail "the disk is still there"
hvctl block-attach one file:/test/more,xvdb,w || fail "block-attach again"
says one '^now:.* xvdb:4096 ' 20
hvctl block-resize one xvdb 6M || fail block-resize
says one '^now:.* xvdb:6144 ' 20
hvctl block-resize one xvdb 5M 2>/dev/null && fail "a disk in use is made smaller"
dd if=/dev/zero of=/test/more bs=1M count=1 seek=6 conv=notrunc 2>/dev/null
hvctl block-resize one xvdb || fail "block-resize without a size"
says one '^now:.* xvdb:7168 ' 20
for medium in first second; do
	{ echo "$medium"; dd if=/dev/zero bs=1M count=2 2>/dev/null; } >/test/$medium.iso
	truncate -s 2M /test/$medium.iso
	hvctl cd-insert one xvdc /test/$medium.iso || fail cd-insert
	says one "^now:.* xvdc:2048 .*, cd $medium" 20
done
hvctl cd-insert one xvdc /test/no.iso 2>/dev/null && fail "a medium that is not there is put in"
hvctl cd-insert one xvda /test/first.iso 2>/dev/null && fail "a disk takes a medium"
want 'hvctl config one' 'devtype=cdrom, target=/test/second.iso'
hvctl cd-eject one xvdc || fail cd-eject
until_true 20 has 'console one | tail -n 1' '^now:.*, cd $'
hvctl network-attach one || fail network-attach
until_true 20 has 'hvctl network-list one' '^ +1 +connected'
says one '^now:.*nets eth0 eth1 lo' 20
hvctl network-detach one 1 || fail network-detach
has 'hvctl network-list one' '^ +1 ' && fail "the interface is still there"

step 'all of it again and again'
all_gone() { console one | sed -n "/, and round $round\$/,\$p" | grep '^now: cpus 2,.*, nets eth0 lo, cd $' | grep -qv xvdd; }
for round in 1 2 3; do
	{ echo "round $round"; dd if=/dev/zero bs=64k count=1 2>/dev/null; } >/test/round.$round
	truncate -s 64K /test/round.$round
	hvctl block-attach one "/test/round.$round,raw,xvdd,rw" || fail "block-attach, round $round"
	hvctl network-attach one || fail "network-attach, round $round"
	hvctl vcpu-set one 1 || fail "vcpu-set, round $round"
	hvctl mem-set one 150 || fail "mem-set, round $round"
	says one "^now: cpus 1,.* xvdd:64 .*, nets eth0 eth1 lo, .*, and round $round" 40
	until_true 40 has 'hvctl list one' '^one +[0-9]+ +150 '
	hvctl block-detach one xvdd || fail "block-detach, round $round"
	hvctl network-detach one 1 || fail "network-detach, round $round"
	hvctl vcpu-set one 2 || fail "vcpu-set, round $round"
	hvctl mem-set one 160 || fail "mem-set, round $round"
	until_true 40 all_gone
	until_true 40 has 'hvctl list one' '^one +[0-9]+ +160 '
done

step 'who serves it'
users=
for process in $(serving); do
	status=$(cat /proc/$process/status)
	user=$(echo "$status" | awk '/^[UG]id:/ { for (i = 2; i <= 5; i++) print $i }' | sort -u)
	case $user in 0 | *[!0-9]*) fail "process $process is not one user: $user" ;; esac
	users="$users$user\n"
	for line in 'Groups:' 'NoNewPrivs:1' 'Seccomp:2' 'CapEff:0000000000000000' 'CapPrm:0000000000000000'; do
		echo "$status" | tr -d ' \t' | grep -qx "$line" || fail "process $process has not $line"
	done
	grep -Eq '^Max open files +0 +0 ' /proc/$process/limits || fail "process $process may open files"
	grep -Eq '^Max address space +[0-9]+ +[0-9]+ ' /proc/$process/limits || fail "process $process may take any memory"
done
printf "$users" >/run/users
[ "$(wc -l </run/users)" = 4 ] || fail "not four back ends: $(cat /run/users)"
[ "$(sort -u /run/users | wc -l)" = 4 ] || fail "two back ends are one user: $(cat /run/users)"

step 'hvctl metrics'
until_true 20 has 'hvctl metrics' '^plinth_domain_vcpus\{.*name="one".*\} 2$'
want 'hvctl metrics' '^# EOF$'

step 'hvctl config'
want 'hvctl config one' 'vdev=xvdb, access=rw, target=/test/more'
want 'hvctl config --json one' '"memory_mib": 160'
hvctl config --xml one >/test/one.xml || fail "config --xml"
hvctl config --file /test/one.xml >/test/again.cfg || fail "config --file"
hvctl config one >/test/now.cfg || fail config
cmp /test/now.cfg /test/again.cfg || fail "through XML it is another: $(diff /test/now.cfg /test/again.cfg)"

for command in vcpu-list 'sched' uptime block-list network-list; do
	hvctl $command no-such-domain 2>/dev/null
	[ $? = 3 ] || fail "$command of no domain: exit code"
done

step 'reboot, shutdown'
moved() { now=$(hvctl domid one 2>/dev/null) && [ "$now" != "$before" ]; }
twice_up() { [ "$(console one | grep -c '^domu: up')" -ge 2 ]; }
no_record() { [ -z "$(ls /var/lib/plinth/domains)" ]; }
# Who watches over it is killed; what the domain has become meanwhile, another knows from its record
kill -9 "$(pidof hvctl)" || fail "nobody watched over it"
hvctl watch one || fail "watch: $?"
before=$(hvctl domid one)
hvctl reboot --wait one || fail reboot
until_true 60 has 'hvctl list' '^one '
until_true 60 moved
until_true 90 twice_up
until_true 30 has 'console one | tail -n 3' '^now:.* xvdb:7168 ' # what was attached is there again
hvctl shutdown --wait one || fail shutdown
gone one 30
until_true 20 no_record # who watched over it removes that after the domain

step 'from XML'
rm /var/log/plinth/console/one.log
hvctl create /test/one.xml || fail "create from XML: $?"
says one '^now:.* xvdb:7168 ' 60
hvctl destroy one || fail destroy
exit 0
END
with_domu
cpus=2
limit=400
boots
succeeded
