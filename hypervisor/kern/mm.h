/* mm.h - core/ptable.h and core/frame.h with the machine behind them: TLB flushes, and frames that become free
 *
 * The pure functions ask for a flush and collect frames that lost their last reference; here both are done.
 */
#ifndef KERN_MM_H
#define KERN_MM_H

#include "core/ptable.h"
#include "kern/domain.h"
#include "kern/memory.h"

/* Once, before the first guest: the CPUs have so many bits of physical addresses. */
void mm_init(unsigned phys_bits);

/* To work on d's page tables, whose level-1 entries name frames of domain id `target`. Lock d->mm_lock for its use. */
struct mm mm_begin(struct domain *d, uint16_t target);
/* Releases what became free on the way. With or without mm_lock. */
void mm_end(struct mm *mm);
/* After -EAGAIN or want_flush: the CPUs concerned flush; go on at once. */
void mm_flush(struct mm *mm, struct domain *d);
/* Should the operation that returned ret be tried again at once? Flushes if that was what it waited for. */
bool mm_again(struct mm *mm, struct domain *d, int ret);

/* What vcpu v's last call left undone on some page table, unless v goes on with exactly that (in d, not undoing): undo it
 * now. -ERESTART: not finished. No mm_lock held. */
int mm_settle(struct vcpu *v, const struct domain *d, struct work *w);

/* References to a frame of d's, without locks (frame.h: frame_get and so on). */
int page_get(struct domain *d, mfn_t m);
int page_get_writable(struct domain *d, mfn_t m); /* reference and type; -EBUSY: it is a page table or the like */
/* The same for what a hypercall names: a PV domain's own frame, or what an HVM domain has at that guest frame. *m is the frame.
 * -EINVAL: there is none, or not its own. */
int gfn_get(struct domain *d, uint64_t gfn, bool writable, mfn_t *m);
void page_put(mfn_t m);
void page_put_writable(mfn_t m);

#endif
