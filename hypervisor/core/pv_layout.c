/* pv_layout.c - where everything is in the memory that a PV kernel starts with */
#include "core/pv_layout.h"
#include "core/pte.h"
#include "lib/errno.h"

#define OURS_START 0xffff800000000000 /* the ABI keeps this part of the address space from guests */
#define OURS_END   0xffff880000000000

#define MAX_MEMORY   (1ull << 48) /* bytes: more is nobody's, and would make sums wrap */
#define REGION_ALIGN MIB(4)
#define REGION_SPARE KIB(512)

#define UPPER_FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A)
#define LEAF_FLAGS  (PTE_P | PTE_RW | PTE_A | PTE_D)

/* Bits of an address below those that choose an entry of a level-n table. */
static unsigned level_shift(unsigned level)
{
	return PAGE_SHIFT + 9 * (level - 1);
}

/* Which of the tables of `level` that map a region from `start` on has the entry for `va`. All share the level-4 table. */
static uint64_t table_number(uint64_t start, uint64_t va, unsigned level)
{
	return level == 4 ? 0 : (va >> level_shift(level + 1)) - (start >> level_shift(level + 1));
}

/* Places a region's tables of levels 3 to 1, one behind the other; returns how many. */
static uint64_t place_tables(struct pv_region *r, uint64_t first)
{
	uint64_t next = first;

	for (unsigned level = 3; level > 0; level--) {
		r->table[level] = next;
		next += table_number(r->start, r->end - 1, level) + 1;
	}
	return next - first;
}

/* May a guest have something mapped at [start, end)? The end of the address space does not count as one. */
static bool addresses_ok(uint64_t start, uint64_t end)
{
	return start < end && !(start & (PAGE_SIZE - 1)) && is_canonical(start) && is_canonical(end - 1) &&
	       !((start ^ (end - 1)) >> 63) && (end <= OURS_START || start >= OURS_END);
}

/* The next pages of the main region. */
static struct pv_range take(const struct pv_region *r, uint64_t *pfn, uint64_t pages)
{
	struct pv_range taken = {*pfn, pages, r->start + (*pfn << PAGE_SHIFT)};

	*pfn += pages;
	return taken;
}

/* The same, where no table shows them. */
static struct pv_range take_unmapped(uint64_t *pfn, uint64_t pages)
{
	struct pv_range taken = {*pfn, pages, 0};

	*pfn += pages;
	return taken;
}

/* The tables are in the region they map, so their number depends on itself: try until it fits. */
static int place_main_tables(struct pv_layout *l, uint64_t *pfn)
{
	uint64_t pages, needed = 4;

	do {
		pages = needed;
		uint64_t stack_end = l->main.start + ((*pfn + pages + 1) << PAGE_SHIFT);

		l->main.end = ROUND_UP(stack_end + REGION_SPARE, REGION_ALIGN);
		if (!addresses_ok(l->main.start, l->main.end))
			return -EINVAL;
		l->main.table[4] = *pfn;
		needed = place_tables(&l->main, *pfn + 1) + 1;
	} while (needed != pages);
	l->tables = take(&l->main, pfn, pages);
	l->stack = take(&l->main, pfn, 1);
	return 0;
}

/* The p2m at an address of its own. It shares no table with the main region but the root. */
static int place_p2m(struct pv_layout *l, uint64_t address, uint64_t pages, uint64_t *pfn)
{
	struct pv_region *r = &l->p2m_region;

	*r = (struct pv_region){.start = address, .end = address + (pages << PAGE_SHIFT), .pfn = *pfn};
	if (!addresses_ok(r->start, r->end))
		return -EINVAL;
	if (pte_index(r->start, 4) <= pte_index(l->main.end - 1, 4) &&
	    pte_index(l->main.start, 4) <= pte_index(r->end - 1, 4))
		return -EINVAL;
	l->p2m = (struct pv_range){*pfn, pages, address};
	r->table[4] = l->main.table[4];
	*pfn += pages;
	l->p2m_tables = take_unmapped(pfn, place_tables(r, *pfn));
	return 0;
}

int pv_layout_plan(const struct pv_layout_request *want, struct pv_layout *l)
{
	uint64_t initrd_pages = DIV_ROUND_UP(want->initrd_size, PAGE_SIZE);
	uint64_t p2m_pages = DIV_ROUND_UP(want->nr_pages, PAGE_SIZE / sizeof(uint64_t));
	uint64_t pfn;
	int err;

	*l = (struct pv_layout){.main = {.start = want->virt_base, .pfn = 0}};
	if (want->kernel_end <= want->virt_base || want->kernel_end - want->virt_base > MAX_MEMORY ||
	    want->initrd_size > MAX_MEMORY || want->nr_pages > MAX_MEMORY >> PAGE_SHIFT)
		return -EINVAL;
	pfn = DIV_ROUND_UP(want->kernel_end - want->virt_base, PAGE_SIZE);
	if (!want->initrd_unmapped)
		l->initrd = take(&l->main, &pfn, initrd_pages);
	if (!want->p2m_address)
		l->p2m = take(&l->main, &pfn, p2m_pages);
	l->start_info = take(&l->main, &pfn, 1);
	l->special = take(&l->main, &pfn, want->special_pages);
	err = place_main_tables(l, &pfn);
	if (err)
		return err;
	pfn = (l->main.end - l->main.start) >> PAGE_SHIFT;
	if (want->initrd_unmapped)
		l->initrd = take_unmapped(&pfn, initrd_pages);
	if (want->p2m_address)
		err = place_p2m(l, want->p2m_address, p2m_pages, &pfn);
	l->pages = pfn;
	return err ? err : pfn > want->nr_pages ? -ENOMEM : 0;
}

static bool is_table(const struct pv_layout *l, uint64_t pfn)
{
	return pfn - l->tables.pfn < l->tables.pages || pfn - l->p2m_tables.pfn < l->p2m_tables.pages;
}

/* Level `level` of one region: the entries that name tables of the next level, or pages. */
static void write_level(const struct pv_layout *l, const struct pv_region *r, unsigned level,
			const struct pv_layout_io *io)
{
	uint64_t step = 1ull << level_shift(level), first = ROUND_DOWN(r->start, step);
	uint64_t count = ((r->end - 1 - first) >> level_shift(level)) + 1;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t va = first + i * step, flags = UPPER_FLAGS, pfn;
		uint64_t table = r->table[level] + table_number(r->start, va, level);

		if (level > 1) {
			pfn = r->table[level - 1] + i;
		} else {
			pfn = r->pfn + i;
			flags = is_table(l, pfn) ? LEAF_FLAGS & ~PTE_RW : LEAF_FLAGS;
		}
		mfn_t m = io->mfn(io->context, pfn);

		io->contents(io->context, table)[pte_index(va, level)] = pte_make(m, flags);
	}
}

void pv_layout_write_tables(const struct pv_layout *l, const struct pv_layout_io *io)
{
	for (unsigned level = 4; level > 0; level--) {
		write_level(l, &l->main, level, io);
		if (l->p2m_tables.pages)
			write_level(l, &l->p2m_region, level, io);
	}
}
