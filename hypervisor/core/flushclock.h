/* flushclock.h - who has emptied its TLB since when [pure]
 *
 * A clock of 16 bits ticks with every full flush of some CPU's TLB. A frame that loses its last use of a kind is stamped
 * with the time; each CPU remembers the time of its last flush. A CPU holds no stale translation of the frame if it has
 * flushed later than the stamp says. Errors are to one side: a flush too many, never one too few.
 *
 * The clock cannot simply wrap: a CPU's old, large time would look later than a new, small stamp. So it stops at
 * FLUSHCLOCK_FULL, where every stamp taken asks for a flush; each CPU's next flush then sets its own time to 0, and when
 * all of them are 0 the clock starts again. A CPU that is only seldom flushed must be asked to (flushclock_begin tells when).
 *
 * Several CPUs use it at once, without a lock; only the CPU itself writes its own time.
 */
#ifndef CORE_FLUSHCLOCK_H
#define CORE_FLUSHCLOCK_H

#include "lib/types.h"

#define FLUSHCLOCK_CPUS 64
#define FLUSHCLOCK_FULL 0xffff

struct flushclock {
	uint16_t now;
	uint16_t cpu[FLUSHCLOCK_CPUS]; /* time of each CPU's last flush; 0: long ago, or never */
};

#define FLUSHCLOCK_INIT { .now = 1 }

/* What to stamp a frame with. Read it after the use has ended. */
static inline uint16_t flushclock_now(const struct flushclock *c)
{
	return __atomic_load_n(&c->now, __ATOMIC_SEQ_CST);
}

/* Around a full flush on `cpu`: begin, flush, end with what begin gave. *full: the clock has just stopped, so all CPUs
 * that flushclock_due() must be made to flush soon. */
uint16_t flushclock_begin(struct flushclock *c, unsigned cpu, bool *full);
void flushclock_end(struct flushclock *c, unsigned cpu, uint16_t time);

/* The clock waits for this CPU to flush. */
bool flushclock_due(const struct flushclock *c, unsigned cpu);

/* Must this CPU flush before the frame with this stamp may be used otherwise? */
static inline bool flushclock_stale(const struct flushclock *c, unsigned cpu, uint16_t stamp)
{
	return __atomic_load_n(&c->cpu[cpu], __ATOMIC_SEQ_CST) <= stamp;
}

/* A time such that none of the CPUs in mask must, for any smaller stamp. */
uint16_t flushclock_since(const struct flushclock *c, uint64_t mask);

/* Those of the CPUs in mask that must. */
uint64_t flushclock_stale_cpus(const struct flushclock *c, uint64_t mask, uint16_t stamp);

#endif
