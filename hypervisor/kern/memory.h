/* memory.h - machine memory: the frame table, pages for the hypervisor and for domains
 *
 * The pure decisions are core/buddy.h (which frames are free) and core/frame.h (whose they are and what they hold).
 * Locks: the allocator takes its own; none may be held by the caller that nests inside it (docs/locking.md).
 */
#ifndef KERN_MEMORY_H
#define KERN_MEMORY_H

#include "core/frame.h"
#include "kern/machine.h"

struct domain;

extern struct frames frames; /* the machine's frame table */

/* Takes possession of the machine's memory: direct map, frame table, M2P, allocator. Says so if there is too little. */
void memory_init(void);
/* RAM that was set aside at boot (a module, boot code) and has been used: make it free. Whole pages, owned by nobody. */
void memory_release(paddr_t start, paddr_t end);
/* The same, but it becomes d's, as if domain_alloc_pages had given it: `count` frames from `first` on. */
void domain_adopt_pages(struct domain *d, mfn_t first, uint64_t count);
/* How the memory is used, to the log. */
void memory_report(void);

/* Pages of the hypervisor's own, zeroed, order 0-18, in the direct map. NULL when there are none. */
void *pages_alloc(unsigned order);
/* The same, all below `limit`, which counts as the power of two at or below it. */
void *pages_alloc_below(unsigned order, paddr_t limit);
void pages_free(void *pages, unsigned order);

/* Small objects: up to a page by size class, more by whole pages. Zeroed. NULL when there is no memory. */
void *heap_alloc(size_t size);
void heap_free(void *object, size_t size);

/* Pages for a domain: owned by d, reference count one (frame.h: ALLOCATED). `zero`: zeroed; else they hold what was last in them,
 * which may have been another domain's.
 * All below 2^addr_bits bytes; 0: anywhere. Their M2P entries are invalid.
 * -ENOMEM: none free, or d is at its max_pages. -EINVAL: the domain is dying. */
int domain_alloc_pages(struct domain *d, unsigned order, unsigned addr_bits, bool zero, mfn_t *first);
/* Give up the reference that allocation gave. The frame goes back to the free ones with the last reference of anybody.
 * -EINVAL: it was given up before. */
int domain_free_page(struct domain *d, mfn_t m);
/* d loses a frame that nobody uses, which is not yet free: frame_release() or domain_return_page() comes next. -EBUSY. */
int domain_take_page(struct domain *d, mfn_t m);
void domain_return_page(struct domain *d, mfn_t m);
/* Keep as many free frames for d as it lacks of `pages`; 0: none any more. -ENOMEM: there are not so many. -EINVAL: it may not
 * have them. */
int domain_claim_pages(struct domain *d, uint64_t pages);
/* Called by whoever dropped a frame's last reference (frame_put said so): make it free. */
void frame_release(mfn_t m);

uint64_t memory_free_pages(void);
uint64_t memory_total_pages(void);
uint64_t memory_max_mfn(void);
/* The first frame of the M2P's part (2 MiB) for frames from n << FRAME_CHUNK_SHIFT on; INVALID_MFN: there is none. */
mfn_t memory_m2p_chunk(uint64_t n);

/* A page of the hypervisor's that a domain may map: shared_info, grant table frames. `writable`: may it write it. */
void page_share(void *page, struct domain *d, bool writable);
/* No longer; the page is freed, at once or when the last mapping of it goes. */
void page_unshare(void *page);

#endif
