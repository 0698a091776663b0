/* timescale.c - from one clock's ticks to another's, by a multiplication and a shift [pure] */
#include "core/timescale.h"

/* (high:0) / by, where high < by < 2^63: the bits of the quotient one by one, as 128-bit division is not ours to have. */
static uint32_t fraction32(uint64_t high, uint64_t by)
{
	uint32_t q = 0;

	for (unsigned i = 0; i < 32; i++) {
		high <<= 1;
		q <<= 1;
		if (high >= by) {
			high -= by;
			q |= 1;
		}
	}
	return q;
}

struct timescale timescale_make(uint64_t from, uint64_t to)
{
	struct timescale s = {.shift = 0};

	/* mul = to / from * 2^32 must have its 32 bits full: bring to / from into [1/2, 1). */
	while (to >= from) {
		to >>= 1;
		s.shift++;
	}
	while (to << 1 < from) {
		to <<= 1;
		s.shift--;
	}
	s.mul = fraction32(to, from);
	return s;
}
