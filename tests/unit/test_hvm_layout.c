/* test_hvm_layout.c - the memory of an HVM domain, and what SeaBIOS is told of it */
#include "dom0-tools/build/hvm_layout.h"
#include "lib/types.h"
#include "unit.h"

#define PAGE 4096ull

static struct hvm_layout l;

TEST(memory_goes_around_the_holes)
{
	static const uint64_t sizes[] = {1024, 786432, 786433, 1 << 22};

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		uint64_t ram = 0;

		hvm_plan_memory(&l, sizes[s]);
		CU_ASSERT_TRUE(l.nr_ranges <= HVM_RANGES_MOST);
		for (unsigned int i = 0; i < l.nr_ranges; i++) {
			if (l.ranges[i].type == XEN_HVM_MEMMAP_TYPE_RAM)
				ram += l.ranges[i].size;
			if (i)
				CU_ASSERT_TRUE(l.ranges[i].addr >= l.ranges[i - 1].addr + l.ranges[i - 1].size);
		}
		/* All but what is an adapter's or the BIOS's. */
		CU_ASSERT_EQUAL(ram, sizes[s] * PAGE - (HVM_BIOS_END - HVM_WINDOW));
	}
	CU_ASSERT_EQUAL(hvm_gfn(&l, HVM_LOW_END / PAGE - 1), HVM_LOW_END / PAGE - 1);
	CU_ASSERT_EQUAL(hvm_gfn(&l, HVM_LOW_END / PAGE), HVM_HIGH_START / PAGE);
}

TEST(seabios_is_told_in_a_page_that_sums_to_zero)
{
	_Alignas(8) uint8_t page[PAGE];
	uint32_t tables, nr, table, e820;
	uint64_t addr, size;
	uint8_t sum = 0;

	memset(page, 0xff, sizeof(page));
	hvm_plan_memory(&l, 16384);
	hvm_write_bios_info(&l, page);
	CU_ASSERT_EQUAL(memcmp(page, "XenHVMSeaBIOS", 14), 0);
	CU_ASSERT_EQUAL_FATAL(page[14], 32);
	for (unsigned int i = 0; i < page[14]; i++)
		sum += page[i];
	CU_ASSERT_EQUAL(sum, 0);
	memcpy(&tables, page + 16, 4);
	memcpy(&nr, page + 20, 4);
	CU_ASSERT_EQUAL(nr, 1);
	memcpy(&table, page + tables - HVM_BIOS_INFO, 4);
	CU_ASSERT_EQUAL(table, HVM_ACPI);
	memcpy(&e820, page + 24, 4);
	memcpy(&nr, page + 28, 4);
	CU_ASSERT_EQUAL(nr, l.nr_ranges);
	memcpy(&addr, page + e820 - HVM_BIOS_INFO + 2 * 20, 8);
	memcpy(&size, page + e820 - HVM_BIOS_INFO + 2 * 20 + 8, 8);
	CU_ASSERT_EQUAL(addr, HVM_BIOS_END);
	CU_ASSERT_EQUAL(size, 16384 * PAGE - HVM_BIOS_END);
}
