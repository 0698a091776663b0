/* timescale.h - from one clock's ticks to another's, by a multiplication and a shift as the guest ABI does it [pure] */
#ifndef CORE_TIMESCALE_H
#define CORE_TIMESCALE_H

#include "lib/types.h"

/* ticks_to = ((ticks_from << shift) * mul) >> 32, where a negative shift goes right. For a TSC these are the numbers
 * that vcpu_time_info tells guests (tsc_to_system_mul, tsc_shift), so that theirs is our time to the nanosecond. */
struct timescale {
	uint32_t mul;
	int8_t shift;
};

/* The most precise scale from a clock of `from` Hz to one of `to` Hz; neither may be 0. */
struct timescale timescale_make(uint64_t from, uint64_t to);

static inline uint64_t timescale_apply(struct timescale s, uint64_t ticks)
{
	ticks = s.shift < 0 ? ticks >> -s.shift : ticks << s.shift;
	return (uint64_t)((unsigned __int128)ticks * s.mul >> 32);
}

/* The first tick at which timescale_apply says `to` or more; UINT64_MAX: none does. */
uint64_t timescale_first(struct timescale s, uint64_t to);

#endif
