/* flushclock.c - who has emptied its TLB since when [pure] */
#include "core/flushclock.h"

/*
 * A CPU between begin and end shows this time: not 0, so the clock does not start again over its
 * head and leave it with a time of the last round; and so small that it counts as not flushed.
 */
#define FLUSHING 1

uint16_t flushclock_begin(struct flushclock *c, unsigned cpu, bool *full)
{
	uint16_t was, time;

	__atomic_store_n(&c->cpu[cpu], FLUSHING, __ATOMIC_SEQ_CST);
	was = __atomic_load_n(&c->now, __ATOMIC_SEQ_CST);
	do {
		time = was == FLUSHCLOCK_FULL ? was : (uint16_t)(was + 1);
	} while (time != was && !__atomic_compare_exchange_n(&c->now, &was, time, false,
							      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	*full = time == FLUSHCLOCK_FULL && was != time;
	return time;
}

static bool all_long_ago(const struct flushclock *c)
{
	for (unsigned i = 0; i < FLUSHCLOCK_CPUS; i++) {
		if (__atomic_load_n(&c->cpu[i], __ATOMIC_SEQ_CST))
			return false;
	}
	return true;
}

void flushclock_end(struct flushclock *c, unsigned cpu, uint16_t time)
{
	uint16_t full = FLUSHCLOCK_FULL;

	if (likely(time != FLUSHCLOCK_FULL)) {
		__atomic_store_n(&c->cpu[cpu], time, __ATOMIC_SEQ_CST);
		return;
	}
	__atomic_store_n(&c->cpu[cpu], 0, __ATOMIC_SEQ_CST);
	/* A CPU may begin after it was looked at; it then shows FLUSHING before it reads the clock, and ends in
	 * whichever round it read: either is true of a flush that comes after. */
	if (all_long_ago(c))
		__atomic_compare_exchange_n(&c->now, &full, 1, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
}

bool flushclock_due(const struct flushclock *c, unsigned cpu)
{
	return flushclock_now(c) == FLUSHCLOCK_FULL &&
	       __atomic_load_n(&c->cpu[cpu], __ATOMIC_SEQ_CST) != 0;
}

uint64_t flushclock_stale_cpus(const struct flushclock *c, uint64_t mask, uint16_t stamp)
{
	uint64_t stale = 0;

	for (uint64_t left = mask; left; left &= left - 1) {
		unsigned cpu = (unsigned)__builtin_ctzll(left);

		if (flushclock_stale(c, cpu, stamp))
			stale |= BIT(cpu);
	}
	return stale;
}

uint16_t flushclock_since(const struct flushclock *c, uint64_t mask)
{
	uint16_t since = FLUSHCLOCK_FULL;

	for (uint64_t left = mask; left; left &= left - 1) {
		uint16_t time = __atomic_load_n(&c->cpu[__builtin_ctzll(left)], __ATOMIC_SEQ_CST);

		since = MIN(since, time);
	}
	return since;
}
