/* rangeset.h - a set of numbers kept as few ranges (which I/O memory, ports or interrupts a domain
 * may use) */
#ifndef LIB_RANGESET_H
#define LIB_RANGESET_H

#include "lib/types.h"

/* Both ends belong to the range. */
struct range {
	uint64_t start, end;
};

/*
 * The ranges are sorted, apart from each other by at least one number, and live in the caller's
 * array. The caller's lock keeps others away. An all-zero rangeset is empty and holds nothing.
 */
struct rangeset {
	struct range *range;
	unsigned int count, capacity;
};

/* An empty set that keeps its ranges in storage[0..capacity). */
void rangeset_init(struct rangeset *set, struct range *storage, unsigned int capacity);

/*
 * Adds or takes away start..end, of which any part may be in the set already.
 * -EINVAL if start > end, -ENOSPC if the result needs more ranges than there is room for; the set
 * is then unchanged.
 */
int rangeset_add(struct rangeset *set, uint64_t start, uint64_t end);
int rangeset_remove(struct rangeset *set, uint64_t start, uint64_t end);

/* Whether all / any of start..end is in the set. False if start > end. */
bool rangeset_contains(const struct rangeset *set, uint64_t start, uint64_t end);
bool rangeset_overlaps(const struct rangeset *set, uint64_t start, uint64_t end);

#define rangeset_for_each(r, set) for ((r) = (set)->range; (r) < (set)->range + (set)->count; (r)++)

#endif
