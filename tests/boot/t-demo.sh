# shellcheck shell=bash disable=SC2034
# set: release
# what README's first command shows: two DomUs that reach their disks, Dom0, each other and the outside
program <<'END'
exec /usr/lib/plinth/demo
END
with_domu
cpus=2 limit=300
boots
succeeded
expect 'demo1: ping: 10.0.2.52 answers' 'demo2: ping: 10.0.2.51 answers' 'demo1: disk: ' 'demo2: disk: '
