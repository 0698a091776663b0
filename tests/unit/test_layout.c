/* test_layout.c - the first pages and page tables of a PV domain */
#include "dom0-tools/build/layout.h"
#include "unit.h"

#define PAGE   4096ull
#define PAGES  16384ull /* 64 MiB */
#define BASE   0xffffffff80000000ull
#define P2M_AT 0x8000000000ull

static struct layout l;
static uint64_t p2m[PAGES];
static uint64_t (*tables)[512];

static bool plan_within(uint64_t nr_pages, uint64_t init_p2m, bool by_pfn, uint64_t ramdisk)
{
	struct elf_image elf = {.phys_start = 0x1000000, .phys_end = 0x2000000};
	struct elf_notes notes = {.virt_base = BASE, .init_p2m = init_p2m, .mod_start_pfn = by_pfn};

	return layout_plan(&l, &elf, &notes, nr_pages, ramdisk);
}

static bool plan(uint64_t init_p2m, bool by_pfn, uint64_t ramdisk)
{
	return plan_within(PAGES, init_p2m, by_pfn, ramdisk);
}

/* Machine frames that look nothing like the page numbers. */
static void write_tables(void)
{
	for (uint64_t i = 0; i < PAGES; i++)
		p2m[i] = 0x100000 + i * 3;
	tables = calloc(l.nr_tables, PAGE);
	layout_write_tables(&l, p2m, tables);
}

static uint64_t *table_of(uint64_t entry)
{
	for (uint64_t i = 0; i < l.nr_tables; i++)
		if (p2m[l.tables + i] == (entry & 0xffffffffff000) >> 12)
			return tables[i];
	return NULL;
}

/* Walks the tables as the processor would; the L1 entry, or 0. */
static uint64_t walk(uint64_t virt)
{
	uint64_t *table = tables[0], entry = 0;

	for (int shift = 39; shift >= 12; shift -= 9) {
		entry = table[virt >> shift & 511];
		if (!(entry & 1))
			return 0;
		table = table_of(entry);
		if (!table && shift > 12)
			return 0;
	}
	return entry;
}

TEST(every_page_is_mapped_to_its_frame)
{
	CU_ASSERT_TRUE_FATAL(plan(P2M_AT, true, 5000));
	write_tables();
	for (uint64_t pfn = 0; pfn < l.mapped_pages; pfn++)
		CU_ASSERT_EQUAL(walk(BASE + pfn * PAGE) >> 12, p2m[pfn]);
	CU_ASSERT_EQUAL(walk(BASE + l.mapped_pages * PAGE), 0);
	for (uint64_t i = 0; i < l.p2m_pages; i++)
		CU_ASSERT_EQUAL(walk(P2M_AT + i * PAGE) >> 12, p2m[l.p2m + i]);
	CU_ASSERT_EQUAL(walk(P2M_AT + l.p2m_pages * PAGE), 0);
	free(tables);
}

TEST(tables_are_mapped_read_only_and_nothing_else_is)
{
	CU_ASSERT_TRUE_FATAL(plan(P2M_AT, true, 0));
	write_tables();
	for (uint64_t pfn = 0; pfn < l.mapped_pages; pfn++) {
		bool is_table = pfn >= l.tables && pfn < l.tables + l.nr_tables;

		CU_ASSERT_EQUAL(walk(BASE + pfn * PAGE) >> 1 & 1, !is_table);
	}
	free(tables);
}

TEST(nothing_overlaps)
{
	for (int kind = 0; kind < 4; kind++) {
		uint8_t *used = calloc(PAGES, 1);

		CU_ASSERT_TRUE_FATAL(plan(kind & 1 ? P2M_AT : 0, kind & 2, 3 << 20));
		for (uint64_t i = 0; i < 0x2000; i++)
			used[i]++;
		for (uint64_t i = 0; i < l.ramdisk_pages; i++)
			used[l.ramdisk + i]++;
		for (uint64_t i = 0; i < l.p2m_pages; i++)
			used[l.p2m + i]++;
		for (uint64_t i = 0; i < l.nr_tables; i++)
			used[l.tables + i]++;
		used[l.start_info]++;
		used[l.store]++;
		used[l.console]++;
		used[l.stack]++;
		for (uint64_t i = 0; i < PAGES; i++)
			CU_ASSERT_TRUE(used[i] <= 1);
		free(used);
		CU_ASSERT_TRUE(l.stack < l.mapped_pages);
		CU_ASSERT_EQUAL(l.mapped_pages % 1024, 0);
		CU_ASSERT_TRUE(l.mapped_pages - l.stack > 128);
	}
}

TEST(a_list_without_an_address_of_its_own_is_in_the_first_range)
{
	CU_ASSERT_TRUE_FATAL(plan(0, false, 0));
	CU_ASSERT_FALSE(l.p2m_apart);
	CU_ASSERT_EQUAL(l.p2m_virt, BASE + l.p2m * PAGE);
	CU_ASSERT_TRUE(l.p2m + l.p2m_pages <= l.mapped_pages);
}

TEST(what_does_not_fit_is_refused_with_its_size)
{
	CU_ASSERT_FALSE(plan(P2M_AT, true, 60ull << 20));
	CU_ASSERT_TRUE(l.end > PAGES && l.end < 2 * PAGES);
}

/* The kernel ends at 32 MiB. Where there is memory, what is mapped ends at 36. */
TEST(a_small_domain_has_all_its_memory_mapped)
{
	const uint64_t small = 33 * 256;

	CU_ASSERT_TRUE_FATAL(plan_within(small, 0, false, 0));
	CU_ASSERT_EQUAL(l.mapped_pages, small);
	CU_ASSERT_EQUAL(l.end, small);
	write_tables();
	for (uint64_t pfn = 0; pfn < small; pfn++)
		CU_ASSERT_EQUAL(walk(BASE + pfn * PAGE) >> 12, p2m[pfn]);
	CU_ASSERT_EQUAL(walk(BASE + small * PAGE), 0);
	free(tables);
	CU_ASSERT_TRUE_FATAL(plan_within(36 * 256, 0, false, 0));
	CU_ASSERT_EQUAL(l.mapped_pages, 36 * 256);
	CU_ASSERT_TRUE_FATAL(plan_within(37 * 256, 0, false, 0));
	CU_ASSERT_EQUAL(l.mapped_pages, 36 * 256);
}

TEST(half_a_mib_behind_the_stack_is_there_in_the_smallest_domain)
{
	uint64_t least = 0x2000;

	/* With the domain its list grows. */
	while (!plan_within(least, 0, false, 0)) {
		CU_ASSERT_TRUE_FATAL(l.end > least);
		least = l.end;
	}
	CU_ASSERT_EQUAL(l.mapped_pages, least);
	CU_ASSERT_EQUAL(least, l.stack + 1 + 128);
	CU_ASSERT_FALSE(plan_within(least - 1, 0, false, 0));
}
