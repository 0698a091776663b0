/* pvh_layout.c - the guest-physical memory of a PVH domain, and what it finds there at its start */
#include <string.h>

#include "pvh_layout.h"

#define PAGE 4096ull

/* The one page that start_info is in. */
struct start_page {
	struct hvm_start_info info;
	struct hvm_modlist_entry ramdisk;
	struct hvm_memmap_table_entry ranges[PVH_RANGES_MOST];
	char cmdline[1024];
};
_Static_assert(sizeof(struct start_page) <= PAGE, "start_info and what it names fit in a page");

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + PAGE - 1) / PAGE;
}

static void add_range(struct pvh_layout *l, uint64_t addr, uint64_t pages, uint32_t type)
{
	l->ranges[l->nr_ranges++] = (struct hvm_memmap_table_entry){.addr = addr, .size = pages * PAGE, .type = type};
}

void pvh_plan_memory(struct pvh_layout *l, uint64_t nr_pages)
{
	*l = (struct pvh_layout){.nr_pages = nr_pages};
	l->low_pages = nr_pages < PVH_LOW_END / PAGE ? nr_pages : PVH_LOW_END / PAGE;
	add_range(l, 0, l->low_pages, XEN_HVM_MEMMAP_TYPE_RAM);
	add_range(l, PVH_ACPI, PVH_ACPI_PAGES, XEN_HVM_MEMMAP_TYPE_ACPI);
	add_range(l, PVH_LAPIC, 1, XEN_HVM_MEMMAP_TYPE_RESERVED);
	add_range(l, PVH_SPECIAL, PVH_SPECIAL_PAGES, XEN_HVM_MEMMAP_TYPE_RESERVED);
	if (nr_pages > l->low_pages)
		add_range(l, PVH_HIGH_START, nr_pages - l->low_pages, XEN_HVM_MEMMAP_TYPE_RAM);
}

uint64_t pvh_gfn(const struct pvh_layout *l, uint64_t page)
{
	return page < l->low_pages ? page : page - l->low_pages + PVH_HIGH_START / PAGE;
}

bool pvh_plan_start(struct pvh_layout *l, const struct elf_image *elf, uint64_t ramdisk_bytes)
{
	l->start_info = pages_of(elf->phys_end);
	l->ramdisk = l->start_info + 1;
	l->ramdisk_bytes = ramdisk_bytes;
	l->ramdisk_pages = pages_of(ramdisk_bytes);
	l->end = l->ramdisk + l->ramdisk_pages;
	return l->end <= l->low_pages;
}

void pvh_write_start_info(const struct pvh_layout *l, const char *cmdline, void *page)
{
	struct start_page *s = page;
	uint64_t at = l->start_info * PAGE;

	memset(page, 0, PAGE);
	s->info.magic = XEN_HVM_START_MAGIC_VALUE;
	s->info.version = 1;
	s->info.cmdline_paddr = at + offsetof(struct start_page, cmdline);
	s->info.rsdp_paddr = PVH_ACPI;
	s->info.memmap_paddr = at + offsetof(struct start_page, ranges);
	s->info.memmap_entries = l->nr_ranges;
	memcpy(s->ranges, l->ranges, l->nr_ranges * sizeof(l->ranges[0]));
	strncpy(s->cmdline, cmdline, sizeof(s->cmdline) - 1);
	if (l->ramdisk_bytes) {
		s->info.nr_modules = 1;
		s->info.modlist_paddr = at + offsetof(struct start_page, ramdisk);
		s->ramdisk.paddr = l->ramdisk * PAGE;
		s->ramdisk.size = l->ramdisk_bytes;
	}
}
