/* flushclock.h - who has emptied its TLB since when [pure]
 *
 * A clock of 16 bits ticks with every full flush of some CPU's TLB. A frame that loses its last use of a kind is stamped
 * with the time; each CPU remembers the time of its last flush. A CPU holds no stale translation of the frame if it has
 * flushed later than the stamp says. Errors are to one side: a flush too many, never one too few.
 *
 * The clock cannot simply wrap: a CPU's old, large time would look later than a new, small stamp. So it stops at
 * FLUSHCLOCK_FULL, and everything counts as stale, until every CPU has flushed once more: then a new round begins, at 1. A
 * CPU that is seldom flushed must be asked to (flushclock_begin tells when). A stamp that is later than the new round's time
 * is an old one, and all have flushed since; an old one that is not looks newer than it is, which does no harm. Frames stamped
 * while the clock stood get the new round's first stamp.
 *
 * Several CPUs use it at once, without a lock. A CPU does not flush between taking a stamp and writing it to the frame, nor
 * between reading a frame's stamp and judging it.
 */
#ifndef CORE_FLUSHCLOCK_H
#define CORE_FLUSHCLOCK_H

#include "lib/types.h"

#define FLUSHCLOCK_CPUS 64
#define FLUSHCLOCK_FULL 0xffff

struct flushclock {
	uint16_t now;		       /* from 1 on */
	uint16_t cpu[FLUSHCLOCK_CPUS]; /* time of each CPU's last flush; up to 1: not in this round */
	uint64_t cpus;		       /* those that take part */
	uint64_t done;		       /* those that have flushed since the clock stopped */
};

#define FLUSHCLOCK_INIT                                                                                                \
	{                                                                                                              \
		.now = 1                                                                                               \
	}

/* The CPU takes part from now on; its TLB is empty. */
void flushclock_join(struct flushclock *c, unsigned cpu);

static inline bool flushclock_is_full(const struct flushclock *c)
{
	return __atomic_load_n(&c->now, __ATOMIC_SEQ_CST) == FLUSHCLOCK_FULL;
}

/* What to stamp a frame with, after the use has ended: its entry is gone. */
static inline uint16_t flushclock_stamp(const struct flushclock *c)
{
	uint16_t now = __atomic_load_n(&c->now, __ATOMIC_SEQ_CST);

	return now == FLUSHCLOCK_FULL ? 1 : now;
}

/* Around a full flush on `cpu`: begin, flush, end with what begin gave. *full: the clock has just stopped, so all CPUs
 * that flushclock_due() must be made to flush soon. */
uint16_t flushclock_begin(struct flushclock *c, unsigned cpu, bool *full);
void flushclock_end(struct flushclock *c, unsigned cpu, uint16_t time);

/* The clock waits for this CPU to flush. */
bool flushclock_due(const struct flushclock *c, unsigned cpu);

/* Those of the CPUs in mask that must flush before the frame with this stamp may be used otherwise. None when they have
 * done so, unless the clock is full. */
uint64_t flushclock_stale(const struct flushclock *c, uint64_t mask, uint16_t stamp);

#endif
