/* pte.h - page-table entries (Intel SDM vol. 3, 4.5; AMD APM vol. 2, 5.3) [pure] */
#ifndef CORE_PTE_H
#define CORE_PTE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/types.h"

#define PTE_P		 (1ULL << 0)
#define PTE_RW		 (1ULL << 1)
#define PTE_US		 (1ULL << 2)
#define PTE_PWT		 (1ULL << 3)
#define PTE_PCD		 (1ULL << 4)
#define PTE_A		 (1ULL << 5)
#define PTE_D		 (1ULL << 6)
#define PTE_PS		 (1ULL << 7) /* level 2 and 3: a large page; level 1: PAT */
#define PTE_G		 (1ULL << 8)
#define PTE_GUEST_KERNEL (1ULL << 52) /* ours: the guest made it without US, so it is its kernel's, and never global */
#define PTE_NX		 (1ULL << 63)

#define PTE_FRAME_MASK 0x000ffffffffff000ULL
#define PTES_PER_TABLE 512

static inline mfn_t pte_mfn(uint64_t pte)
{
	return MFN((pte & PTE_FRAME_MASK) >> PAGE_SHIFT);
}

static inline uint64_t pte_make(mfn_t m, uint64_t flags)
{
	return m.n << PAGE_SHIFT | flags;
}

/* The entry's index in a table of this level (1-4) for a virtual address. */
static inline unsigned pte_index(uint64_t va, unsigned level)
{
	return va >> (PAGE_SHIFT + 9 * (level - 1)) & (PTES_PER_TABLE - 1);
}

static inline bool is_canonical(uint64_t va)
{
	return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

/* Most entries of most tables are not present: four are looked at in one step. The first present one from i on, or the end. */
static inline unsigned pte_next_present(const uint64_t *table, unsigned i)
{
	while (i + 4 <= PTES_PER_TABLE && !((table[i] | table[i + 1] | table[i + 2] | table[i + 3]) & PTE_P))
		i += 4;
	while (i < PTES_PER_TABLE && !(table[i] & PTE_P))
		i++;
	return i;
}

/* The number of entries up to and with the last present one of the first i. */
static inline unsigned pte_last_present(const uint64_t *table, unsigned i)
{
	while (i >= 4 && !((table[i - 1] | table[i - 2] | table[i - 3] | table[i - 4]) & PTE_P))
		i -= 4;
	while (i && !(table[i - 1] & PTE_P))
		i--;
	return i;
}

#endif
