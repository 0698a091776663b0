/* grant.h - grant tables of running domains (decisions: core/grant.h, core/maptrack.h)
 *
 * A domain has a table of grants it gives, in pages of ours that it may map and write, and a table
 * of handles for grants of others that it has mapped. Locks: one for each of the two tables, both
 * inside this module, both leaves.
 */
#ifndef KERN_GRANT_H
#define KERN_GRANT_H

#include "core/maptrack.h"
#include "kern/domain.h"

#define GRANT_FRAMES_DEFAULT	64
#define GRANT_FRAMES_LIMIT	256
#define MAPTRACK_FRAMES_DEFAULT 1024
#define MAPTRACK_FRAMES_LIMIT	4096

int grant_init_domain(struct domain *d); /* -ENOMEM */
/* Limits in frames, before the table is in use; negative: the default. And the highest version, 1 or 2. -EINVAL: none of these,
 * or too late. */
int grant_set_limits(struct domain *d, int32_t table_frames, int32_t maptrack_frames, unsigned max_version);
/* A dying domain lets go of everything it has mapped of others'. -ERESTART: call again. */
int grant_relinquish_domain(struct domain *d, struct work *w);
void grant_destroy_domain(struct domain *d);

/* ---- the table itself ---- */
/* Let the table have at least so many frames. -ENOSPC: more than it may have. -ENOMEM. */
int grant_grow(struct domain *d, unsigned nr_frames);
unsigned grant_nr_frames(struct domain *d, unsigned *max);
/* Frame `index` of the table, or (status) of version 2's status words. INVALID_MFN: there is none.
 */
mfn_t grant_frame(struct domain *d, unsigned index, bool status);
unsigned grant_version(struct domain *d);
/* -EINVAL: no such version. -ENOSYS: not for this domain. -EBUSY: a grant is in use. -ENOMEM. */
int grant_set_version(struct domain *d, unsigned version);
/* Exchange two entries that nobody uses. GNTST_*. */
int16_t grant_swap(struct domain *d, uint32_t a, uint32_t b);

/* ---- uses of a grant ---- */
struct grant_hold {
	struct domain *owner; /* the caller's reference */
	uint32_t ref;
	bool write;
	uint64_t address; /* machine address of the page */
};

/* Begin a use of owner's grant of a whole page by domain `user`: the grant is marked, its frame referenced (and
 * typed writable). GNTST_*. */
int16_t grant_hold(struct domain *owner, uint32_t ref, uint16_t user, bool write, struct grant_hold *h);
/* What grant_hold() told, of a use that goes on. */
struct grant_hold grant_held(struct domain *owner, uint32_t ref, bool write);
/* End it: the frame's references and the mark. */
void grant_let_go(const struct grant_hold *h);
/* Only the mark: the references have gone with the page table that had them. */
void grant_unmark(const struct grant_hold *h);

/* What one copy of a batch uses of another's memory. */
struct grant_part {
	uint32_t ref;
	int16_t status;	  /* GNTST_*: held as long as it is GNTST_okay */
	uint16_t length;  /* bytes granted */
	uint64_t address; /* machine address of the first of them */
};

/* Begins uses of owner's grants as grant_hold() does, of parts of pages too: of those whose status is GNTST_okay,
 * which then tells how it went. Many, so that the table is locked once. */
void grant_begin_copies(struct domain *owner, uint16_t user, bool write, struct grant_part *part, unsigned nr);
/* Ends those that are held. */
void grant_end_copies(struct domain *owner, bool write, const struct grant_part *part, unsigned nr);

/* ---- handles of d's own mappings (core/maptrack.h) ---- */
int64_t grant_take_handle(struct domain *d); /* -ENOSPC, -ENOMEM */
void grant_fill_handle(struct domain *d, uint32_t handle, const struct grant_hold *h, uint16_t flags);
int grant_claim_handle(struct domain *d, uint32_t handle, uint16_t parts, struct mapping *copy);
bool grant_settle_handle(struct domain *d, uint32_t handle, uint16_t parts, bool undo);
void grant_free_handle(struct domain *d, uint32_t handle);
/* Handles there have ever been; is one a device mapping, whose use of the frame no page table
 * shows? */
uint32_t grant_handles(struct domain *d);
bool grant_device_use(struct domain *d, uint32_t handle, struct grant_hold *h);
/* Parts that a handle has now; 0: no such handle. */
uint16_t grant_handle_parts(struct domain *d, uint32_t handle);

#endif
