/* memory.c - a test guest's page tables: finding entries of the initial ones, and changing them by hypercall */
#include "guest.h"

static table_t user_l4, user_l3;

uint64_t mfn_of(const volatile void *address)
{
	return ((uint64_t *)start_info->mfn_list)[((uint64_t)address - GUEST_BASE) >> 12];
}

void *address_of_mfn(uint64_t mfn)
{
	return (void *)(GUEST_BASE + (machine_to_phys_mapping[mfn] << 12));
}

uint64_t machine_of(const volatile void *address)
{
	return mfn_of(address) << 12 | ((uint64_t)address & 0xfff);
}

uint64_t *entry_of(const volatile void *address, unsigned level)
{
	uint64_t *entry = (uint64_t *)start_info->pt_base;

	for (unsigned l = 4;; l--) {
		entry += (uint64_t)address >> (12 + 9 * (l - 1)) & 511;
		if (l == level)
			return entry;
		NEED(*entry & PTE_PRESENT, "%p is not mapped at level %u", (const void *)(uintptr_t)address, l);
		entry = address_of_mfn(*entry >> 12 & 0xffffffffffUL);
	}
}

long map(const volatile void *address, uint64_t pte)
{
	return CALL3(update_va_mapping, address, pte, UVMF_INVLPG | UVMF_ALL);
}

long mmu_write(uint64_t machine, uint64_t value)
{
	struct mmu_update u = {machine, value};

	return CALL4(mmu_update, &u, 1, NULL, DOMID_SELF);
}

long make_readonly(const volatile void *page)
{
	return map(page, mfn_of(page) << 12 | PTE_READONLY);
}

long make_writable(const volatile void *page)
{
	return map(page, mfn_of(page) << 12 | PTE_PLAIN);
}

long mmuext(unsigned cmd, uint64_t arg1)
{
	struct mmuext_op op = {.cmd = cmd, .arg1.mfn = arg1};

	return CALL4(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

uint64_t use_user_tables(void)
{
	user_l3[1] = *entry_of((void *)GUEST_BASE, 3);
	user_l4[0] = mfn_of(user_l3) << 12 | PTE_PLAIN;
	user_l4[511] = *entry_of((void *)GUEST_BASE, 4);
	NEED(!make_readonly(user_l3) && !make_readonly(user_l4), "tables cannot be made read-only");
	NEED(!mmuext(MMUEXT_PIN_L4_TABLE, mfn_of(user_l4)), "the user root cannot be pinned");
	NEED(!mmuext(MMUEXT_NEW_USER_BASEPTR, mfn_of(user_l4)), "the user root cannot be loaded");
	return mfn_of(user_l4);
}
