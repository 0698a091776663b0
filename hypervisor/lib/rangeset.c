/* rangeset.c - a set of numbers kept as few ranges */
#include "lib/errno.h"
#include "lib/rangeset.h"
#include "lib/string.h"

void rangeset_init(struct rangeset *set, struct range *storage, unsigned int capacity)
{
	set->range = storage;
	set->count = 0;
	set->capacity = capacity;
}

/* The first range that ends at or after start. */
static unsigned int first_reaching(const struct rangeset *set, uint64_t start)
{
	unsigned int low = 0, high = set->count;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (set->range[middle].end < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Puts n ranges where the ranges first..last-1 are. */
static int replace(struct rangeset *set, unsigned int first, unsigned int last, const struct range *with,
		   unsigned int n)
{
	unsigned int count = set->count - (last - first) + n;

	if (count > set->capacity)
		return -ENOSPC;
	if (!set->capacity)
		return 0;
	memmove(&set->range[first + n], &set->range[last], (set->count - last) * sizeof(struct range));
	memcpy(&set->range[first], with, n * sizeof(struct range));
	set->count = count;
	return 0;
}

int rangeset_add(struct rangeset *set, uint64_t start, uint64_t end)
{
	struct range merged = {start, end};
	unsigned int first, last;

	if (start > end)
		return -EINVAL;
	/* A range that ends right before start grows together with the new one. */
	first = first_reaching(set, start ? start - 1 : 0);
	for (last = first; last < set->count; last++)
		if (end != UINT64_MAX && set->range[last].start > end + 1)
			break;
	if (first < last) {
		merged.start = MIN(start, set->range[first].start);
		merged.end = MAX(end, set->range[last - 1].end);
	}
	return replace(set, first, last, &merged, 1);
}

int rangeset_remove(struct rangeset *set, uint64_t start, uint64_t end)
{
	struct range rest[2];
	unsigned int first, last, n = 0;

	if (start > end)
		return -EINVAL;
	first = first_reaching(set, start);
	for (last = first; last < set->count && set->range[last].start <= end;)
		last++;
	if (first == last)
		return 0;
	if (set->range[first].start < start)
		rest[n++] = (struct range){set->range[first].start, start - 1};
	if (set->range[last - 1].end > end)
		rest[n++] = (struct range){end + 1, set->range[last - 1].end};
	return replace(set, first, last, rest, n);
}

bool rangeset_contains(const struct rangeset *set, uint64_t start, uint64_t end)
{
	unsigned int i = first_reaching(set, start);

	/* Ranges never touch, so one of them must hold it all. */
	return start <= end && i < set->count && set->range[i].start <= start && set->range[i].end >= end;
}

bool rangeset_overlaps(const struct rangeset *set, uint64_t start, uint64_t end)
{
	unsigned int i = first_reaching(set, start);

	return start <= end && i < set->count && set->range[i].start <= end;
}
