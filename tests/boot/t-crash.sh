# shellcheck shell=bash disable=SC2034,SC2154
# set: release
# crash: a machine check ends in a report that names functions, and in a stop, as the option noreboot asks
hv_args="$hv_args noreboot" dom0_args="$dom0_args plinth.minimal" cpus=2
mkfifo "$work/monitor.in" "$work/monitor.out"
devices+=(-chardev "pipe,id=monitor,path=$work/monitor" -mon chardev=monitor)
cat "$work/monitor.out" >/dev/null &
program <<'END'
echo "test: ready"
sleep 600
END
until='machine is stopped'
(
	until grep -aq '^test: ready' "$log"; do sleep 0.5; done
	echo 'mce 1 1 0xbe00000000000000 0x5 0 0' >"$work/monitor.in"
) 2>/dev/null &
start_direct
stop
[ "$outcome" = reached ] || fail "$outcome; last line: $(last_line)"
[ "$(count "$BANNER")" = 1 ] || fail "it started again"
expect 'has crashed: CPU 1: machine check' 'CPU 1, ' 'call trace:' '\[ffff82d0[0-9a-f]*\] ist_entry\+0x' 'interrupted:' \
	'cr0 [0-9a-f]*  cr2'
