/* multicalls.c - several calls in one, in their order
 *
 * Mechanism: multicall reads an entry at a time, makes the call, and writes its result back.
 * Promise: rows 5, 13, 14: calls see what those before them did, the page-table walk too; iret inside is refused, so that nothing
 * of it runs in user mode; entries that change underneath, or are not there, harm nobody but the caller.
 * Probe: the sequence of XSA-286; an iret in the middle; a list that ends in memory that is not there; one that overwrites itself.
 */
#include "runtime/guest.h"

const char test_title[] = "multicall";

#define FAR 0x200000000000UL /* an L4 slot of its own */

static table_t l3, l2, l1a, l1b, page_a, page_b;
static multicall_entry_t list[1024] __attribute__((aligned(4096)));

static multicall_entry_t mapping(uint64_t va, uint64_t pte)
{
	return (multicall_entry_t){.op = __HYPERVISOR_update_va_mapping, .args = {va, pte, UVMF_INVLPG | UVMF_LOCAL}};
}

/* An L2 entry is switched between two update_va_mappings: the second must edit the new table. */
static void switched_tables(void)
{
	static struct mmu_update u;
	uint64_t pte_a = mfn_of(page_a) << 12 | PTE_PLAIN, pte_b = mfn_of(page_b) << 12 | PTE_PLAIN;

	l2[0] = mfn_of(l1a) << 12 | PTE_PLAIN;
	l3[0] = mfn_of(l2) << 12 | PTE_PLAIN;
	NEED(!make_readonly(l1a) && !make_readonly(l1b) && !make_readonly(l2) && !make_readonly(l3), "read-only");
	NEED(!mmu_write(machine_of(entry_of((void *)FAR, 4)), mfn_of(l3) << 12 | PTE_PLAIN), "no slot");
	u = (struct mmu_update){machine_of(&l2[0]), mfn_of(l1b) << 12 | PTE_PLAIN};
	list[0] = mapping(FAR, pte_a);
	list[1] = (multicall_entry_t){.op = __HYPERVISOR_mmu_update, .args = {(uint64_t)&u, 1, 0, DOMID_SELF}};
	list[2] = mapping(FAR, pte_b);
	EXPECT(CALL2(multicall, list, 3), 0);
	for (unsigned i = 0; i < 3; i++)
		CHECK(!list[i].result, "entry %u: %ld", i, (long)list[i].result);
	CHECK((l1a[0] >> 12 & 0xffffffffff) == mfn_of(page_a), "the old table has %#lx", l1a[0]);
	CHECK((l1b[0] >> 12 & 0xffffffffff) == mfn_of(page_b), "the new table has %#lx", l1b[0]);
	page_b[0] = 0x1234;
	CHECK(*(volatile uint64_t *)FAR == 0x1234, "the new table is not the one at work");
	EXPECT(mmu_write(machine_of(entry_of((void *)FAR, 4)), 0), 0);
}

static void no_iret(void)
{
	list[0] = (multicall_entry_t){.op = __HYPERVISOR_xen_version, .result = 1};
	list[1] = (multicall_entry_t){.op = __HYPERVISOR_iret, .result = 1};
	list[2] = (multicall_entry_t){.op = __HYPERVISOR_multicall, .result = 1};
	list[3] = (multicall_entry_t){.op = 63, .result = 1};
	list[4] = (multicall_entry_t){.op = ~0UL, .result = 1};
	EXPECT(CALL2(multicall, list, 5), 0);
	CHECK(list[0].result == (4 << 16 | 17), "xen_version: %#lx", list[0].result);
	for (unsigned i = 1; i < 5; i++)
		CHECK((long)list[i].result == -XEN_ENOSYS, "entry %u: %ld", i, (long)list[i].result);
}

static void lists(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = (multicall_entry_t){.op = __HYPERVISOR_xen_version, .result = 1};
	EXPECT(CALL2(multicall, list, ARRAY_SIZE(list)), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(list); i++)
		CHECK(list[i].result == (4 << 16 | 17), "entry %u was not done: %#lx", i, list[i].result);
	EXPECT(CALL2(multicall, list, 0), 0);
	EXPECT(CALL2(multicall, 0xffff830000000000, 1), -XEN_EFAULT);
	EXPECT(CALL2(multicall, 0x7ffffffffff0, 1), -XEN_EFAULT);
	EXPECT(CALL2(multicall, 1, ~0UL), -XEN_EFAULT);
	/* Its own page goes away under it. */
	list[0] = mapping((uint64_t)list, 0);
	list[1] = mapping((uint64_t)page_a, mfn_of(page_a) << 12 | PTE_PLAIN);
	EXPECT(CALL2(multicall, list, 2), -XEN_EFAULT);
	EXPECT(make_writable(list), 0);
	EXPECT(CALL1(xen_version, XENVER_version), 4 << 16 | 17);
}

/* A long call in it is continued from the entry's own words, which another of its calls may have changed: here, the list writes
 * over itself by a version string. */
static void overwritten(void)
{
	list[0] =
		(multicall_entry_t){.op = __HYPERVISOR_xen_version, .args = {XENVER_capabilities, (uint64_t)&list[1]}};
	for (unsigned i = 1; i < 64; i++)
		list[i] = (multicall_entry_t){.op = __HYPERVISOR_xen_version};
	(void)CALL2(multicall, list, 64);
	CHECK(list[63].result == (4 << 16 | 17), "the list was not done to its end");
}

void test_main(void)
{
	switched_tables();
	no_iret();
	lists();
	overwritten();
}
