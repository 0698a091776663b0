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

/* Begin a use by domain `user`; whole: only a grant of a whole page will do. GNTST_okay, or why
 * not, and then nothing has changed. Bounded however the owner writes at the same time. */
int16_t grant_acquire(const struct grant_slot *s, struct grant_active *a, uint16_t user, bool write,
		      bool whole);
/* End a use. */
void grant_release(const struct grant_slot *s, struct grant_active *a, bool write);

/* The steps of a first use, for tests that write between them: read the head; judge it; mark it in
 * use, which is false (and *head is what it is now) when the owner was faster. */
uint32_t grant_read_head(const struct grant_slot *s);
int16_t grant_judge(const struct grant_slot *s, uint32_t head, uint16_t user, bool write,
		    bool whole);
bool grant_claim(const struct grant_slot *s, uint32_t *head, bool write);

#endif
