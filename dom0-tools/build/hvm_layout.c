/* hvm_layout.c - the guest-physical memory of an HVM domain, and what SeaBIOS finds there at its start */
#include <string.h>

#include "hvm_layout.h"

#define PAGE 4096ull

/* What SeaBIOS is told where it sees Xen's ABI; its checksum makes all bytes zero. */
struct bios_info {
	char signature[14];
	uint8_t length, checksum;
	uint32_t tables, nr_tables; /* an array of addresses */
	uint32_t e820, nr_e820;
} __attribute__((packed));

struct e820_entry {
	uint64_t addr, size;
	uint32_t type;
} __attribute__((packed));

struct info_page {
	struct bios_info info;
	uint32_t tables[1];
	struct e820_entry e820[HVM_RANGES_MOST];
};
_Static_assert(sizeof(struct info_page) <= PAGE, "all that SeaBIOS is told fits in a page");

static void add_range(struct hvm_layout *l, uint64_t addr, uint64_t end, uint32_t type)
{
	l->ranges[l->nr_ranges++] = (struct hvm_memmap_table_entry){.addr = addr, .size = end - addr, .type = type};
}

void hvm_plan_memory(struct hvm_layout *l, uint64_t nr_pages)
{
	*l = (struct hvm_layout){.nr_pages = nr_pages};
	l->low_pages = nr_pages < HVM_LOW_END / PAGE ? nr_pages : HVM_LOW_END / PAGE;
	add_range(l, 0, HVM_WINDOW, XEN_HVM_MEMMAP_TYPE_RAM);
	add_range(l, HVM_BIOS_END - 0x10000, HVM_BIOS_END, XEN_HVM_MEMMAP_TYPE_RESERVED);
	add_range(l, HVM_BIOS_END, l->low_pages * PAGE, XEN_HVM_MEMMAP_TYPE_RAM);
	add_range(l, HVM_ACPI, HVM_ACPI + HVM_ACPI_PAGES * PAGE, XEN_HVM_MEMMAP_TYPE_ACPI);
	add_range(l, 0xfec00000, HVM_HIGH_START, XEN_HVM_MEMMAP_TYPE_RESERVED);
	if (nr_pages > l->low_pages)
		add_range(l, HVM_HIGH_START, HVM_HIGH_START + (nr_pages - l->low_pages) * PAGE,
			  XEN_HVM_MEMMAP_TYPE_RAM);
}

uint64_t hvm_gfn(const struct hvm_layout *l, uint64_t page)
{
	return page < l->low_pages ? page : page - l->low_pages + HVM_HIGH_START / PAGE;
}

void hvm_write_bios_info(const struct hvm_layout *l, uint8_t page[4096])
{
	struct info_page *p = (struct info_page *)page;
	uint8_t sum = 0;

	memset(page, 0, PAGE);
	memcpy(p->info.signature, "XenHVMSeaBIOS", sizeof(p->info.signature));
	p->info.length = sizeof(p->info);
	p->info.tables = HVM_BIOS_INFO + offsetof(struct info_page, tables);
	p->info.nr_tables = 1;
	p->tables[0] = HVM_ACPI;
	p->info.e820 = HVM_BIOS_INFO + offsetof(struct info_page, e820);
	p->info.nr_e820 = l->nr_ranges;
	for (unsigned int i = 0; i < l->nr_ranges; i++)
		p->e820[i] = (struct e820_entry){l->ranges[i].addr, l->ranges[i].size, l->ranges[i].type};
	for (unsigned int i = 0; i < sizeof(p->info); i++)
		sum += page[i];
	p->info.checksum = -sum;
}
