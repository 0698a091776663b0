# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# a disk of four queues, each used by a vcpu of its own with requests so small that their events come while others are being read
program <<'END'
. /test/domu.sh
memory=320
truncate -s 64M /test/disk
domu one "extra = \"$run_words\"" 'vcpus = 4' 'disk = [ "/test/disk,raw,xvda,rw", "/dev/vda,raw,xvdb,r" ]' <<-'RUN'
	(cd / && cpio -id </dev/xvdb) 2>/dev/null
	echo "queues: $(ls /sys/block/xvda/mq | wc -l)"
	for round in 1 2 3 4; do
		/usr/bin/fio --name=small --filename=/dev/xvda --size=16M --offset_increment=16M --numjobs=4 --rw=randrw --bs=512 --direct=1 \
			--ioengine=libaio --iodepth=4 --number_ios=500 --cpus_allowed=0-3 --cpus_allowed_policy=split --group_reporting \
			>/tmp/fio 2>&1 || echo "wrong: fio: exit $? $(tail -n 3 /tmp/fio | tr '\n' ' ')"
		echo "round $round"
	done
	echo "all rounds"
RUN
hvctl create /test/one.cfg || fail "create: $?"
says one 'round 1$' 60
step "the first round"
says one 'all rounds' 120
console one | grep -q '^queues: 4' || fail "one has $(console one | grep '^queues')"
! console one | grep '^wrong' || fail "one: $(console one | grep '^wrong' | head -n 1)"
step "all rounds"
gone one 20 # it has nothing more to do
exit 0
END
tools_disk fio
with_domu
cpus=2 limit=200
boots
succeeded
