/* mm.c - core/ptable.h and core/frame.h with the machine behind them */
#include "kern/mm.h"
#include "arch/x86/hvm/hvm.h"
#include "lib/errno.h"

static uint64_t pte_reserved; /* address bits that these CPUs do not have */

void mm_init(unsigned phys_bits)
{
	pte_reserved = PTE_FRAME_MASK & ~(BIT(phys_bits) - 1);
}

struct mm mm_begin(struct domain *d, uint16_t target)
{
	return (struct mm){
		.frames = &frames,
		.owner = d->id,
		.target = target,
		.cpus = &d->cpu_mask,
		.reserved = pte_reserved,
		.iomem = &d->iomem,
		.our_slots = machine_hypervisor_slots(),
	};
}

void mm_end(struct mm *mm)
{
	mfn_t m;

	while (ptable_next_released(mm, &m))
		frame_release(m);
}

void mm_flush(struct mm *mm, struct domain *d)
{
	tlb_flush_cpus(mm->everywhere ? ~0ULL : __atomic_load_n(&d->cpu_mask, __ATOMIC_SEQ_CST));
	mm->want_flush = mm->everywhere = false;
}

bool mm_again(struct mm *mm, struct domain *d, int ret)
{
	if (likely(ret != -EAGAIN && !(ret == -ERESTART && mm->want_flush)))
		return false;
	mm_flush(mm, d);
	return true;
}

int mm_settle(struct vcpu *v, const struct domain *d, struct work *w)
{
	struct parked *p = &v->pv.parked;
	struct domain *owner;
	struct mm mm;
	int ret;

	if (likely(!p->mfn.n) || (!p->undoing && d && p->owner == d->id))
		return 0;
	owner = domain_get(p->owner);
	BUG_ON(!owner); /* it has a frame with references */
	spin_lock(&owner->mm_lock);
	mm = mm_begin(owner, owner->id);
	ret = ptable_drain(&mm, p, w);
	spin_unlock(&owner->mm_lock);
	mm_end(&mm);
	domain_put(owner);
	return ret;
}

int page_get(struct domain *d, mfn_t m)
{
	return frame_exists(&frames, m) ? frame_get(&frames, m, d->id) : -EINVAL;
}

/* A frame that was a table is flushed first. */
static __attribute__((noinline)) int flush_and_get(struct domain *d, mfn_t m)
{
	int ret;

	do {
		tlb_flush_cpus(__atomic_load_n(&d->cpu_mask, __ATOMIC_SEQ_CST));
		ret = frame_get_both(&frames, m, d->id, __atomic_load_n(&d->cpu_mask, __ATOMIC_SEQ_CST));
	} while (ret == -EAGAIN);
	return ret;
}

int page_get_writable(struct domain *d, mfn_t m)
{
	int ret;

	if (unlikely(!frame_exists(&frames, m)))
		return -EINVAL;
	ret = frame_get_both(&frames, m, d->id, __atomic_load_n(&d->cpu_mask, __ATOMIC_SEQ_CST));
	return unlikely(ret == -EAGAIN) ? flush_and_get(d, m) : ret;
}

int gfn_get(struct domain *d, uint64_t gfn, bool writable, mfn_t *m)
{
	if (domain_is_hvm(d))
		return hvm_gfn_get(d, gfn, writable, m);
	*m = MFN(gfn);
	return writable ? page_get_writable(d, *m) : page_get(d, *m);
}

void page_put(mfn_t m)
{
	if (frame_put(&frames, m))
		frame_release(m);
}

void page_put_writable(mfn_t m)
{
	if (frame_put_both(&frames, m))
		frame_release(m);
}
