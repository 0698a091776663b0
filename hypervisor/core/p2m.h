/* p2m.h - the physical memory of a guest under hardware virtualization: gfn to mfn [pure]
 *
 * The table is the one that the processor walks: nested page tables (AMD) or extended ones (Intel). Of both, bits 0
 * and 1 of an entry mean that the memory may be read and written, bit 2 that it may be executed (AMD: is a user's, as
 * all nested accesses are), bit 7 that the entry is a large page; 52-54 are left to software. What else a vendor's
 * leaves want is given once.
 *
 * It grows by pages that the caller allocates: a function that lacks one says -ENOBUFS, changed nothing, and is
 * called again. The caller holds its lock, and keeps the references that its leaves stand for (kern: hvm/memory.c).
 */
#ifndef CORE_P2M_H
#define CORE_P2M_H

#include "lib/types.h"

enum p2m_type {
	P2M_HOLE,
	P2M_RAM,      /* the domain's own memory */
	P2M_SHARED,   /* a page of the hypervisor's that is shared with the domain */
	P2M_GRANT_RW, /* another domain's, by a grant */
	P2M_GRANT_RO,
};

#define P2M_LARGE_ORDER 9 /* a large leaf is so many frames: 2 MiB */
#define P2M_MAX_ORDER	P2M_LARGE_ORDER
#define P2M_SPARES	3 /* tables that one change may need: levels 3 to 1 */

struct p2m {
	uint8_t *direct; /* frame n's contents are at direct + n * 4096 */
	mfn_t root;	 /* the level-4 table; 0: none yet */
	uint64_t leaf;	 /* bits of every leaf */
	uint64_t limit;	 /* gfns from here on cannot be: 2^36 at most */
	uint64_t end;	 /* behind the highest gfn that was ever there */
	mfn_t spare[P2M_SPARES];
	unsigned nr_spares;
};

struct p2m_entry {
	mfn_t mfn;
	enum p2m_type type;
	unsigned order; /* of the leaf: 0 or P2M_LARGE_ORDER; of a hole: how much of an aligned size is certainly
			   none else */
};

void p2m_init(struct p2m *p, uint8_t *direct, uint64_t leaf, uint64_t limit);

/* What is at gfn. In a large leaf mfn is that of this very gfn. */
struct p2m_entry p2m_lookup(const struct p2m *p, uint64_t gfn);

/* Make gfn a leaf. order 0, over a hole or another leaf (a large one is split); or P2M_LARGE_ORDER, gfn and m
 * aligned, over 512 gfns without tables. -EEXIST: there are; -EINVAL: beyond the limit; -ENOBUFS. */
int p2m_set(struct p2m *p, uint64_t gfn, unsigned order, mfn_t m, enum p2m_type type);
/* Make gfn a hole; a large leaf is split. -ENOBUFS. */
int p2m_clear(struct p2m *p, uint64_t gfn);

/* A zeroed page for a table. */
void p2m_add_spare(struct p2m *p, mfn_t m);

/* The first leaf at or after *gfn: it becomes a hole, and *gfn is where it began. False: there is none. */
bool p2m_take_next(struct p2m *p, uint64_t *gfn, struct p2m_entry *taken);
/* When all leaves are gone: a page that is a table or a spare no more. False: that was the last. */
bool p2m_free_table(struct p2m *p, mfn_t *m);

/* The first leaf at or after *gfn, for those who only look. */
bool p2m_next(const struct p2m *p, uint64_t *gfn, struct p2m_entry *found);

#endif
