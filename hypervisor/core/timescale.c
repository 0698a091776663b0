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

/* Exactly, and not by a scale made for the way back: the two scales' roundings would differ by ever more of the time that has
 * passed, by milliseconds after months. */
uint64_t timescale_first(struct timescale s, uint64_t to)
{
	uint64_t whole = to / s.mul, part = (to % s.mul) << 32; /* of (to << 32) / mul, mul having its 32 bits full */
	uint64_t low = DIV_ROUND_UP(part, (uint64_t)s.mul), shifted, first;

	if (whole > UINT32_MAX || (whole == UINT32_MAX && low > UINT32_MAX))
		return UINT64_MAX;
	shifted = (whole << 32) + low;
	if (s.shift < 0)
		return shifted > UINT64_MAX >> -s.shift ? UINT64_MAX : shifted << -s.shift;
	first = (shifted >> s.shift) + ((shifted & (BIT(s.shift) - 1)) != 0);
	return first > UINT64_MAX >> s.shift ? UINT64_MAX : first;
}
