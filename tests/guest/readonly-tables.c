/* readonly-tables.c - a page table is never writable, and the hypervisor's slots are not the guest's
 *
 * Mechanism: the guest edits its tables by mmu_update and update_va_mapping; each new entry is validated, and takes a reference
 * of the type it needs.
 * Promise: I3, I6, I9, and rows 1, 2, 3 of the regressions: no writable mapping of a table at any level; no change of RW or
 * PSE that is not validated in full; linear tables at any level refused; slots 256-271 of an L4 stay the hypervisor's. What is
 * refused leaves the entry as it was.
 * Probe: all of that, each after reading the entry and before reading it again.
 */
#include "runtime/guest.h"

const char test_title[] = "page tables: what no entry may be";

static table_t page, table;

static void refused(uint64_t *entry, uint64_t value, const char *what)
{
	uint64_t before = *entry;
	long ret = mmu_write(machine_of(entry), value);

	CHECK(ret < 0, "%s: mmu_update took %#lx", what, value);
	CHECK(*entry == before, "%s: the entry was %#lx and is %#lx", what, before, *entry);
}

static void own_tables_writable(void)
{
	for (unsigned level = 1; level <= 4; level++) {
		uint64_t *entry = entry_of(page, level), m = mfn_of(entry);

		CHECK(map(page, m << 12 | PTE_PLAIN) < 0, "the level-%u table was mapped writable", level);
		refused(entry_of(page, 1), m << 12 | PTE_PLAIN, "a table, writable");
		EXPECT(map(page, m << 12 | PTE_READONLY), 0);
		CHECK(map(page, m << 12 | PTE_PLAIN) < 0, "RW was added to a mapping of the level-%u table", level);
	}
	EXPECT(make_writable(page), 0);
}

static void large_and_linear(void)
{
	uint64_t *l4 = entry_of(page, 4), *l3 = entry_of(page, 3), *l2 = entry_of(page, 2), *free;

	refused(l2, *l2 | PTE_LARGE, "PSE set in an L2 entry");
	refused(l2, (*l2 & ~PTE_WRITABLE) | PTE_LARGE, "PSE set and RW cleared in an L2 entry");
	refused(l3, *l3 | PTE_LARGE, "PSE set in an L3 entry");
	refused(l4, *l4 | PTE_LARGE, "PSE set in an L4 entry");
	free = (uint64_t *)((uint64_t)l4 & ~0xfffUL) + 300;
	refused(free, mfn_of(l4) << 12 | PTE_READONLY, "an L4 that names itself, read-only");
	refused(free, mfn_of(l4) << 12 | PTE_PLAIN, "an L4 that names itself");
	refused(free, mfn_of(l2) << 12 | PTE_PLAIN, "an L4 that names an L2");
	refused(free, mfn_of(entry_of(page, 1)) << 12 | PTE_PLAIN, "an L4 that names an L1");
	refused((uint64_t *)((uint64_t)l3 & ~0xfffUL) + 1, mfn_of(l3) << 12 | PTE_READONLY, "a linear L3");
	refused((uint64_t *)((uint64_t)l2 & ~0xfffUL) + 511, mfn_of(l2) << 12 | PTE_READONLY, "a linear L2");
	refused(free, 0x7ffffffffUL << 12 | PTE_PLAIN, "an L4 that names memory that is not there");
}

static void hypervisor_slots(void)
{
	uint64_t *root = (uint64_t *)start_info->pt_base;

	for (unsigned slot = 256; slot < 272; slot++) {
		refused(root + slot, 0, "a slot of the hypervisor, cleared");
		refused(root + slot, root[511], "a slot of the hypervisor");
		CHECK(map((void *)(0xffff000000000000UL | (uint64_t)slot << 39), mfn_of(page) << 12 | PTE_PLAIN) < 0,
		      "update_va_mapping in slot %u", slot);
	}
}

/* Entries of a table at work may name only what the owner has, and bits that mean something else are not kept. */
static void strangers(void)
{
	REFUSED(map(page, 0x7fffffffffUL << 12 | PTE_PLAIN));
	REFUSED(map(page, 0x200000 | PTE_PLAIN));   /* the hypervisor's image */
	REFUSED(map(page, 0xfee00000 | PTE_PLAIN)); /* interrupts */
	REFUSED(map((void *)0x7fff00000000UL, mfn_of(page) << 12 | PTE_PLAIN));
	REFUSED(map((void *)0x8000000000000000UL, mfn_of(page) << 12 | PTE_PLAIN));
	REFUSED(mmu_write(0x7fffffffff000UL, 0));
}

static void pins(void)
{
	REFUSED(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table))); /* it is mapped writable */
	EXPECT(make_readonly(table), 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table)), 0);
	REFUSED(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table)));
	REFUSED(mmuext(MMUEXT_PIN_L2_TABLE, mfn_of(table)));
	REFUSED(make_writable(table));
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(table)), 0);
	REFUSED(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(table)));
	EXPECT(make_writable(table), 0);
	table[7] = mfn_of(table) << 12 | PTE_PLAIN; /* it would map itself writable */
	EXPECT(make_readonly(table), 0);
	REFUSED(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table)));
	EXPECT(make_writable(table), 0);
	REFUSED(mmuext(MMUEXT_PIN_L3_TABLE, mfn_of(page)));
	REFUSED(mmuext(MMUEXT_PIN_L4_TABLE, 0x7ffffffffUL));
	REFUSED(mmuext(MMUEXT_NEW_BASEPTR, mfn_of(page)));
	REFUSED(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn_of(page)));
	REFUSED(mmuext(MMUEXT_MARK_SUPER, ~0UL)); /* row 12 */
	REFUSED(mmuext(MMUEXT_UNMARK_SUPER, ~0UL));
	REFUSED(mmuext(MMUEXT_CLEAR_PAGE, mfn_of(entry_of(page, 1))));
	REFUSED(mmuext(MMUEXT_CLEAR_PAGE, ~0UL));
}

static long copy_page(uint64_t to, uint64_t from)
{
	struct mmuext_op op = {.cmd = MMUEXT_COPY_PAGE, .arg1.mfn = to, .arg2.src_mfn = from};

	return CALL4(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

static void whole_pages(void)
{
	memset(table, 0x5a, sizeof(table_t));
	EXPECT(copy_page(mfn_of(page), mfn_of(table)), 0);
	CHECK(page[0] == 0x5a5a5a5a5a5a5a5a && page[511] == page[0], "the copy reads %#lx, %#lx", page[0], page[511]);
	EXPECT(mmuext(MMUEXT_CLEAR_PAGE, mfn_of(page)), 0);
	CHECK(!page[0] && !page[511] && table[0], "what was cleared reads %#lx, %#lx", page[0], page[511]);
	EXPECT(copy_page(mfn_of(page), mfn_of(page)), 0);
	REFUSED(copy_page(mfn_of(entry_of(page, 1)), mfn_of(page)));
	REFUSED(copy_page(~0UL, mfn_of(page)));
	REFUSED(copy_page(mfn_of(page), ~0UL));
	REFUSED(copy_page(mfn_of(page), 0x200)); /* the hypervisor's image */
	memset(table, 0, sizeof(table_t));
}

/* As MOV CR3 does, and Linux needs it: on a CPU that comes back from its lazy mode it loads the root that is loaded. */
static void a_root_loaded_again(void)
{
	volatile uint64_t *shown = page;
	uint64_t own = mfn_of(page), other = mfn_of(table);

	page[0] = 1;
	table[0] = 2;
	CHECK(*shown == 1, "the page reads %#lx", *shown);
	EXPECT(mmu_write(machine_of(entry_of(page, 1)), other << 12 | PTE_PLAIN), 0);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, mfn_of((void *)start_info->pt_base)), 0);
	CHECK(*shown == 2, "behind a root's loading a page is still read through its old entry");
	EXPECT(map(page, own << 12 | PTE_PLAIN), 0);
}

void test_main(void)
{
	own_tables_writable();
	large_and_linear();
	hypervisor_slots();
	strangers();
	pins();
	whole_pages();
	a_root_loaded_again();
}
