/* frame.h - whose a frame of memory is, and as what it is used [pure]
 *
 * Two parallel arrays, indexed by frame number, hold 12 bytes a frame:
 *
 *   word (64 bits, changed by compare-and-swap)       aux (32 bits)
 *     63-62  free frame: the rest is core/buddy.h's     31-16  owner's domain id
 *     55     FOREIGN: somebody else than the owner has (or had) it mapped writable
 *     54     ALLOCATED: the owner's own reference       15-0   PARTIAL: entries that hold references (0-512)
 *     53     PARTIAL: validation or its undoing was            else: the flush clock when the type count last
 *            interrupted; see core/ptable.h                    became zero
 *     52     PINNED: the owner holds a type reference
 *     51     VALID: a table's entries hold references
 *     50-48  type
 *     47-26  type count: uses of the frame as that type
 *     25-0   reference count: all uses
 *
 * Rules (docs/invariants.md): a frame has at most one type while its type count is not zero; every type reference
 * is also a reference; a frame with no reference is free; so no frame is at once a page table and writable.
 */
#ifndef CORE_FRAME_H
#define CORE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/flushclock.h"
#include "lib/types.h"

enum frame_type {
	FRAME_NONE, /* no particular use: read-only mappings need no type */
	FRAME_L1,   /* a page table of level 1 ... */
	FRAME_L2,
	FRAME_L3,
	FRAME_L4,
	FRAME_SEGDESC,	/* a page of segment descriptors */
	FRAME_WRITABLE, /* mapped writable, or written by a hypercall on a guest's behalf */
};

#define FRAME_REF_MASK	  0x0000000003ffffffULL
#define FRAME_TCOUNT_ONE  0x0000000004000000ULL
#define FRAME_TCOUNT_MASK 0x0000fffffc000000ULL
#define FRAME_TYPE_SHIFT  48
#define FRAME_TYPE_MASK	  (7ULL << FRAME_TYPE_SHIFT)
#define FRAME_VALID	  (1ULL << 51)
#define FRAME_PINNED	  (1ULL << 52)
#define FRAME_PARTIAL	  (1ULL << 53)
#define FRAME_ALLOCATED	  (1ULL << 54)
#define FRAME_FOREIGN	  (1ULL << 55)
#define FRAME_IS_FREE	  (1ULL << 63)

/* Owners that are no domain. */
#define OWNER_NONE 0x7fff /* the hypervisor's own, or free */
#define OWNER_IO   0x7ff1 /* no RAM, though its chunk has words: a hole, a device, the firmware (DOMID_IO) */

struct frames {
	uint64_t *word;			/* indexed by mfn, where a chunk exists */
	uint32_t *aux;			/* likewise */
	const uint64_t *chunks;		/* bitmap: does chunk (mfn >> FRAME_CHUNK_SHIFT) have words? */
	const struct flushclock *clock; /* stamps frames whose type count becomes zero */
	uint64_t max;			/* mfns from here on have none */
	uint8_t *direct;		/* frame n's contents are at direct + n * 4096 */
};

#define FRAME_CHUNK_SHIFT 18 /* words of 1 GiB of frames fill 2 MiB */

/* Is this a frame of RAM that the table describes? All other functions want one that is. */
static inline bool frame_exists(const struct frames *f, mfn_t m)
{
	uint64_t chunk = m.n >> FRAME_CHUNK_SHIFT;

	return m.n < f->max && (f->chunks[chunk / 64] >> (chunk % 64) & 1);
}

static inline void *frame_contents(const struct frames *f, mfn_t m)
{
	return f->direct + (m.n << PAGE_SHIFT);
}

static inline uint16_t frame_owner(const struct frames *f, mfn_t m)
{
	return (uint16_t)(__atomic_load_n(&f->aux[m.n], __ATOMIC_RELAXED) >> 16);
}

static inline enum frame_type frame_type(uint64_t word)
{
	return (enum frame_type)((word & FRAME_TYPE_MASK) >> FRAME_TYPE_SHIFT);
}

static inline uint64_t frame_word(const struct frames *f, mfn_t m)
{
	return __atomic_load_n(&f->word[m.n], __ATOMIC_ACQUIRE);
}

/* A free frame (word 0) becomes owner's, with one reference (ALLOCATED) and no type. */
void frame_assign(struct frames *f, mfn_t m, uint16_t owner);

/* Take a reference if the frame is in use and belongs to owner. -EINVAL: it does not. -EOVERFLOW: too many. */
int frame_get(struct frames *f, mfn_t m, uint16_t owner);
/* The same, whoever owns it; tells who. */
int frame_get_any(struct frames *f, mfn_t m, uint16_t *owner);
/* Drop a reference. True: it was the last; the caller must now make the frame free (kern's frame_release). */
bool frame_put(struct frames *f, mfn_t m);

/* Give up the owner's own reference. -EINVAL: it was given up already. Sets *last as frame_put returns. */
int frame_unallocate(struct frames *f, mfn_t m, bool *last);

/* A use as FRAME_WRITABLE needs no validation. The caller holds a reference. `cpus` may hold translations of the owner: a
 * frame that was another type before may still be walked as a page table by those of them that have not flushed since.
 * -EAGAIN: so it is; flush them, and call again.
 * -EBUSY: in use as something else. -EOVERFLOW: too many uses. */
int frame_get_writable(struct frames *f, mfn_t m, uint64_t cpus);
void frame_put_writable(struct frames *f, mfn_t m);

/* Reference and writable type together, in one step: what a writable mapping holds. Errors of both. */
int frame_get_both(struct frames *f, mfn_t m, uint16_t owner, uint64_t cpus);
/* True: that was the last reference. */
bool frame_put_both(struct frames *f, mfn_t m);

/* The frame, to which the caller holds a writable reference, is going to be mapped by another domain than its owner: from now
 * on any CPU may hold a translation of it, not only the owner's. Until it becomes a table. */
static inline void frame_mark_foreign(struct frames *f, mfn_t m)
{
	if (!(frame_word(f, m) & FRAME_FOREIGN))
		__atomic_fetch_or(&f->word[m.n], FRAME_FOREIGN, __ATOMIC_ACQ_REL);
}

/* A page of the hypervisor's own, shared with a domain: it may be mapped, never be freed by the domain or become a table.
 * Not writable: a type use as FRAME_NONE keeps every other type away. */
void frame_share(struct frames *f, mfn_t m, uint16_t owner, bool writable);
/* The end of that sharing by the hypervisor. True: the last reference. */
bool frame_unshare(struct frames *f, mfn_t m);

/* The domain loses the frame, which nobody else uses: only ALLOCATED's reference is left and no type is in use. The frame
 * belongs to nobody then, word 0. -EBUSY otherwise. (Transfer, exchange.) */
int frame_take(struct frames *f, mfn_t m, uint16_t from);

/* When its type count became zero last (aux, while not PARTIAL). */
static inline uint16_t frame_stamp(const struct frames *f, mfn_t m)
{
	return (uint16_t)__atomic_load_n(&f->aux[m.n], __ATOMIC_ACQUIRE);
}

static inline void frame_set_low(struct frames *f, mfn_t m, uint16_t low)
{
	uint32_t aux = __atomic_load_n(&f->aux[m.n], __ATOMIC_RELAXED);

	__atomic_store_n(&f->aux[m.n], (aux & 0xffff0000u) | low, __ATOMIC_RELAXED);
}

#endif
