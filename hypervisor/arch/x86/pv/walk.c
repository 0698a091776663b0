/* walk.c - finding the entry that maps an address of the running guest */
#include "arch/x86/pv/pv.h"
#include "core/pte.h"

uint64_t *pv_find_l1(const struct vcpu *v, uint64_t va, mfn_t *table)
{
	uint64_t cr3 = v->pv.kernel_mode ? v->pv.kernel_cr3 : v->pv.user_cr3, *entry;
	mfn_t m = mfn_of_paddr(cr3);

	if (!pv_address_ok(va) || !m.n)
		return NULL;
	for (unsigned level = 4;; level--) {
		entry = (uint64_t *)mfn_to_virt(m) + pte_index(va, level);
		if (level == 1)
			break;
		if (!(*entry & PTE_P))
			return NULL;
		m = pte_mfn(*entry);
	}
	*table = m;
	return entry;
}

uint64_t pv_read_l1(const struct vcpu *v, uint64_t va)
{
	mfn_t table;
	const uint64_t *entry = pv_find_l1(v, va, &table);

	return entry && (*entry & PTE_P) ? *entry : 0;
}
