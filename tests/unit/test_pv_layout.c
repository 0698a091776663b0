/* test_pv_layout.c - the memory that a PV kernel starts with: pages in their places, and tables that show them */
#include <errno.h>

#include "core/pte.h"
#include "core/pv_layout.h"
#include "unit.h"

#define KERNEL_BASE 0xffffffff80000000
#define P2M_ADDRESS 0x8000000000
#define MFN_OFFSET  0x40000 /* the machine frame of page n is n plus this */

static uint64_t (*memory)[512]; /* contents of all pages of the guest */
static uint64_t memory_pages;

static mfn_t test_mfn(void *context, uint64_t pfn)
{
	(void)context;
	CU_ASSERT_TRUE_FATAL(pfn < memory_pages);
	return MFN(pfn + MFN_OFFSET);
}

static uint64_t *test_contents(void *context, uint64_t pfn)
{
	(void)context;
	CU_ASSERT_TRUE_FATAL(pfn < memory_pages);
	return memory[pfn];
}

static const struct pv_layout_io io = {test_mfn, test_contents, NULL};

/* The level-1 entry for va, as the CPU finds it; 0: none. Every table on the way must be one of the layout's. */
static uint64_t walk(const struct pv_layout *l, uint64_t va)
{
	uint64_t table = l->tables.pfn, entry = 0;

	for (unsigned level = 4; level > 0; level--) {
		CU_ASSERT_TRUE_FATAL(table - l->tables.pfn < l->tables.pages ||
				     table - l->p2m_tables.pfn < l->p2m_tables.pages);
		entry = memory[table][pte_index(va, level)];
		if (!(entry & PTE_P))
			return 0;
		table = pte_mfn(entry).n - MFN_OFFSET;
	}
	return entry;
}

/* Every page of a region is shown, in order; only tables are read-only; and nothing is shown beside it. */
static void check_region(const struct pv_layout *l, const struct pv_region *r)
{
	uint64_t pfn = r->pfn;

	for (uint64_t va = r->start; va < r->end; va += PAGE_SIZE, pfn++) {
		uint64_t entry = walk(l, va);
		bool table = pfn - l->tables.pfn < l->tables.pages || pfn - l->p2m_tables.pfn < l->p2m_tables.pages;

		CU_ASSERT_EQUAL(pte_mfn(entry).n, pfn + MFN_OFFSET);
		CU_ASSERT_EQUAL(!!(entry & PTE_RW), !table);
		CU_ASSERT_EQUAL(entry & PTE_US, 0);
	}
	CU_ASSERT_EQUAL(walk(l, r->start - PAGE_SIZE), 0);
	CU_ASSERT_EQUAL(walk(l, r->end), 0);
}

static struct pv_layout_request debian(void)
{
	return (struct pv_layout_request){
		.virt_base = KERNEL_BASE,
		.kernel_end = KERNEL_BASE + 0x4a00000,
		.p2m_address = P2M_ADDRESS,
		.nr_pages = 512 * 1024 - 7,
		.initrd_size = 20 * 1024 * 1024 + 5,
		.initrd_unmapped = true,
	};
}

static void build(const struct pv_layout *l)
{
	memory_pages = l->pages;
	memory = calloc(memory_pages, sizeof(*memory));
	pv_layout_write_tables(l, &io);
}

/* Ranges in their order; pages that are no range's are spare. */
static void check_order(const struct pv_layout *l, const struct pv_range *const *ranges, unsigned nr)
{
	uint64_t next = 0;

	for (unsigned i = 0; i < nr; i++) {
		CU_ASSERT_TRUE(ranges[i]->pfn >= next);
		next = ranges[i]->pfn + ranges[i]->pages;
	}
	CU_ASSERT_TRUE(next <= l->pages);
}

TEST(a_kernel_like_debians_finds_all_of_it)
{
	struct pv_layout_request want = debian();
	struct pv_layout l;
	const struct pv_range *const order[] = {&l.start_info, &l.tables, &l.stack, &l.initrd, &l.p2m, &l.p2m_tables};

	CU_ASSERT_EQUAL_FATAL(pv_layout_plan(&want, &l), 0);
	check_order(&l, order, 6);
	CU_ASSERT_EQUAL(l.start_info.va, want.kernel_end);
	CU_ASSERT_EQUAL(l.initrd.pages, 20 * 256 + 1);
	CU_ASSERT_EQUAL(l.initrd.va, 0);
	CU_ASSERT_EQUAL(l.p2m.va, P2M_ADDRESS);
	CU_ASSERT_EQUAL(l.p2m.pages, 1024);
	CU_ASSERT_EQUAL(l.p2m_tables.pages, 4); /* one of level 3, one of level 2, two of level 1 */
	CU_ASSERT_EQUAL(l.main.end % MIB(4), 0);
	CU_ASSERT_TRUE(l.main.end - (l.stack.va + PAGE_SIZE) >= KIB(512));
	CU_ASSERT_TRUE(l.main.end - (l.stack.va + PAGE_SIZE) < KIB(512) + MIB(4));
	CU_ASSERT_EQUAL(l.initrd.pfn, (l.main.end - l.main.start) / PAGE_SIZE);
	build(&l);
	check_region(&l, &l.main);
	check_region(&l, &l.p2m_region);
	free(memory);
}

TEST(an_old_kernel_has_everything_mapped)
{
	struct pv_layout_request want = debian();
	struct pv_layout l;
	const struct pv_range *const order[] = {&l.initrd, &l.p2m, &l.start_info, &l.special, &l.tables, &l.stack};

	want.initrd_unmapped = false;
	want.p2m_address = 0;
	want.special_pages = 2;
	want.kernel_end -= 5; /* an image ends anywhere */
	CU_ASSERT_EQUAL_FATAL(pv_layout_plan(&want, &l), 0);
	check_order(&l, order, 6);
	for (unsigned i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(order[i]->va, KERNEL_BASE + order[i]->pfn * PAGE_SIZE);
	CU_ASSERT_EQUAL(l.special.pages, 2);
	CU_ASSERT_EQUAL(l.p2m_tables.pages, 0);
	CU_ASSERT_EQUAL(l.pages, (l.main.end - l.main.start) / PAGE_SIZE);
	build(&l);
	check_region(&l, &l.main);
	free(memory);
}

TEST(regions_may_cross_the_borders_of_tables)
{
	struct pv_layout_request want = debian();
	struct pv_layout l;

	want.virt_base = 0xffffc07fff000000; /* 16 MiB below a border of level 4 */
	want.kernel_end = want.virt_base + MIB(12);
	want.p2m_address = 0x7fffe00000;
	CU_ASSERT_EQUAL_FATAL(pv_layout_plan(&want, &l), 0);
	CU_ASSERT_EQUAL(l.p2m_tables.pages, 2 + 2 + 2);
	build(&l);
	check_region(&l, &l.main);
	check_region(&l, &l.p2m_region);
	free(memory);
}

TEST(the_tables_number_is_right_at_every_size)
{
	struct pv_layout_request want = debian();
	struct pv_layout l;

	for (uint64_t size = PAGE_SIZE; size < MIB(600); size += MIB(1) / 2 + PAGE_SIZE) {
		want.kernel_end = KERNEL_BASE + size;
		CU_ASSERT_EQUAL_FATAL(pv_layout_plan(&want, &l), 0);
		CU_ASSERT_EQUAL(l.tables.pages, 3 + (l.main.end - KERNEL_BASE + MIB(2) - 1) / MIB(2));
	}
}

TEST(what_cannot_be_is_refused)
{
	struct pv_layout_request want = debian();
	struct pv_layout l;

	want.nr_pages = 20000;
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -ENOMEM);
	want = debian();
	want.virt_base += 1;
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -EINVAL);
	want = debian();
	want.kernel_end = want.virt_base;
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -EINVAL);
	want = debian();
	want.kernel_end = (uint64_t)-PAGE_SIZE; /* no room behind it */
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -EINVAL);
	want = debian();
	want.virt_base = 0;
	want.kernel_end = UINT64_MAX;
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -EINVAL);
	want = debian();
	want.virt_base = 0xffff87fffff00000; /* ours */
	want.kernel_end = want.virt_base + MIB(8);
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -EINVAL);
	want = debian();
	want.p2m_address = 0xffff830000000000;
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -EINVAL);
	want.p2m_address = 0x7ffffff00000; /* it would end in the hole */
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -EINVAL);
	want.p2m_address = KERNEL_BASE - GIB(1); /* in the tables of the kernel's region */
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -EINVAL);
	want = debian();
	want.nr_pages = UINT64_MAX;
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -EINVAL);
	want = debian();
	want.initrd_size = UINT64_MAX;
	CU_ASSERT_EQUAL(pv_layout_plan(&want, &l), -EINVAL);
}
