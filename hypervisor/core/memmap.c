/* memmap.c - what is where in the machine's physical memory */
#include "core/memmap.h"
#include "lib/errno.h"
#include "lib/string.h"

/* How strict a type is: the stricter of two claims holds. */
static unsigned int strictness(enum memmap_type type)
{
	static const uint8_t order[] = {
		[MEMMAP_RAM] = 1, [MEMMAP_MODULE] = 2,	 [MEMMAP_OWN] = 3,	[MEMMAP_ACPI] = 4,
		[MEMMAP_NVS] = 5, [MEMMAP_RESERVED] = 6, [MEMMAP_UNUSABLE] = 7,
	};

	return order[type];
}

static bool is_ram(enum memmap_type type)
{
	return type == MEMMAP_RAM || type == MEMMAP_MODULE || type == MEMMAP_OWN;
}

/* --- Painting: giving a range of addresses a type -------------------------------------------- */

static void insert_entry(struct memmap *map, unsigned int at, struct memmap_entry entry)
{
	memmove(&map->entry[at + 1], &map->entry[at], (map->count - at) * sizeof(struct memmap_entry));
	map->entry[at] = entry;
	map->count++;
}

/* The first entry that ends behind an address. */
static unsigned int first_behind(const struct memmap *map, paddr_t address)
{
	unsigned int i = 0;

	while (i < map->count && map->entry[i].end <= address)
		i++;
	return i;
}

/* Makes an entry that has address inside it into two that meet there. */
static void split_at(struct memmap *map, paddr_t address)
{
	unsigned int i = first_behind(map, address);

	if (i < map->count && map->entry[i].start < address) {
		struct memmap_entry upper = map->entry[i];

		map->entry[i].end = address;
		upper.start = address;
		insert_entry(map, i + 1, upper);
	}
}

static void merge_neighbours(struct memmap *map)
{
	unsigned int from, to = 0;

	for (from = 1; from < map->count; from++) {
		struct memmap_entry *last = &map->entry[to];

		if (last->end == map->entry[from].start && last->type == map->entry[from].type)
			last->end = map->entry[from].end;
		else
			map->entry[++to] = map->entry[from];
	}
	if (map->count)
		map->count = to + 1;
}

/* Room for both splits and for filling every hole in start..end-1. */
static bool has_room(const struct memmap *map, paddr_t start, paddr_t end, bool fill)
{
	unsigned int i = first_behind(map, start), need = map->count + 2;

	if (fill) {
		need++;
		for (; i < map->count && map->entry[i].start < end; i++)
			need++;
	}
	return need <= MEMMAP_MAX;
}

static int paint(struct memmap *map, paddr_t start, paddr_t end, enum memmap_type type)
{
	paddr_t at = start;
	unsigned int i;

	if (!has_room(map, start, end, true))
		return -ENOSPC;
	split_at(map, start);
	split_at(map, end);
	for (i = first_behind(map, start); at < end; i++) {
		paddr_t next = i < map->count ? MIN(map->entry[i].start, end) : end;

		if (at < next) {
			insert_entry(map, i, (struct memmap_entry){at, next, type});
			at = next;
			continue;
		}
		if (strictness(type) > strictness(map->entry[i].type))
			map->entry[i].type = type;
		at = map->entry[i].end;
	}
	merge_neighbours(map);
	return 0;
}

/* Changes what is of one type in a range to another. */
static int repaint(struct memmap *map, paddr_t start, paddr_t end, bool from_ram, enum memmap_type to)
{
	unsigned int i;

	if (end < start)
		return -EINVAL;
	start = ROUND_DOWN(MIN(start, MEMMAP_TOP), PAGE_SIZE);
	end = ROUND_UP(MIN(end, MEMMAP_TOP), PAGE_SIZE);
	if (start == end)
		return 0;
	if (!has_room(map, start, end, false))
		return -ENOSPC;
	split_at(map, start);
	split_at(map, end);
	i = first_behind(map, start);
	for (; i < map->count && map->entry[i].start < end; i++)
		if (from_ram ? map->entry[i].type == MEMMAP_RAM : is_ram(map->entry[i].type))
			map->entry[i].type = to;
	merge_neighbours(map);
	return 0;
}

int memmap_reserve(struct memmap *map, paddr_t start, paddr_t end, enum memmap_type as)
{
	if (as != MEMMAP_MODULE && as != MEMMAP_OWN)
		return -EINVAL;
	return repaint(map, start, end, true, as);
}

int memmap_release(struct memmap *map, paddr_t start, paddr_t end)
{
	return repaint(map, start, end, false, MEMMAP_RAM);
}

/* --- Reading what the firmware says ---------------------------------------------------------- */

int memmap_add(struct memmap *map, paddr_t start, uint64_t length, uint32_t type)
{
	paddr_t end;

	if (type < MEMMAP_RAM || type > MEMMAP_UNUSABLE)
		type = MEMMAP_RESERVED;
	if (!length || start >= MEMMAP_TOP)
		return 0;
	end = length > MEMMAP_TOP - start ? MEMMAP_TOP : start + length;
	if (type == MEMMAP_RAM) {
		start = ROUND_UP(start, PAGE_SIZE);
		end = ROUND_DOWN(end, PAGE_SIZE);
	} else {
		start = ROUND_DOWN(start, PAGE_SIZE);
		end = ROUND_UP(end, PAGE_SIZE);
	}
	return start < end ? paint(map, start, end, (enum memmap_type)type) : 0;
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return n;
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t n;

	memcpy(&n, at, sizeof(n));
	return n;
}

int memmap_add_multiboot1(struct memmap *map, const void *entries, size_t length)
{
	const uint8_t *at = entries;
	int rc;

	while (length) {
		uint32_t rest;

		if (length < 24)
			return -EINVAL;
		rest = get32(at);
		if (rest < 20 || rest > length - 4)
			return -EINVAL;
		rc = memmap_add(map, get64(at + 4), get64(at + 12), get32(at + 20));
		if (rc)
			return rc;
		at += 4 + (size_t)rest;
		length -= 4 + (size_t)rest;
	}
	return 0;
}

int memmap_add_multiboot2(struct memmap *map, const void *entries, size_t length, uint32_t entry_size)
{
	const uint8_t *at = entries;
	int rc;

	if (entry_size < 20)
		return -EINVAL;
	for (; length >= entry_size; length -= entry_size, at += entry_size) {
		rc = memmap_add(map, get64(at), get64(at + 8), get32(at + 16));
		if (rc)
			return rc;
	}
	return length ? -EINVAL : 0;
}

/* What an EFI memory type is to us once boot services are over. */
static enum memmap_type type_of_efi(uint32_t type, uint64_t attributes)
{
	enum { WRITE_BACK = 1 << 3 };

	switch (type) {
	case 1: /* loader code and data, among them our modules: set aside by whoever knows where */
	case 2:
	case 3: /* boot services' code and data */
	case 4:
	case 7: /* never used */
		return attributes & WRITE_BACK ? MEMMAP_RAM : MEMMAP_RESERVED;
	case 8:
		return MEMMAP_UNUSABLE;
	case 9:
		return MEMMAP_ACPI;
	case 10:
		return MEMMAP_NVS;
	default: /* runtime services, device memory, and what is yet to be invented */
		return MEMMAP_RESERVED;
	}
}

int memmap_add_efi(struct memmap *map, const void *entries, size_t length, uint32_t entry_size)
{
	const uint8_t *at = entries;
	int rc;

	if (entry_size < 40)
		return -EINVAL;
	for (; length >= entry_size; length -= entry_size, at += entry_size) {
		uint64_t pages = MIN(get64(at + 24), MEMMAP_TOP >> PAGE_SHIFT);

		rc = memmap_add(map, get64(at + 8), pages << PAGE_SHIFT, type_of_efi(get32(at), get64(at + 32)));
		if (rc)
			return rc;
	}
	return length ? -EINVAL : 0;
}

/* --- Questions ------------------------------------------------------------------------------- */

int memmap_find(const struct memmap *map, uint64_t size, uint64_t align, paddr_t low, paddr_t high, paddr_t *start)
{
	unsigned int i;

	if (!size || align < PAGE_SIZE || (align & (align - 1)))
		return -EINVAL;
	for (i = map->count; i-- > 0;) {
		const struct memmap_entry *e = &map->entry[i];
		paddr_t from = MAX(e->start, low), to = MIN(e->end, high);

		if (e->type != MEMMAP_RAM || from >= to || to - from < size)
			continue;
		to = ROUND_DOWN(to - size, align);
		if (to < from)
			continue;
		*start = to;
		return 0;
	}
	return -ENOMEM;
}

const struct memmap_entry *memmap_lookup(const struct memmap *map, paddr_t address)
{
	unsigned int i = first_behind(map, address);

	return i < map->count && map->entry[i].start <= address ? &map->entry[i] : NULL;
}

uint64_t memmap_total(const struct memmap *map, enum memmap_type type)
{
	const struct memmap_entry *e;
	uint64_t sum = 0;

	memmap_for_each(e, map) if (e->type == type) sum += e->end - e->start;
	return sum;
}

paddr_t memmap_ram_end(const struct memmap *map)
{
	unsigned int i = map->count;

	while (i-- > 0)
		if (is_ram(map->entry[i].type))
			return map->entry[i].end;
	return 0;
}

unsigned int memmap_e820(const struct memmap *map, struct memmap_e820 *out, unsigned int room)
{
	const struct memmap_entry *e;
	unsigned int n = 0;
	uint32_t last_type = 0;
	paddr_t last_end = 0;

	memmap_for_each(e, map)
	{
		uint32_t type = is_ram(e->type) ? MEMMAP_RAM : e->type;

		if (n && type == last_type && e->start == last_end) {
			if (n <= room)
				out[n - 1].length += e->end - e->start;
		} else {
			if (n < room)
				out[n] = (struct memmap_e820){e->start, e->end - e->start, type};
			n++;
		}
		last_type = type;
		last_end = e->end;
	}
	return n;
}
