/* layout.h - where everything lies in a PV domain that begins to run */
#ifndef BUILD_LAYOUT_H
#define BUILD_LAYOUT_H

#include "core/elf_notes.h"

/*
 * A PV kernel starts with its first pages mapped: page number n at virt_base + n * 4096, from 0 up
 * to mapped_pages. In this order they hold the kernel (at its own place), the ramdisk if the kernel
 * wants it mapped, the p2m list if the kernel has no address of its own for it, the pages of
 * start_info, store and console, the page tables, and a stack. Half a MiB at least follows, and then
 * all up to a multiple of 4 MiB or to the end of the domain's memory. Beyond that, unmapped: the ramdisk,
 * or the p2m list, which is then mapped at p2m_virt by tables of its own. All numbers are of pages.
 */
struct layout {
	uint64_t virt_base;
	uint64_t nr_pages; /* of the domain */
	uint64_t ramdisk, ramdisk_pages;
	uint64_t start_info, store, console, stack;
	uint64_t tables, nr_tables; /* the first table is the root */
	uint64_t mapped_pages;
	uint64_t p2m, p2m_pages;
	uint64_t p2m_virt; /* virtual address of the list */
	bool p2m_apart;	   /* mapped at p2m_virt, outside the range above */
	bool ramdisk_by_pfn;
	uint64_t end; /* first page nobody uses yet */
};

/* false: it does not fit in nr_pages; layout->end says how many pages it would take. */
bool layout_plan(struct layout *layout, const struct elf_image *elf, const struct elf_notes *notes, uint64_t nr_pages,
		 uint64_t ramdisk_bytes);

/*
 * Writes the page tables: tables[i] is page number layout->tables + i, all zero on entry. Pages
 * that are tables are mapped read-only, as PV demands. p2m has the machine frame of each page.
 */
void layout_write_tables(const struct layout *layout, const uint64_t *p2m, uint64_t (*tables)[512]);

#endif
