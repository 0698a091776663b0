/* flushclock.c - who has emptied its TLB since when [pure] */
#include "core/flushclock.h"

/* A CPU's time between begin and end, and in a round in which it has not flushed: no stamp is less. */
#define NOT_YET 1

void flushclock_join(struct flushclock *c, unsigned cpu)
{
	__atomic_store_n(&c->cpu[cpu], NOT_YET, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&c->cpus, BIT(cpu), __ATOMIC_SEQ_CST);
}

uint16_t flushclock_begin(struct flushclock *c, unsigned cpu, bool *full)
{
	uint16_t was, time;

	__atomic_store_n(&c->cpu[cpu], NOT_YET, __ATOMIC_SEQ_CST);
	was = __atomic_load_n(&c->now, __ATOMIC_SEQ_CST);
	do {
		time = was == FLUSHCLOCK_FULL ? was : (uint16_t)(was + 1);
	} while (time != was &&
		 !__atomic_compare_exchange_n(&c->now, &was, time, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	*full = time == FLUSHCLOCK_FULL && was != time;
	/* All of the last stop are still in there, so until now nobody could start the clock again. Who has flushed since
	 * it stopped, and is forgotten here, is due once more. */
	if (*full)
		__atomic_store_n(&c->done, 0, __ATOMIC_SEQ_CST);
	return time;
}

void flushclock_end(struct flushclock *c, unsigned cpu, uint16_t time)
{
	uint64_t all, done;
	uint16_t full = FLUSHCLOCK_FULL;

	if (likely(time != FLUSHCLOCK_FULL)) {
		__atomic_store_n(&c->cpu[cpu], time, __ATOMIC_SEQ_CST);
		return;
	}
	/* Its time stays NOT_YET, which is true in the next round too. The one that completes the set starts that round. */
	all = __atomic_load_n(&c->cpus, __ATOMIC_SEQ_CST);
	done = __atomic_fetch_or(&c->done, BIT(cpu), __ATOMIC_SEQ_CST);
	if ((done & all) != all && ((done | BIT(cpu)) & all) == all)
		__atomic_compare_exchange_n(&c->now, &full, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

bool flushclock_due(const struct flushclock *c, unsigned cpu)
{
	return flushclock_is_full(c) && !(__atomic_load_n(&c->done, __ATOMIC_SEQ_CST) & BIT(cpu));
}

uint64_t flushclock_stale(const struct flushclock *c, uint64_t mask, uint16_t stamp)
{
	uint16_t now = __atomic_load_n(&c->now, __ATOMIC_SEQ_CST);
	uint64_t stale = 0;

	if (unlikely(now == FLUSHCLOCK_FULL))
		return mask;
	if (stamp > now)
		return 0;
	for (uint64_t left = mask; left; left &= left - 1) {
		unsigned cpu = (unsigned)__builtin_ctzll(left);

		if (__atomic_load_n(&c->cpu[cpu], __ATOMIC_SEQ_CST) <= stamp)
			stale |= BIT(cpu);
	}
	return stale;
}
