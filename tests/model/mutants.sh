#!/bin/bash
# mutants.sh SRCDIR BUILDDIR - each model and the tests of frames can fail: a mistake put into the code under test is noticed
#
# A line of the list: the program that must notice it, the file, the mistake as a sed expression, what it is. FILE:HEADER is
# a mistake in a header of the hypervisor's, which FILE is then compiled with. Ends with "N passed, N failed".
set -u
src=$(cd "$1" && pwd) build=$(cd "$2" && pwd)
cd "$build/.." || exit 2
work=$build/mutant
mkdir -p "$work"
passed=0 failed=0

list='
unit/test_ptable_full | hypervisor/core/ptable.c | s/last_present(table, progress(mm, m))/last_present(table, progress(mm, m) - 1)/ | row 4: the last reference of an interrupted table is forgotten
unit/test_ptable_full | hypervisor/core/ptable.c | s/held ? i + 1 : i, ret)/i + 1, ret)/ | row 4: an entry that was not taken is undone
unit/test_ptable_full | hypervisor/core/ptable.c | s/^\tframe_set_low(mm->frames, m, (uint16_t)at);/\tframe_set_low(mm->frames, m, (uint16_t)(at ? at : 1));/ | row 4: interrupted at the first entry, it counts as taken
models/model_tables | hypervisor/core/ptable.c | s/if (!flushclock_stale(mm->frames->clock, cpus, frame_stamp(mm->frames, m)))/if (1)/ | row 6: a table is made of a frame that is still in a TLB
models/model_tables | hypervisor/core/ptable.c | s/^\t\tframe_mark_foreign(mm->frames, m);/\t\t;/ | row 6: mappings of other domains are not marked
unit/test_ptable | hypervisor/core/ptable.c | s/mm->target, mm->frames->clock->cpus)/mm->target, cpus_of(mm))/ | row 6: another domain may still walk what was its table
unit/test_ptable | hypervisor/core/ptable.c | s/if (held) .*$/if (!ret)/ | I6: an entry at which validation was interrupted is not for ring 3
unit/test_ptable | hypervisor/core/ptable.c | s/\*p = (struct parked){0};/p->mfn = MFN(0);/ | row 4: an operation is counted as done because an older one was
models/model_tables | hypervisor/core/frame.c | s/flushclock_stale(f->clock, cpus, frame_stamp(f, m))/0/ | row 6: a table becomes writable while it is walked
models/model_tables | hypervisor/core/frame.c | s/if ((old \& FRAME_TCOUNT_MASK) == FRAME_TCOUNT_ONE)/if (0)/ | row 6: the last use is not stamped
models/model_tables | hypervisor/arch/x86/tlb.c | s/while (__atomic_load_n(&request.waiting, __ATOMIC_SEQ_CST))/while (0)/ | row 6: nobody waits for the others to flush
models/model_tables | hypervisor/arch/x86/tlb.c | s/__ATOMIC_SEQ_CST) == TLB_IDLE_STALE)$/__ATOMIC_SEQ_CST) == TLB_IN_USE)/ | row 6: a CPU that idled does not flush
models/model_grants | hypervisor/kern/grant.c:core/grant.h | 0,/if (!grant_is_used(a))/s//if (1)/ | row 18: marks go with the first of several uses
models/model_grants | hypervisor/kern/grant.c:core/grant.h | s/else if (!a->writers)/else if (0)/ | row 18: a reader keeps the writing mark
models/model_grants | hypervisor/kern/grant.c:core/grant.h | s/if (likely(first) || (write \&\& !a->writers))/if (first)/ | row 18: a second, writing use is not marked
models/model_grants | hypervisor/core/maptrack.c | s/m->flags = (uint16_t)((m->flags \& ~parts) | busy(parts));/(void)busy;/ | row 18: a handle can be claimed twice
models/model_grants | hypervisor/kern/grant.c | s/err = anything_used(t) ? -EBUSY : 0;/(void)anything_used;/ | row 20: the version changes under a use
models/model_grants | hypervisor/kern/grant.c:core/grant.h | s/if (likely(first) \&\& unlikely(!grant_take_down(s, head, a)))/if (!grant_take_down(s, grant_read_head(s), a))/ | row 22: what was taken down is taken down again
models/model_grants | hypervisor/kern/grant.c:core/grant.h | s/judged | grant_use_bits(write), false,/judged, false,/ | row 22: an entry in use is not marked
models/model_grants | hypervisor/call/grant_map.c | s/\tif (flush)$/\tif (0)/ | row 18: the owner has the frame back before others have flushed
models/model_events | hypervisor/kern/event_fifo.c | s/^\td->events->fifo = NULL;$// | row 24: a control block that dangles after a reset
models/model_events | hypervisor/kern/event_fifo.c | s/page_put_writable(virt_to_mfn(fifo->page\[i\]));/;/ | row 24: a page of event words is never given back
models/model_events | event-channel/fifo.c | s/vcpu >= FIFO_VCPUS || f->vcpu\[vcpu\]/vcpu >= FIFO_VCPUS/ | row 24: a second control block takes the place of the first
models/model_events | hypervisor/kern/event_fifo.c | s/gfn_get(d, gfn, true, \&m)/gfn_get(d, gfn, false, \&m)/ | row 24: event words in a page that is not held as writable
models/model_fifo | event-channel/fifo.c | s/if (!(old \& LINKED)) {/if (0) {/ | I20: an event is linked behind one that the guest has taken
models/model_fifo | event-channel/fifo.c | s/ | port;/;/ | I20: a link leads nowhere
models/model_fifo | event-channel/fifo.c | s/return __atomic_fetch_and(tail, ~BUSY, __ATOMIC_SEQ_CST) \& LINKED;/return true;/ | I20: an event is linked behind one that is taken at the last try
models/model_fifo | event-channel/fifo.c | s/if (!(old \& PENDING) || (old \& LINKED))/if (1)/ | I20: unmasking forgets what was raised
models/model_sched | hypervisor/kern/sched.c | s/if (vcpu_event_pending(v))$/if (0)/ | I20: a vcpu blocks behind an event
models/model_sched | hypervisor/call/sched.c | s/: any_pending(v->domain, ports, op.nr_ports);/: 0;/ | I20: a vcpu polls behind what it waits for
models/model_sched | hypervisor/kern/event.c | s/\&\& v != current)$/\&\& 0)/ | I20: a vcpu that runs is not told of its event
models/model_sched | hypervisor/kern/sched.c | s/if (choose || first)$/if (0)/ | I20: a vcpu wakes, and its CPU is not told
models/model_sched | hypervisor/core/runqueue.c | s/if (u->loaded || /if (/ | I12: a vcpu is moved whose registers are not saved
models/model_events | hypervisor/kern/event.c | s/if (peer != d)$/if (1)/ | row 25: a close that another overtakes keeps a reference
models/model_events | hypervisor/kern/event.c | s/if (peer == remote)$/if (1)/ | row 25: the other domain is not locked
models/model_events | hypervisor/kern/event.c | s/ports_orphan(remote->events, was.remote_port, d->id);/;/ | row 25: the other end is not told
models/model_events | event-channel/ports.c | s/if (!p || p->state == PORT_FREE || p->state == PORT_RESERVED)/if (!p)/ | row 25: a port can be closed twice
models/model_events | event-channel/ports.c | s/uint32_t there = MIN(t->limit, t->nr_buckets \* PORTS_PER_BUCKET);/uint32_t there = t->nr_buckets * PORTS_PER_BUCKET;/ | row 25: ports beyond the limit
'

# trim TEXT: without the blanks around it
trim() {
	local text=${1#"${1%%[![:space:]]*}"}
	printf '%s' "${text%"${text##*[![:space:]]}"}"
}

# complain PROGRAM WHAT WHY
complain() {
	echo "$1: $2: $3"
	failed=$((failed + 1))
}

while IFS= read -r line; do
	[ -n "$line" ] || continue
	program=$(trim "${line%% | *}") rest=${line#* | }
	file=$(trim "${rest%% | *}") rest=${rest#* | }
	what=$(trim "${rest##* | }") mistake=$(trim "${rest% | *}")
	header=${file#"${file%%:*}"} header=${header#:} file=${file%%:*}
	if [ -n "$header" ]; then
		sed "$mistake" "$src/hypervisor/$header" >"$work/mutant.h"
		cmp -s "$src/hypervisor/$header" "$work/mutant.h" && cp "$src/$file" "$work/mutant.c" ||
			sed "1{h;s|.*|#include \"$work/mutant.h\"|p;g}" "$src/$file" >"$work/mutant.c"
	else
		sed "$mistake" "$src/$file" >"$work/mutant.c"
	fi
	if cmp -s "$src/$file" "$work/mutant.c"; then
		complain "$file" "$what" 'the expression changes nothing'
		continue
	fi
	rm -f "$work/$program"
	if ! make -s MUTANT="${program##*/}" MUTANT_OF="$file" MUTANT_SOURCE="$work/mutant.c" "$build/mutant/$program" \
		S="$src" B="$build" >"$work/log" 2>&1; then
		cat "$work/log"
		complain "$file" "$what" 'the mutant does not compile'
	elif MODEL_BRIEF=1 sh -c 'timeout 120 "$0"; exit $?' "$work/$program" >"$work/log" 2>&1; then
		complain "$program" "$what" 'nobody noticed'
	else
		passed=$((passed + 1))
	fi
done <<<"$list"
printf '%-24s %d passed, %d failed\n' mutants $passed $failed
[ $failed = 0 ] && [ $passed -gt 0 ]
