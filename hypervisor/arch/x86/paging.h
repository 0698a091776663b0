/* paging.h - the hypervisor's own part of every address space (what is where: layout.h) */
#ifndef ARCH_X86_PAGING_H
#define ARCH_X86_PAGING_H

#include "arch/x86/layout.h"
#include "core/pte.h"

/* Flags of leaf entries. Accessed and dirty are set beforehand, to spare the CPU the writing. */
#define PAGE_READ_ONLY	(PTE_P | PTE_A | PTE_D | PTE_G | PTE_NX)
#define PAGE_READ_WRITE (PAGE_READ_ONLY | PTE_RW)
#define PAGE_EXECUTE	(PAGE_READ_ONLY & ~PTE_NX)
#define PAGE_UNCACHED	(PTE_PCD | PTE_PWT)

extern uint64_t idle_l4[512]; /* the tables that are loaded while no guest's are */

/* Builds the final tables (boot_info's RAM in the direct map, the image with its rights) and loads them. Boot CPU. */
void paging_init(void);

/* Loads idle_l4 on the CPU that calls. EFER.NX must be on. */
void paging_load_idle(void);

/* Makes `va` (all of `size`, in the hypervisor's part) show `pa`, by the largest pages that fit. Boot only, and new places
 * only: nothing is flushed. */
void paging_map(uint64_t va, paddr_t pa, uint64_t size, uint64_t flags);

/* The first frame of what is mapped at `va` by a page of 2 MiB. */
mfn_t paging_large_page(uint64_t va);

/* Takes the mapping of boot code away and flushes this CPU; pages of 4 KiB only. */
void paging_unmap(uint64_t va, uint64_t size);

/* Page tables for a CPU's window (layout.h). -ENOMEM. */
int window_init(unsigned cpu);
/* The page at `offset` of a CPU's window. The caller invalidates the address (window_address) where it matters. */
void window_map(unsigned cpu, unsigned offset, mfn_t m, bool writable);
void window_unmap(unsigned cpu, unsigned offset);

static inline uint64_t window_address(unsigned cpu, unsigned offset)
{
	return WINDOW_VIRT + (uint64_t)cpu * WINDOW_SIZE + offset;
}

#endif
