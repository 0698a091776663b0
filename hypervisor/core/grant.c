/* grant.c - one grant: what its owner wrote into the shared table, and who uses it */
#include "core/grant.h"

/* How often the owner may get in between before we give up. */
#define TRIES 8

uint32_t grant_read_head(const struct grant_slot *s)
{
	return __atomic_load_n(s->head, __ATOMIC_ACQUIRE);
}

int16_t grant_judge(const struct grant_slot *s, uint32_t head, uint16_t user, bool write,
		    bool whole)
{
	uint16_t flags = (uint16_t)head;

	if ((flags & GTF_type_mask) != GTF_permit_access || head >> 16 != user)
		return GNTST_bad_gntref;
	if (write && flags & GTF_readonly)
		return GNTST_general_error;
	if (whole && s->status && flags & GTF_sub_page)
		return GNTST_general_error;
	return GNTST_okay;
}

static uint16_t use_bits(bool write)
{
	return (uint16_t)(GTF_reading | (write ? GTF_writing : 0));
}

/*
 * Version 1: the bits are in the very word that was judged. Version 2: they are set in the status
 * word first, then the head is looked at again; the owner clears the head first and then looks at
 * the status, so one of the two sees the other.
 */
bool grant_claim(const struct grant_slot *s, uint32_t *head, bool write)
{
	uint32_t judged = *head;

	if (!s->status)
		return __atomic_compare_exchange_n(s->head, head, judged | use_bits(write), false,
						   __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE);
	uint16_t before = __atomic_fetch_or(s->status, use_bits(write), __ATOMIC_SEQ_CST);
	*head = __atomic_load_n(s->head, __ATOMIC_SEQ_CST);
	if (*head == judged)
		return true;
	__atomic_store_n(s->status, before, __ATOMIC_SEQ_CST);
	return false;
}

/* What the entry grants, read once, after it was claimed. False: nothing sensible. */
static bool take_down(const struct grant_slot *s, uint32_t head, struct grant_active *a)
{
	const union grant_entry_v2 *v2;
	uint64_t frame;
	uint32_t part;

	a->length = PAGE_SIZE;
	if (!s->status) {
		frame = __atomic_load_n((const uint32_t *)s->body, __ATOMIC_RELAXED);
		a->address = frame << PAGE_SHIFT;
		return true;
	}
	v2 = (const union grant_entry_v2 *)(const void *)s->head;
	frame = __atomic_load_n(&v2->full_page.frame, __ATOMIC_RELAXED);
	if (frame >> 40)
		return false;
	a->address = frame << PAGE_SHIFT;
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

static void clear_bits(const struct grant_slot *s, uint16_t bits)
{
	if (s->status)
		__atomic_fetch_and(s->status, (uint16_t)~bits, __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(s->head, ~(uint32_t)bits, __ATOMIC_SEQ_CST);
}

/* The entry's bits follow from the counts. */
static void clear_unused(const struct grant_slot *s, const struct grant_active *a)
{
	if (!grant_is_used(a))
		clear_bits(s, GTF_reading | GTF_writing);
	else if (!a->writers)
		clear_bits(s, GTF_writing);
}

int16_t grant_acquire(const struct grant_slot *s, struct grant_active *a, uint16_t user, bool write,
		      bool whole)
{
	bool first = !grant_is_used(a);
	uint16_t *count = write ? &a->writers : &a->readers;
	uint32_t head;
	int tries = 0;

	if (*count == UINT16_MAX || (!first && a->user != user) ||
	    (!first && whole && a->length != PAGE_SIZE))
		return GNTST_general_error;
	if (first || (write && !a->writers)) {
		head = grant_read_head(s);
		do {
			int16_t verdict = grant_judge(s, head, user, write, whole);

			if (verdict != GNTST_okay)
				return verdict;
			if (tries++ == TRIES)
				return GNTST_general_error;
		} while (!grant_claim(s, &head, write));
		if (first && !take_down(s, head, a)) {
			clear_unused(s, a);
			return GNTST_bad_page;
		}
	}
	a->user = user;
	++*count;
	return GNTST_okay;
}

void grant_release(const struct grant_slot *s, struct grant_active *a, bool write)
{
	uint16_t *count = write ? &a->writers : &a->readers;

	--*count;
	clear_unused(s, a);
	if (!grant_is_used(a))
		*a = (struct grant_active){0};
}
