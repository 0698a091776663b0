/* mmu.c - mmu_update and update_va_mapping: the guest changes entries of its page tables
 *
 * ABI: xen/xen.h, HYPERVISOR_mmu_update, HYPERVISOR_update_va_mapping.
 */
#include <xen/xen.h>

#include "arch/x86/hvm/hvm.h"
#include "arch/x86/pv/pv.h"
#include "call/call.h"
#include "call/foreign.h"
#include "kern/audit.h"
#include "kern/mm.h"

#define CONTINUED (1U << 31) /* in `count`, made by call_again: *done counts from an earlier part */
#define CHUNK	  8	     /* updates copied in at a time */

/* A frame that is no table now: plain memory, written on the guest's behalf. */
static int write_plain(struct domain *d, mfn_t m, unsigned offset, uint64_t value)
{
	int ret = page_get_writable(d, m);

	if (ret)
		return ret;
	*(uint64_t *)((uint8_t *)mfn_to_virt(m) + offset) = value;
	page_put_writable(m);
	return 0;
}

/* A level-1 entry for an HVM domain's memory names a guest frame. What is there may change meanwhile: the write takes its reference
 * as the domain's own, or fails. */
static int translate(const struct foreign *f, unsigned level, uint64_t *value)
{
	mfn_t m;

	if (level != 1 || !f->frames || !domain_is_hvm(f->frames) || !(*value & PTE_P))
		return 0;
	m = hvm_gfn_lookup(f->frames, pte_mfn(*value).n);
	if (mfn_eq(m, INVALID_MFN))
		return -EINVAL;
	*value = pte_make(m, *value & ~PTE_FRAME_MASK);
	return 0;
}

static int update_entry(struct mm *mm, const struct foreign *f, uint64_t address, uint64_t value, enum ptable_write how,
			bool guest_frames)
{
	struct domain *d = f->tables;
	struct cpu *c = this_cpu();
	mfn_t m = mfn_of_paddr(address);
	unsigned offset = address & (PAGE_SIZE - 1), level = ptable_level(mm, m);
	int ret;

	if (level < 1 || level > 4)
		return write_plain(d, m, offset, value);
	ret = guest_frames ? translate(f, level, &value) : 0;
	if (ret)
		return ret;
	do {
		ret = ptable_write(mm, &current->pv.parked, m, level, offset / sizeof(value), value, how, &c->work);
	} while (mm_again(mm, d, ret));
	return ret;
}

/* The guest tells which pseudo-physical frame this machine frame is to it. */
static int update_m2p(struct domain *target, mfn_t m, uint64_t pfn)
{
	int ret = page_get(target, m);

	if (ret)
		return ret;
	m2p_rw[m.n] = pfn;
	page_put(m);
	return 0;
}

static int update_one(struct mm *mm, const struct foreign *f, const mmu_update_t *u)
{
	uint64_t address = u->ptr & ~7ULL;

	switch (u->ptr & 7) {
	case MMU_NORMAL_PT_UPDATE:
	case MMU_PT_UPDATE_NO_TRANSLATE:
		return update_entry(mm, f, address, u->val, PTABLE_REPLACE, (u->ptr & 7) == MMU_NORMAL_PT_UPDATE);
	case MMU_PT_UPDATE_PRESERVE_AD:
		return update_entry(mm, f, address, u->val, PTABLE_PRESERVE_AD, true);
	case MMU_MACHPHYS_UPDATE:
		return f->frames && !domain_is_hvm(f->frames) ? update_m2p(f->frames, mfn_of_paddr(address), u->val)
							      : -EPERM;
	default:
		return -ENOSYS;
	}
}

/* Under mm_lock. *i counts what is done; an update that only left something to be undone later is done. */
static int update_all(struct mm *mm, const struct foreign *f, mmu_update_t *updates, unsigned count, unsigned *i)
{
	struct work *w = &this_cpu()->work;
	mmu_update_t chunk[CHUNK];
	int ret = 0;

	while (*i < count && !ret) {
		unsigned n = MIN(count - *i, CHUNK), k;

		if (copy_from_guest_array(chunk, updates, *i, n))
			return -EFAULT;
		for (k = 0; k < n && !ret; k++) {
			ret = work_left(w) ? update_one(mm, f, &chunk[k]) : -ERESTART;
			w->left -= 8;
			if (!ret || (ret == -ERESTART && current->pv.parked.undoing))
				++*i;
		}
	}
	return ret;
}

long call_mmu_update(uint64_t updates, uint64_t count_arg, uint64_t done, uint64_t foreign)
{
	mmu_update_t *list = (mmu_update_t *)updates;
	unsigned count = (uint32_t)count_arg & ~CONTINUED, before = 0, i = 0;
	struct foreign f;
	struct mm mm;
	int ret;

	if (((uint32_t)count_arg & CONTINUED) && done && copy_from_guest(&before, (unsigned *)done))
		return -EFAULT;
	ret = foreign_begin(&f, (uint32_t)foreign);
	if (ret)
		return ret;
	ret = mm_settle(current, f.tables, &this_cpu()->work);
	if (!ret) {
		spin_lock(&f.tables->mm_lock);
		mm = mm_begin(f.tables, f.target);
		ret = update_all(&mm, &f, list, count, &i);
		spin_unlock(&f.tables->mm_lock);
		mm_end(&mm);
		audit_step(f.tables);
	}
	foreign_end(&f);
	before += i;
	if (done && copy_to_guest((unsigned *)done, &before))
		return -EFAULT;
	if (ret == -ERESTART)
		return call_again(4, (uint64_t)(list + i), (count - i) | CONTINUED, done, foreign);
	return ret;
}

/* ---- by virtual address ---------------------------------------------------------------------------------------- */

static int flush_after(uint64_t va, uint64_t flags)
{
	uint64_t who = flags & ~(uint64_t)UVMF_FLUSHTYPE_MASK, mask;
	struct domain *d = current->domain;

	if (who == UVMF_LOCAL)
		mask = BIT(this_cpu()->id);
	else if (who == UVMF_ALL)
		mask = d->cpu_mask;
	else if (foreign_vcpus_to_cpus(d, (const void *)who, &mask))
		return -EFAULT;
	switch (flags & UVMF_FLUSHTYPE_MASK) {
	case UVMF_TLB_FLUSH:
		tlb_flush_cpus(mask);
		return 0;
	case UVMF_INVLPG:
		if (!is_canonical(va))
			return -EINVAL;
		tlb_flush_page_cpus(mask, va);
		return 0;
	default:
		return 0;
	}
}

static long update_va(uint64_t va, uint64_t value, uint64_t flags, uint32_t foreign)
{
	struct foreign f;
	uint64_t *slot;
	struct mm mm;
	mfn_t table;
	int ret;

	ret = foreign_begin(&f, foreign);
	if (ret)
		return ret;
	spin_lock(&f.tables->mm_lock);
	mm = mm_begin(f.tables, f.target);
	slot = pv_find_l1(current, va, &table);
	ret = slot ? translate(&f, 1, &value) : -EINVAL;
	while (!ret && mm_again(&mm, f.tables, ret = ptable_write_l1(&mm, slot, value, PTABLE_REPLACE)))
		ret = 0;
	spin_unlock(&f.tables->mm_lock);
	if (!ret && (flags & UVMF_FLUSHTYPE_MASK))
		ret = flush_after(va, flags);
	mm_end(&mm);
	audit_step(f.tables);
	foreign_end(&f);
	return ret;
}

long call_update_va_mapping(uint64_t va, uint64_t value, uint64_t flags)
{
	return update_va(va, value, flags, DOMID_SELF);
}

long call_update_va_mapping_otherdomain(uint64_t va, uint64_t value, uint64_t flags, uint64_t domid)
{
	return update_va(va, value, flags, (uint16_t)domid);
}
