/* ptable.h - validation of the page tables that guests write for themselves [pure]
 *
 * A guest builds its page tables in its own frames and asks that one be used as a table. Then every entry is checked and
 * takes a reference on what it names; from then on the guest can only read the frame, and changes entries through us.
 * A table of level n names tables of level n-1; level 1 names any frame of the target domain, or device memory.
 *
 * Validation, and undoing it, may be interrupted (struct work). Then the table is PARTIAL: its entries [0, progress) hold
 * their references, and of these only entry progress-1 may name a table that is itself PARTIAL. Whoever holds
 * the type reference can go on in either direction; the vcpu that was interrupted keeps it, as `parked`.
 *
 * Locks: the table owner's mm_lock for everything here. Frames named by level-1 entries may be anybody's: the words' atomics do.
 */
#ifndef CORE_PTABLE_H
#define CORE_PTABLE_H

#include "core/frame.h"
#include "core/pte.h"
#include "lib/rangeset.h"
#include "lib/work.h"

struct mm {
	struct frames *frames;
	uint16_t owner;	      /* whose tables they are */
	uint16_t target;      /* whose frames level-1 entries name: mostly the owner's */
	const uint64_t *cpus; /* those that may hold translations of the owner; more may come meanwhile */
	uint64_t reserved;    /* bits that no entry may have: address bits beyond the CPU's, NX if it has none */
	const struct rangeset *iomem; /* device frames that the owner may map */
	const uint64_t *our_slots;    /* the hypervisor's sixteen L4 entries */
	mfn_t released;		      /* frames that lost their last reference: a chain, see ptable_next_released */
	bool want_flush;	      /* with -ERESTART: a flush is all that is wanted before going on */
	bool everywhere;	      /* it is all CPUs that must flush, not only `cpus` */
};

/* Level 5 stands for a page of segment descriptors: FRAME_SEGDESC is validated and counted in the same way. */
#define LEVEL_SEGDESC 5

struct parked {
	mfn_t mfn;	/* 0: nothing is parked */
	uint16_t owner; /* whose table: his mm_lock is needed to go on */
	uint8_t level;
	bool undoing; /* to be put, not to be used */
};

/* Reference and type for use as a table of `level`. -EINVAL: not the owner's, or an entry is bad; -EBUSY: in other use;
 * -EAGAIN: flush, then call again; -ERESTART: out of work (or want_flush): parked, call again with the same frame. */
int ptable_acquire(struct mm *mm, struct parked *p, mfn_t m, unsigned level, struct work *w);
/* The opposite. -ERESTART: parked with undoing set, the caller's own use is over all the same: call ptable_drain. */
int ptable_drop(struct mm *mm, struct parked *p, mfn_t m, unsigned level, struct work *w);
/* Finish what is parked for undoing, or give up what is parked. 0 or -ERESTART, with `undoing` as it was: what a caller still
 * has to do afterwards is not done yet. */
int ptable_drain(struct mm *mm, struct parked *p, struct work *w);

/* PINNED: the owner's own lasting use. Errors as above; -EINVAL: it is pinned (is not). */
int ptable_pin(struct mm *mm, struct parked *p, mfn_t m, unsigned level, struct work *w);
int ptable_unpin(struct mm *mm, struct parked *p, mfn_t m, struct work *w);

/* How an entry is to be written. */
enum ptable_write {
	PTABLE_REPLACE,	    /* as given */
	PTABLE_PRESERVE_AD, /* accessed and dirty as they are in the table */
};

/* Change entry `index` of table m, which is VALID at `level` (the caller looked). Errors as for ptable_acquire; after an
 * error the entry is as it was. -ERESTART with p->undoing: the entry is written, its old one parked. */
int ptable_write(struct mm *mm, struct parked *p, mfn_t m, unsigned level, unsigned index, uint64_t entry,
		 enum ptable_write how, struct work *w);

/* The same for level 1 and an entry at hand; no work, nothing is ever parked. */
int ptable_write_l1(struct mm *mm, uint64_t *slot, uint64_t entry, enum ptable_write how);
/* As before, but the entry must still be *expected (1: it is not; *expected tells what it is, nothing was done). */
int ptable_swap_l1(struct mm *mm, uint64_t *slot, uint64_t *expected, uint64_t entry);

/* For grants, whose references are kept elsewhere than in the table's owner's domain. Install: the entry takes over the references
 * that the caller holds; the old entry's are dropped. Remove: if the entry maps m, writable or not as said, it becomes
 * `replacement` and the references are the caller's again; -EINVAL otherwise. */
void ptable_install_l1(struct mm *mm, uint64_t *slot, uint64_t entry);
int ptable_remove_l1(uint64_t *slot, mfn_t m, bool writable, uint64_t replacement);

/* Take the first frame off the chain of those that became free on the way: true, and *m is to be released. */
bool ptable_next_released(struct mm *mm, mfn_t *m);

/* Is m the owner's VALID table? Its level (1-4, or LEVEL_SEGDESC), or 0. */
unsigned ptable_level(const struct mm *mm, mfn_t m);

#endif
