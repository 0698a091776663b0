/* layout.c - where everything lies in a PV domain that begins to run */
#include "layout.h"

#define PAGE	  4096ull
#define ENTRIES	  512ull
#define LEVELS	  4
#define SLACK	  (512 * 1024 / PAGE) /* mapped behind the stack: the interface promises it */
#define MAP_ROUND 1024ull	      /* … and that the end is a multiple of 4 MiB */
#define PRESENT	  0x1ull
#define WRITABLE  0x2ull
#define USER	  0x4ull /* a PV kernel runs in ring 3 */
#define ACCESSED  0x20ull
#define DIRTY	  0x40ull

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + PAGE - 1) / PAGE;
}

/* The page number that a table of this level covers, and where in it an address is. */
static unsigned int shift(unsigned int level)
{
	return 12 + 9 * (level - 1);
}

/* Tables of one level that a range of addresses needs. */
static uint64_t tables_for(uint64_t virt, uint64_t pages, unsigned int level)
{
	unsigned int up = shift(level + 1);
	uint64_t last = virt + pages * PAGE - 1;

	return (last >> up) - (virt >> up) + 1;
}

static uint64_t count_tables(const struct layout *l)
{
	uint64_t count = 1; /* the root is shared */

	for (unsigned int level = 1; level < LEVELS; level++) {
		count += tables_for(l->virt_base, l->mapped_pages, level);
		if (l->p2m_apart)
			count += tables_for(l->p2m_virt, l->p2m_pages, level);
	}
	return count;
}

/* The tables map themselves: with each that is added, what must be mapped may grow by a page. */
static void place_tables(struct layout *l, uint64_t next)
{
	uint64_t least, need;

	l->tables = next;
	l->nr_tables = 0;
	do {
		l->stack = l->tables + l->nr_tables;
		least = l->stack + 1 + SLACK;
		l->mapped_pages = (least + MAP_ROUND - 1) / MAP_ROUND * MAP_ROUND;
		/* A small domain may have no memory up to there. What the kernel needs, it must have. */
		if (l->mapped_pages > l->nr_pages)
			l->mapped_pages = least > l->nr_pages ? least : l->nr_pages;
		need = count_tables(l);
		if (need <= l->nr_tables)
			break;
		l->nr_tables = need;
	} while (true);
}

bool layout_plan(struct layout *l, const struct elf_image *elf, const struct elf_notes *notes, uint64_t nr_pages,
		 uint64_t ramdisk_bytes)
{
	uint64_t next = pages_of(elf->phys_end - notes->paddr_offset);

	*l = (struct layout){.virt_base = notes->virt_base, .nr_pages = nr_pages};
	l->ramdisk_pages = pages_of(ramdisk_bytes);
	l->ramdisk_by_pfn = notes->mod_start_pfn;
	l->p2m_pages = pages_of(nr_pages * sizeof(uint64_t));
	l->p2m_apart = notes->init_p2m;
	l->p2m_virt = notes->init_p2m;
	if (!l->ramdisk_by_pfn) {
		l->ramdisk = next;
		next += l->ramdisk_pages;
	}
	if (!l->p2m_apart) {
		l->p2m = next;
		l->p2m_virt = l->virt_base + next * PAGE;
		next += l->p2m_pages;
	}
	l->start_info = next++;
	l->store = next++;
	l->console = next++;
	place_tables(l, next);
	next = l->stack + 1;
	if (l->p2m_apart) {
		l->p2m = next;
		next += l->p2m_pages;
	}
	if (l->ramdisk_by_pfn) {
		l->ramdisk = next;
		next += l->ramdisk_pages;
	}
	/* What is mapped must exist. */
	l->end = next > l->mapped_pages ? next : l->mapped_pages;
	return l->end <= nr_pages;
}

struct builder {
	const struct layout *l;
	const uint64_t *p2m;
	uint64_t (*tables)[512];
	uint64_t used;
};

static uint64_t *child(struct builder *b, uint64_t *entry)
{
	const struct layout *l = b->l;
	uint64_t n;

	if (!*entry) {
		n = b->used++;
		*entry = b->p2m[l->tables + n] << 12 | PRESENT | WRITABLE | USER | ACCESSED | DIRTY;
		return b->tables[n];
	}
	/* The entry holds a machine frame; which of our tables that is must be found again. */
	for (n = 0; b->p2m[l->tables + n] != *entry >> 12; n++)
		;
	return b->tables[n];
}

static void map_range(struct builder *b, uint64_t virt, uint64_t first, uint64_t pages)
{
	const struct layout *l = b->l;
	uint64_t *table = NULL, pfn, index, flags;

	for (pfn = first; pages--; pfn++, virt += PAGE) {
		index = virt / PAGE % ENTRIES;
		if (!table || !index) {
			table = b->tables[0];
			for (unsigned int level = LEVELS; level > 1; level--)
				table = child(b, &table[virt >> shift(level) & (ENTRIES - 1)]);
		}
		flags = PRESENT | USER | ACCESSED;
		if (pfn < l->tables || pfn >= l->tables + l->nr_tables)
			flags |= WRITABLE | DIRTY;
		table[index] = b->p2m[pfn] << 12 | flags;
	}
}

void layout_write_tables(const struct layout *l, const uint64_t *p2m, uint64_t (*tables)[512])
{
	struct builder b = {l, p2m, tables, 1};

	map_range(&b, l->virt_base, 0, l->mapped_pages);
	if (l->p2m_apart)
		map_range(&b, l->p2m_virt, l->p2m, l->p2m_pages);
}
