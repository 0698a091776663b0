/* grant.h - one grant: what its owner wrote into the shared table, who uses it, and that the two
 * never disagree [pure]
 *
 * The owner permits and withdraws by writing the shared entry; we say "in use" by GTF_reading and
 * GTF_writing (in the flags of a version 1 entry, in a status word of our own for version 2). The
 * first use takes down which memory is meant; from then to the last use the owner may scribble into
 * the entry as it likes: what was taken down counts.
 *
 * The caller holds the lock of the owner's table. The owner holds none: its vcpus write at any
 * time.
 */
#ifndef CORE_GRANT_H
#define CORE_GRANT_H

#include <xen/grant_table.h>
#include <xen/xen.h>

#include "lib/types.h"

/* The shared words of an entry. */
struct grant_slot {
	uint32_t *head;		/* flags, and from bit 16 the domain it is for */
	const void *body;	/* what follows: version 1 a frame of 32 bits; version 2 see union
				   grant_entry_v2 */
	grant_status_t *status; /* version 2; NULL: version 1 */
};

/* An entry's use. All zero: none. */
struct grant_active {
	uint64_t address; /* machine address of the first byte granted */
	uint16_t length;  /* bytes granted, 4096 but for sub-page grants */
	uint16_t user;	  /* domain that uses it */
	uint16_t readers, writers;
};

static inline bool grant_is_used(const struct grant_active *a)
{
	return a->readers || a->writers;
}

static inline mfn_t grant_mfn(const struct grant_active *a)
{
	return mfn_of_paddr(a->address);
}

/* ---- The steps of a first use, for tests that write between them ------------------------------- */

static inline uint32_t grant_read_head(const struct grant_slot *s)
{
	return __atomic_load_n(s->head, __ATOMIC_ACQUIRE);
}

/* May `user` use an entry with this head? */
static inline int16_t grant_judge(const struct grant_slot *s, uint32_t head, uint16_t user, bool write, bool whole)
{
	uint16_t flags = (uint16_t)head;

	if (unlikely((flags & GTF_type_mask) != GTF_permit_access || head >> 16 != user))
		return GNTST_bad_gntref;
	if (unlikely((write && flags & GTF_readonly) || (whole && s->status && flags & GTF_sub_page)))
		return GNTST_general_error;
	return GNTST_okay;
}

static inline uint16_t grant_use_bits(bool write)
{
	return write ? GTF_reading | GTF_writing : GTF_reading;
}

/*
 * Marks the entry in use. False: the owner was faster, and *head is what it is now.
 * Version 1: the bits are in the very word that was judged. Version 2: they are set in the status
 * word first, then the head is looked at again; the owner clears the head first and then looks at
 * the status, so one of the two sees the other.
 */
static inline bool grant_claim(const struct grant_slot *s, uint32_t *head, bool write)
{
	uint32_t judged = *head;

	if (likely(!s->status))
		return __atomic_compare_exchange_n(s->head, head, judged | grant_use_bits(write), false,
						   __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE);
	uint16_t before = __atomic_fetch_or(s->status, grant_use_bits(write), __ATOMIC_SEQ_CST);
	*head = __atomic_load_n(s->head, __ATOMIC_SEQ_CST);
	if (*head == judged)
		return true;
	__atomic_store_n(s->status, before, __ATOMIC_SEQ_CST);
	return false;
}

/* What the entry grants, read once, after it was claimed. False: nothing sensible. */
bool grant_take_down_v2(const struct grant_slot *s, uint32_t head, struct grant_active *a);

static inline bool grant_take_down(const struct grant_slot *s, uint32_t head, struct grant_active *a)
{
	if (unlikely(s->status))
		return grant_take_down_v2(s, head, a);
	a->address = (uint64_t)__atomic_load_n((const uint32_t *)s->body, __ATOMIC_RELAXED) << PAGE_SHIFT;
	a->length = PAGE_SIZE;
	return true;
}

static inline void grant_clear_bits(const struct grant_slot *s, uint16_t bits)
{
	if (unlikely(s->status))
		__atomic_fetch_and(s->status, (uint16_t)~bits, __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(s->head, ~(uint32_t)bits, __ATOMIC_SEQ_CST);
}

/* The entry's bits follow from the counts. */
static inline void grant_clear_unused(const struct grant_slot *s, const struct grant_active *a)
{
	if (!grant_is_used(a))
		grant_clear_bits(s, GTF_reading | GTF_writing);
	else if (!a->writers)
		grant_clear_bits(s, GTF_writing);
}

/* ---- Whole uses: here, because a copy of a packet's page begins and ends two of them ----------- */

#define GRANT_TRIES 8 /* how often the owner may get in between before we give up */

/* Begin a use by domain `user`; whole: only a grant of a whole page will do. GNTST_okay, or why
 * not, and then nothing has changed. Bounded however the owner writes at the same time. */
static inline __attribute__((always_inline)) int16_t grant_acquire(const struct grant_slot *s, struct grant_active *a,
								   uint16_t user, bool write, bool whole)
{
	bool first = !grant_is_used(a);
	uint16_t *count = write ? &a->writers : &a->readers;
	uint32_t head;
	int16_t verdict;
	int tries = GRANT_TRIES;

	if (unlikely(!first) && (*count == UINT16_MAX || a->user != user || (whole && a->length != PAGE_SIZE)))
		return GNTST_general_error;
	if (likely(first) || (write && !a->writers)) {
		head = grant_read_head(s);
		do {
			verdict = tries-- > 0 ? grant_judge(s, head, user, write, whole) : GNTST_general_error;
			if (unlikely(verdict != GNTST_okay))
				return verdict;
		} while (unlikely(!grant_claim(s, &head, write)));
		if (likely(first) && unlikely(!grant_take_down(s, head, a))) {
			grant_clear_unused(s, a);
			return GNTST_bad_page;
		}
	}
	a->user = user;
	++*count;
	return GNTST_okay;
}

/* End a use. */
static inline void grant_release(const struct grant_slot *s, struct grant_active *a, bool write)
{
	uint16_t *count = write ? &a->writers : &a->readers;

	--*count;
	grant_clear_unused(s, a);
	if (!grant_is_used(a))
		*a = (struct grant_active){0};
}

#endif
