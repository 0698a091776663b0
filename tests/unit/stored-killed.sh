#!/bin/bash
# stored-killed.sh BUILD - hvstored killed again and again while many write: nothing that was acknowledged is lost
#
# Without a hypervisor: over its socket only. hvctl comes back by itself, so that every write of it is acknowledged. Ends with
# "N passed, N failed".
set -u
build=$(cd "$1" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/plinth-stored.XXXXXX")
export XENSTORED_PATH=$dir/socket
failed=0 passed=0 writers=8 writes=80 kills=0
clean_up() {
	kill -9 "$keeper" "$(cat "$dir/pid")"
	wait
	rm -rf "$dir"
}

check() {
	local what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "stored-killed: $what"
	fi
}

# Starts it again whenever it ends, as init does.
keep() {
	while :; do
		"$build/hvstored" --foreground --socket-only --socket "$dir/socket" --journal "$dir/journal" 2>>"$dir/log" &
		echo $! >"$dir/pid"
		wait $! 2>/dev/null
	done
}
keep 2>/dev/null &
keeper=$!
for _ in $(seq 100); do [ -S "$dir/socket" ] && break; sleep 0.02; done

"$build/hvctl" store write /watched 0
timeout 60 "$build/hvctl" store watch /watched >"$dir/events" &
watcher=$!
for w in $(seq $writers); do
	for n in $(seq $writes); do
		"$build/hvctl" store write "/w/$w/$n" "$n" && echo "/w/$w/$n $n"
	done >"$dir/acknowledged.$w" 2>>"$dir/errors" &
	pids+=($!)
done
while kill -0 "${pids[@]}" 2>/dev/null; do
	sleep 0.05
	kill -9 "$(cat "$dir/pid")" 2>/dev/null && kills=$((kills + 1))
done
wait "${pids[@]}"
sleep 0.3
lost=0
while read -r path value; do
	[ "$("$build/hvctl" store read "$path" 2>/dev/null)" = "$value" ] || lost=$((lost + 1))
done < <(cat "$dir"/acknowledged.*)
check "only $kills kills" [ $kills -gt 2 ]
check "only $(cat "$dir"/acknowledged.* | wc -l) of $((writers * writes)) writes were acknowledged: $(head -n 1 "$dir/errors")" \
	[ "$(cat "$dir"/acknowledged.* | wc -l)" = $((writers * writes)) ]
check "$lost acknowledged writes are lost" [ $lost = 0 ]
"$build/hvctl" store write /watched/last 1
sleep 0.3
check "the watch has not seen what came after all kills: $(tail -n 1 "$dir/events")" grep -qx /watched/last "$dir/events"
check "the journal was damaged" bash -c "! grep damaged '$dir/log'"
check "the journal has $(stat -c %s "$dir/journal") bytes" [ "$(stat -c %s "$dir/journal")" -lt 1000000 ]
kill $watcher 2>/dev/null
clean_up 2>/dev/null
echo "$passed passed, $failed failed"
[ $failed = 0 ]
