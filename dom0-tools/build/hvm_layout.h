/* hvm_layout.h - the guest-physical memory of an HVM domain, and what SeaBIOS finds there at its start */
#ifndef BUILD_HVM_LAYOUT_H
#define BUILD_HVM_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/arch-x86/hvm/start_info.h>

/*
 * A PC's: RAM but for the adapters' window, the BIOS at its end below 1 MiB, and from HVM_LOW_END to 4 GiB PCI
 * (0xf0000000, by dom0-tools/firmware), ACPI's tables, I/O and local APICs, and the pages shared with store and
 * console.
 */
#define HVM_LOW_END	  0xc0000000ull
#define HVM_HIGH_START	  0x100000000ull
#define HVM_WINDOW	  0xa0000ull /* of adapters: no RAM */
#define HVM_WINDOW_PAGES  32
#define HVM_BIOS_END	  0x100000ull
#define HVM_BIOS_MOST	  0x40000ull
#define HVM_BIOS_INFO	  0x1000ull /* where SeaBIOS looks for what it is told */
#define HVM_ACPI	  0xfc000000ull
#define HVM_ACPI_PAGES	  4
#define HVM_SPECIAL	  0xfeffe000ull
#define HVM_SPECIAL_PAGES 2 /* store, console */
#define HVM_PAGES_MOST	  4 /* of each of the two */

#define HVM_RANGES_MOST 6

struct hvm_layout {
	uint64_t nr_pages;  /* of RAM, the window's included */
	uint64_t low_pages; /* of them below HVM_LOW_END */
	unsigned int nr_ranges;
	struct hvm_memmap_table_entry ranges[HVM_RANGES_MOST]; /* rising, none overlapping */
};

void hvm_plan_memory(struct hvm_layout *layout, uint64_t nr_pages);
/* The guest frame of page number `page` (below nr_pages); those of the window are given back later. */
uint64_t hvm_gfn(const struct hvm_layout *layout, uint64_t page);
/* Writes the page at HVM_BIOS_INFO, all of it: the memory map, and where ACPI's tables are. */
void hvm_write_bios_info(const struct hvm_layout *layout, uint8_t page[4096]);

#endif
