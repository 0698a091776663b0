/* pvh_layout.h - the guest-physical memory of a PVH domain, and what it finds there at its start */
#ifndef BUILD_PVH_LAYOUT_H
#define BUILD_PVH_LAYOUT_H

#include "core/elf_notes.h"
#include <xen/arch-x86/hvm/start_info.h>

/*
 * RAM begins at 0 and leaves a hole below 4 GiB, in which are pages beside the domain's memory:
 * ACPI's tables, and those shared with store and console. Local APICs are there, too, and Linux
 * puts its shared info page at 0xfe700000. Kernels look for start_info and what it names before
 * they have tables of their own that reach beyond 1 GiB, so it follows the kernel; then comes the
 * ramdisk.
 */
#define PVH_LOW_END	  0xc0000000ull /* where RAM below 4 GiB ends at most */
#define PVH_HIGH_START	  0x100000000ull
#define PVH_ACPI	  0xfc000000ull
#define PVH_ACPI_PAGES	  2
#define PVH_LAPIC	  0xfee00000ull
#define PVH_SPECIAL	  0xfeffe000ull
#define PVH_SPECIAL_PAGES 2 /* store, console */

#define PVH_RANGES_MOST 5

struct pvh_layout {
	uint64_t nr_pages;   /* of RAM */
	uint64_t low_pages;  /* of them below PVH_LOW_END */
	uint64_t start_info; /* page number; one page, which holds all that start_info names */
	uint64_t ramdisk, ramdisk_pages;
	uint64_t ramdisk_bytes;
	uint64_t end; /* first page nobody uses yet */
	unsigned int nr_ranges;
	struct hvm_memmap_table_entry ranges[PVH_RANGES_MOST]; /* rising, none overlapping */
};

/* Where the RAM is; the first half of the plan, known before the kernel is. */
void pvh_plan_memory(struct pvh_layout *layout, uint64_t nr_pages);
/* The guest frame of page number `page` (below nr_pages). */
uint64_t pvh_gfn(const struct pvh_layout *layout, uint64_t page);
/* The other half. false: it does not fit; layout->end says how many pages it would take. */
bool pvh_plan_start(struct pvh_layout *layout, const struct elf_image *elf, uint64_t ramdisk_bytes);
/* Writes that page of 4096 bytes, all of it. The command line has less than 1024 bytes. */
void pvh_write_start_info(const struct pvh_layout *layout, const char *cmdline, void *page);

#endif
