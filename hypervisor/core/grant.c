/* grant.c - what a version 2 entry grants */
#include "core/grant.h"

bool grant_take_down_v2(const struct grant_slot *s, uint32_t head, struct grant_active *a)
{
	const union grant_entry_v2 *v2 = (const union grant_entry_v2 *)(const void *)s->head;
	uint64_t frame = __atomic_load_n(&v2->full_page.frame, __ATOMIC_RELAXED);
	uint32_t part;

	if (frame >> 40)
		return false;
	a->address = frame << PAGE_SHIFT;
	a->length = PAGE_SIZE;
	if (head & GTF_sub_page) {
		/* Offset and length in one read. */
		part = __atomic_load_n((const uint32_t *)s->body, __ATOMIC_RELAXED);
		if ((part & 0xffff) + (part >> 16) > PAGE_SIZE)
			return false;
		a->address += part & 0xffff;
		a->length = (uint16_t)(part >> 16);
	}
	return true;
}
