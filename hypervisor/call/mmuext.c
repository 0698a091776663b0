/* mmuext.c - mmuext_op: pinning tables, loading them, flushing TLBs, the LDT
 *
 * ABI: xen/xen.h, HYPERVISOR_mmuext_op.
 */
#include <xen/xen.h>

#include "arch/x86/pv/pv.h"
#include "call/call.h"
#include "call/foreign.h"
#include "kern/audit.h"
#include "kern/mm.h"

#define CONTINUED (1U << 31) /* in `count`, made by call_again: *done counts from an earlier part */
#define CHUNK	  4

/* One L4 table for another, in *cr3. The old one's end may be parked: the operation is done all the same. */
static int new_base(struct mm *mm, struct domain *d, uint64_t *cr3, mfn_t m)
{
	struct vcpu *v = current;
	struct cpu *c = this_cpu();
	uint64_t old = *cr3;
	int ret;

	if (old == paddr_of_mfn(m)) {
		if (cr3 == &v->pv.kernel_cr3)
			pv_load_cr3(v); /* for the flush: as MOV CR3 does */
		return 0;
	}
	if (m.n) {
		do {
			ret = ptable_acquire(mm, &v->pv.parked, m, 4, &c->work);
		} while (mm_again(mm, d, ret));
	} else {
		ret = ptable_drain(mm, &v->pv.parked, &c->work);
	}
	if (ret)
		return ret;
	*cr3 = paddr_of_mfn(m);
	if (cr3 == &v->pv.kernel_cr3)
		pv_load_cr3(v);
	return old ? ptable_drop(mm, &v->pv.parked, mfn_of_paddr(old), 4, &c->work) : 0;
}

static int pin(struct mm *mm, struct domain *d, mfn_t m, unsigned level)
{
	int ret;

	/* Its pins are dropped once. mm_lock orders us with that. */
	if (d->dying)
		return -EINVAL;
	do {
		ret = ptable_pin(mm, &current->pv.parked, m, level, &this_cpu()->work);
	} while (mm_again(mm, d, ret));
	return ret;
}

/* Plain memory of the guest's, cleared or copied on its behalf. */
static int fill_page(struct domain *d, mfn_t to, const mfn_t *from)
{
	int ret = from ? page_get(d, *from) : 0;

	if (ret)
		return ret;
	ret = page_get_writable(d, to);
	if (!ret) {
		if (from)
			__builtin_memcpy(mfn_to_virt(to), mfn_to_virt(*from), PAGE_SIZE);
		else
			__builtin_memset(mfn_to_virt(to), 0, PAGE_SIZE);
		page_put_writable(to);
	}
	if (from)
		page_put(*from);
	return ret;
}

static int flush(struct domain *d, const struct mmuext_op *op)
{
	uint64_t mask = d->cpu_mask, va = op->arg1.linear_addr;

	switch (op->cmd) {
	case MMUEXT_TLB_FLUSH_LOCAL:
		tlb_flush_local();
		return 0;
	case MMUEXT_INVLPG_LOCAL:
		if (pv_address_ok(va))
			tlb_flush_page_local(va);
		return 0;
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_INVLPG_MULTI:
		if (foreign_vcpus_to_cpus(d, op->arg2.vcpumask, &mask))
			return -EFAULT;
		break;
	}
	if (op->cmd == MMUEXT_TLB_FLUSH_MULTI || op->cmd == MMUEXT_TLB_FLUSH_ALL)
		tlb_flush_cpus(mask);
	else if (pv_address_ok(va))
		tlb_flush_page_cpus(mask, va);
	return 0;
}

static int do_one(struct mm *mm, const struct foreign *f, const struct mmuext_op *op)
{
	struct domain *d = f->frames;
	struct vcpu *v = current;
	bool own = d == v->domain;
	mfn_t m = MFN(op->arg1.mfn), from = MFN(op->arg2.src_mfn);

	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE ... MMUEXT_PIN_L4_TABLE:
		return pin(mm, d, m, op->cmd - MMUEXT_PIN_L1_TABLE + 1);
	case MMUEXT_UNPIN_TABLE:
		return ptable_unpin(mm, &v->pv.parked, m, &this_cpu()->work);
	case MMUEXT_NEW_BASEPTR:
		return own && m.n ? new_base(mm, d, &v->pv.kernel_cr3, m) : -EINVAL;
	case MMUEXT_NEW_USER_BASEPTR:
		return own ? new_base(mm, d, &v->pv.user_cr3, m) : -EINVAL;
	case MMUEXT_TLB_FLUSH_LOCAL ... MMUEXT_INVLPG_ALL:
		return own ? flush(d, op) : -EPERM;
	case MMUEXT_FLUSH_CACHE:
	case MMUEXT_FLUSH_CACHE_GLOBAL:
		if (!v->domain->iomem.count)
			return -EACCES;
		machine_flush_cache(op->cmd == MMUEXT_FLUSH_CACHE ? BIT(this_cpu()->id) : ~0ULL);
		return 0;
	case MMUEXT_SET_LDT:
		return own ? pv_set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents) : -EPERM;
	case MMUEXT_CLEAR_PAGE:
		return fill_page(d, m, NULL);
	case MMUEXT_COPY_PAGE:
		return fill_page(d, m, &from);
	case MMUEXT_MARK_SUPER:
	case MMUEXT_UNMARK_SUPER:
		return -EOPNOTSUPP;
	default:
		return call_missing(__HYPERVISOR_mmuext_op, op->cmd);
	}
}

static int do_all(struct mm *mm, const struct foreign *f, struct mmuext_op *ops, unsigned count, unsigned *i)
{
	struct work *w = &this_cpu()->work;
	struct mmuext_op chunk[CHUNK];
	int ret = 0;

	while (*i < count && !ret) {
		unsigned n = MIN(count - *i, CHUNK), k;

		if (copy_from_guest_array(chunk, ops, *i, n))
			return -EFAULT;
		for (k = 0; k < n && !ret; k++) {
			ret = work_left(w) ? do_one(mm, f, &chunk[k]) : -ERESTART;
			w->left -= 32;
			if (!ret || (ret == -ERESTART && current->pv.parked.undoing))
				++*i;
		}
	}
	return ret;
}

long call_mmuext_op(uint64_t ops, uint64_t count_arg, uint64_t done, uint64_t foreign)
{
	struct mmuext_op *list = (struct mmuext_op *)ops;
	unsigned count = (uint32_t)count_arg & ~CONTINUED, before = 0, i = 0;
	struct foreign f;
	struct mm mm;
	int ret;

	if (((uint32_t)count_arg & CONTINUED) && done && copy_from_guest(&before, (unsigned *)done))
		return -EFAULT;
	ret = foreign_begin(&f, (uint16_t)foreign);
	if (ret)
		return ret;
	ret = f.frames ? mm_settle(current, f.frames, &this_cpu()->work) : -EINVAL;
	if (!ret) {
		spin_lock(&f.frames->mm_lock);
		mm = mm_begin(f.frames, f.target);
		ret = do_all(&mm, &f, list, count, &i);
		spin_unlock(&f.frames->mm_lock);
		mm_end(&mm);
		audit_step(f.frames);
	}
	foreign_end(&f);
	before += i;
	if (done && copy_to_guest((unsigned *)done, &before))
		return -EFAULT;
	if (ret == -ERESTART)
		return call_again(4, (uint64_t)(list + i), (count - i) | CONTINUED, done, foreign);
	return ret;
}
