/* pv_layout.h - where everything is in the memory that a PV kernel starts with [pure]
 *
 * The guest begins with page tables that show one region of its memory, pseudo-physical page 0 at the kernel's virt_base:
 *
 *   … the kernel's image | initrd (1) | p2m (2) | start_info | special pages | page tables | boot stack | spare
 *
 * The region ends at a multiple of 4 MiB, with half of one at least to spare behind the stack. (1) A kernel that takes its
 * initrd by frame number finds it behind the region instead, mapped nowhere. (2) A kernel that names an address for its
 * p2m has it mapped there; the p2m's pages and the tables that map them are then behind the region too.
 *
 * Dom0's builder works by this: first pv_layout_plan(), then, with memory at hand, pv_layout_write_tables(). The toolstack's
 * has its own (dom0-tools/build/layout.h), which writes through foreign mappings and knows of domains that are too small for 4 MiB.
 */
#ifndef CORE_PV_LAYOUT_H
#define CORE_PV_LAYOUT_H

#include "lib/types.h"

struct pv_layout_request {
	uint64_t virt_base;	/* page-aligned address of page 0 */
	uint64_t kernel_end;	/* address behind the kernel's image */
	uint64_t p2m_address;	/* page-aligned; 0: the kernel names none */
	uint64_t nr_pages;	/* of the whole guest */
	uint64_t initrd_size;	/* bytes */
	bool initrd_unmapped;	/* the kernel takes it so */
	unsigned special_pages; /* between start_info and the tables: a DomU's store and console rings */
};

/* Pages from pfn on; at address va, 0 if the start tables do not show them. */
struct pv_range {
	uint64_t pfn, pages, va;
};

/* What is mapped from `start` on: pages from pfn on, by tables of which those of level n begin at table[n]. */
struct pv_region {
	uint64_t start, end, pfn;
	uint64_t table[5];
};

struct pv_layout {
	struct pv_range initrd, p2m, start_info, special, tables, stack;
	struct pv_range p2m_tables; /* no pages: the p2m is in the main region */
	struct pv_region main, p2m_region;
	uint64_t pages; /* all of the above are pages below this one */
};

/* -EINVAL: the addresses do not fit together, or clash with the hypervisor's. -ENOMEM: nr_pages is too small. */
int pv_layout_plan(const struct pv_layout_request *want, struct pv_layout *l);

/* How the tables are written: the machine frame and the contents of one of the guest's pages. */
struct pv_layout_io {
	mfn_t (*mfn)(void *context, uint64_t pfn);
	uint64_t *(*contents)(void *context, uint64_t pfn); /* a table page, zeroed before; used until the next call */
	void *context;
};

/* Fills in all page tables. Everything is writable but the tables. The root is the first page of l->tables. */
void pv_layout_write_tables(const struct pv_layout *l, const struct pv_layout_io *io);

#endif
