/* test_pvh_layout.c - the memory of a PVH domain, and the page it finds its start_info in */
#include "dom0-tools/build/pvh_layout.h"
#include "unit.h"

#define PAGE 4096ull

static struct pvh_layout l;
static uint8_t page[PAGE];

static bool plan(uint64_t nr_pages, uint64_t ramdisk)
{
	struct elf_image elf = {.phys_start = 0x1000000, .phys_end = 0x2c00123};

	pvh_plan_memory(&l, nr_pages);
	return pvh_plan_start(&l, &elf, ramdisk);
}

/* What a guest-physical address of that page is. */
static const void *at(uint64_t paddr)
{
	CU_ASSERT_TRUE_FATAL(paddr >= l.start_info * PAGE && paddr < (l.start_info + 1) * PAGE);
	return page + (paddr - l.start_info * PAGE);
}

TEST(small_memory_is_in_one_piece)
{
	pvh_plan_memory(&l, 192 * 256);
	CU_ASSERT_EQUAL(l.low_pages, 192 * 256);
	CU_ASSERT_EQUAL(pvh_gfn(&l, 192 * 256 - 1), 192 * 256 - 1);
	CU_ASSERT_EQUAL(l.ranges[0].size, 192ull << 20);
	CU_ASSERT_EQUAL(l.nr_ranges, 4);
}

TEST(large_memory_goes_around_the_hole)
{
	uint64_t ram = 0;

	pvh_plan_memory(&l, GIB(5) / PAGE);
	CU_ASSERT_EQUAL(pvh_gfn(&l, PVH_LOW_END / PAGE - 1), PVH_LOW_END / PAGE - 1);
	CU_ASSERT_EQUAL(pvh_gfn(&l, PVH_LOW_END / PAGE), PVH_HIGH_START / PAGE);
	CU_ASSERT_EQUAL(pvh_gfn(&l, GIB(5) / PAGE - 1), GIB(6) / PAGE - 1);
	for (unsigned int i = 0; i < l.nr_ranges; i++)
		if (l.ranges[i].type == XEN_HVM_MEMMAP_TYPE_RAM)
			ram += l.ranges[i].size;
	CU_ASSERT_EQUAL(ram, GIB(5));
}

TEST(ranges_rise_and_do_not_overlap)
{
	static const uint64_t sizes[] = {4096, 786431, 786432, 786433, 1 << 22};

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		pvh_plan_memory(&l, sizes[s]);
		for (unsigned int i = 0; i < l.nr_ranges; i++) {
			CU_ASSERT_TRUE(l.ranges[i].size > 0);
			if (i)
				CU_ASSERT_TRUE(l.ranges[i].addr >= l.ranges[i - 1].addr + l.ranges[i - 1].size);
		}
	}
}

/* Extents of 2 MiB begin where the guest's numbers do, on both sides of the hole. */
TEST(the_hole_leaves_large_pages_whole)
{
	pvh_plan_memory(&l, GIB(5) / PAGE);
	for (uint64_t i = 0; i + 512 <= l.nr_pages; i += 512) {
		CU_ASSERT_EQUAL(pvh_gfn(&l, i) % 512, 0);
		CU_ASSERT_EQUAL(pvh_gfn(&l, i + 511), pvh_gfn(&l, i) + 511);
	}
}

TEST(what_it_starts_with_follows_the_kernel)
{
	CU_ASSERT_TRUE_FATAL(plan(192 * 256, 5 * 1024 * 1024 + 1));
	CU_ASSERT_EQUAL(l.start_info, 0x2c01);
	CU_ASSERT_EQUAL(l.ramdisk, 0x2c02);
	CU_ASSERT_EQUAL(l.ramdisk_pages, 5 * 256 + 1);
	CU_ASSERT_EQUAL(l.end, 0x2c02 + 5 * 256 + 1);
}

TEST(too_little_memory_is_told_with_the_size_it_takes)
{
	CU_ASSERT_TRUE(plan(0x2c03, 4096));
	CU_ASSERT_FALSE(plan(0x2c02, 4096));
	CU_ASSERT_EQUAL(l.end, 0x2c03);
	/* A ramdisk that only fits beyond the hole does not fit. */
	CU_ASSERT_FALSE(plan(GIB(8) / PAGE, GIB(4)));
}

TEST(start_info_leads_to_everything)
{
	const struct hvm_start_info *info = (const void *)page;
	const struct hvm_modlist_entry *ramdisk;

	CU_ASSERT_TRUE_FATAL(plan(192 * 256, 12345));
	memset(page, 0xaa, sizeof(page));
	pvh_write_start_info(&l, "console=hvc0 quiet", page);
	CU_ASSERT_EQUAL(info->magic, XEN_HVM_START_MAGIC_VALUE);
	CU_ASSERT_EQUAL(info->version, 1);
	CU_ASSERT_EQUAL(info->rsdp_paddr, PVH_ACPI);
	CU_ASSERT_EQUAL(info->nr_modules, 1);
	CU_ASSERT_STRING_EQUAL(at(info->cmdline_paddr), "console=hvc0 quiet");
	ramdisk = at(info->modlist_paddr);
	CU_ASSERT_EQUAL(ramdisk->paddr, l.ramdisk * PAGE);
	CU_ASSERT_EQUAL(ramdisk->size, 12345);
	CU_ASSERT_EQUAL(info->memmap_entries, l.nr_ranges);
	CU_ASSERT_EQUAL(memcmp(at(info->memmap_paddr), l.ranges, l.nr_ranges * sizeof(l.ranges[0])), 0);
}

TEST(without_a_ramdisk_there_is_no_module)
{
	const struct hvm_start_info *info = (const void *)page;

	CU_ASSERT_TRUE_FATAL(plan(192 * 256, 0));
	pvh_write_start_info(&l, "", page);
	CU_ASSERT_EQUAL(info->nr_modules, 0);
	CU_ASSERT_EQUAL(info->modlist_paddr, 0);
}
