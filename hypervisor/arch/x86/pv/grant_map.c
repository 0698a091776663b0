/* grant_map.c - other domains' granted frames in a guest's page tables */
#include <xen/grant_table.h>

#include "arch/x86/pv/pv.h"
#include "kern/mm.h"
#include "lib/errno.h"

/* Bits of an entry that the processor leaves to the guest's kernel. */
#define AVAIL_SHIFT 9
#define AVAIL_MASK  (7ULL << AVAIL_SHIFT)

/* The level-1 entry a grant operation names. mm_lock held. */
static uint64_t *find_slot(struct mm *mm, struct vcpu *v, uint64_t host_addr, bool is_pte)
{
	mfn_t table;

	if (!is_pte)
		return pv_find_l1(v, host_addr, &table);
	if ((host_addr & 7) || ptable_level(mm, mfn_of_paddr(host_addr)) != 1)
		return NULL;
	return paddr_to_virt(host_addr);
}

int pv_map_grant(struct vcpu *v, uint64_t host_addr, mfn_t m, bool readonly, uint32_t flags)
{
	uint64_t entry = pte_make(m, PTE_P | PTE_A | PTE_D), *slot;
	struct domain *d = v->domain;
	struct mm mm;

	if (!readonly)
		entry |= PTE_RW;
	if (flags & GNTMAP_application_map)
		entry |= PTE_US;
	/* Linux marks such entries as special in there; without it, it takes the page for a broken one of its own. */
	entry |= (uint64_t)(flags >> _GNTMAP_guest_avail0) << AVAIL_SHIFT & AVAIL_MASK;
	spin_lock(&d->mm_lock);
	mm = mm_begin(d, d->id);
	slot = find_slot(&mm, v, host_addr, flags & GNTMAP_contains_pte);
	if (slot)
		ptable_install_l1(&mm, slot, entry);
	spin_unlock(&d->mm_lock);
	mm_end(&mm);
	return slot ? 0 : -EINVAL;
}

int pv_unmap_grant(struct vcpu *v, uint64_t host_addr, mfn_t m, bool readonly, uint32_t flags, uint64_t new_addr)
{
	struct domain *d = v->domain;
	uint64_t *slot, *other = NULL;
	struct mm mm;
	int ret = -EINVAL;

	spin_lock(&d->mm_lock);
	mm = mm_begin(d, d->id);
	slot = find_slot(&mm, v, host_addr, flags & GNTMAP_contains_pte);
	if (new_addr)
		other = find_slot(&mm, v, new_addr, false);
	if (slot && (!new_addr || other))
		ret = ptable_remove_l1(slot, m, !readonly, other ? *other : 0);
	if (!ret && other)
		__atomic_store_n(other, 0, __ATOMIC_RELEASE);
	spin_unlock(&d->mm_lock);
	return ret;
}
