/* test_memmap.c - the memory map against a model that holds a type for each page */
#include "core/memmap.h"
#include "lib/errno.h"
#include "unit.h"
#include "random.h"

#define PAGES 64

static struct memmap map;
static unsigned int model[PAGES];

static unsigned int rank(unsigned int type)
{
	static const unsigned int order[] = {[1] = 1, [6] = 2, [7] = 3, [3] = 4, [4] = 5, [2] = 6, [5] = 7};

	return order[type];
}

static void is_sound(void)
{
	const struct memmap_entry *e, *last = NULL;

	CU_ASSERT_TRUE_FATAL(map.count <= MEMMAP_MAX);
	memmap_for_each(e, &map)
	{
		CU_ASSERT_TRUE(e->start < e->end);
		CU_ASSERT_EQUAL((e->start | e->end) & (PAGE_SIZE - 1), 0);
		if (last)
			CU_ASSERT_TRUE(e->start > last->end || (e->start == last->end && e->type != last->type));
		last = e;
	}
}

static void agrees_with_model(void)
{
	uint64_t ram = 0;
	unsigned int i;

	is_sound();
	for (i = 0; i < PAGES; i++) {
		const struct memmap_entry *e = memmap_lookup(&map, i * PAGE_SIZE + random_below(PAGE_SIZE));

		CU_ASSERT_EQUAL(e ? e->type : 0, model[i]);
		ram += model[i] == MEMMAP_RAM;
	}
	CU_ASSERT_EQUAL(memmap_total(&map, MEMMAP_RAM), ram * PAGE_SIZE);
}

static void model_add(uint64_t start, uint64_t length, unsigned int type)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		uint64_t from = i * PAGE_SIZE, to = from + PAGE_SIZE;
		bool covered = start <= from && start + length >= to;
		bool touched = start < to && start + length > from && length;

		if ((type == MEMMAP_RAM ? covered : touched) && rank(type) > rank(model[i]))
			model[i] = type;
	}
}

/* The highest place, found by trying them all. */
static bool model_find(unsigned int pages, unsigned int align, unsigned int low, unsigned int high, unsigned int *at)
{
	int i;
	unsigned int n;

	for (i = PAGES - 1; i >= 0; i--) {
		if ((unsigned int)i % align || (unsigned int)i < low || (unsigned int)i + pages > high)
			continue;
		for (n = 0; n < pages && model[(unsigned int)i + n] == MEMMAP_RAM;)
			n++;
		if (n == pages) {
			*at = (unsigned int)i;
			return true;
		}
	}
	return false;
}

static void finds_what_the_model_finds(void)
{
	unsigned int pages = 1 + (unsigned int)random_below(5), align = 1U << random_below(4), at = 0;
	unsigned int low = (unsigned int)random_below(PAGES), high = (unsigned int)random_below(PAGES + 1);
	bool there = model_find(pages, align, low, high, &at);
	paddr_t start = 0;

	CU_ASSERT_EQUAL(
		memmap_find(&map, pages * PAGE_SIZE, align * PAGE_SIZE, low * PAGE_SIZE, high * PAGE_SIZE, &start),
		there ? 0 : -ENOMEM);
	if (there)
		CU_ASSERT_EQUAL(start, at * PAGE_SIZE);
}

TEST(random_claims_and_reservations_agree_with_the_model)
{
	unsigned int round, step, i;

	random_seed("memmap", 41);
	for (round = 0; round < 1500; round++) {
		memset(&map, 0, sizeof(map));
		memset(model, 0, sizeof(model));
		for (step = 0; step < 12; step++) {
			uint64_t start = random_below(PAGES * PAGE_SIZE);
			uint64_t length = random_below(MIN(PAGES * PAGE_SIZE - start, 20 * PAGE_SIZE));
			unsigned int type = 1 + (unsigned int)random_below(5);

			if (random_below(2))
				type = MEMMAP_RAM;
			CU_ASSERT_EQUAL(memmap_add(&map, start, length, type), 0);
			model_add(start, length, type);
		}
		agrees_with_model();
		for (step = 0; step < 3; step++) {
			uint64_t start = random_below(PAGES * PAGE_SIZE), end = start + random_below(8 * PAGE_SIZE);

			end = MIN(end, PAGES * PAGE_SIZE);
			CU_ASSERT_EQUAL(memmap_reserve(&map, start, end, step ? MEMMAP_OWN : MEMMAP_MODULE), 0);
			for (i = 0; i < PAGES; i++)
				if (model[i] == MEMMAP_RAM && end > i * PAGE_SIZE && start < (i + 1) * PAGE_SIZE &&
				    ROUND_DOWN(start, PAGE_SIZE) != ROUND_UP(end, PAGE_SIZE))
					model[i] = step ? MEMMAP_OWN : MEMMAP_MODULE;
			agrees_with_model();
			finds_what_the_model_finds();
		}
		CU_ASSERT_EQUAL(memmap_release(&map, 0, PAGES * PAGE_SIZE), 0);
		for (i = 0; i < PAGES; i++)
			if (model[i] == MEMMAP_OWN || model[i] == MEMMAP_MODULE)
				model[i] = MEMMAP_RAM;
		agrees_with_model();
	}
}

TEST(a_full_map_refuses_and_stays_as_it_was)
{
	struct memmap before;
	paddr_t at;
	unsigned int i;
	int rc = 0;

	memset(&map, 0, sizeof(map));
	for (i = 0; i < 1000 && rc == 0; i++) {
		before = map;
		rc = memmap_add(&map, i * 2 * PAGE_SIZE, PAGE_SIZE, MEMMAP_RAM);
	}
	CU_ASSERT_EQUAL(rc, -ENOSPC);
	CU_ASSERT_TRUE(i > MEMMAP_MAX - 5);
	CU_ASSERT_EQUAL(memcmp(&map, &before, sizeof(map)), 0);
	CU_ASSERT_EQUAL(memmap_add(&map, 0, 3000 * PAGE_SIZE, MEMMAP_RESERVED), -ENOSPC);
	CU_ASSERT_EQUAL(memcmp(&map, &before, sizeof(map)), 0);
	CU_ASSERT_EQUAL(memmap_find(&map, 2 * PAGE_SIZE, PAGE_SIZE, 0, MEMMAP_TOP, &at), -ENOMEM);
	is_sound();
}

TEST(the_ends_of_the_address_space)
{
	memset(&map, 0, sizeof(map));
	CU_ASSERT_EQUAL(memmap_add(&map, UINT64_MAX - 5, 100, MEMMAP_RESERVED), 0);
	CU_ASSERT_EQUAL(memmap_add(&map, 5, 0, MEMMAP_RESERVED), 0);
	CU_ASSERT_EQUAL(map.count, 0);
	CU_ASSERT_EQUAL(memmap_ram_end(&map), 0);
	CU_ASSERT_EQUAL(memmap_add(&map, 0x1000, UINT64_MAX, MEMMAP_RAM), 0);
	CU_ASSERT_EQUAL(memmap_ram_end(&map), MEMMAP_TOP);
	CU_ASSERT_EQUAL(memmap_add(&map, MEMMAP_TOP - 1, UINT64_MAX, MEMMAP_NVS), 0);
	CU_ASSERT_EQUAL(memmap_ram_end(&map), MEMMAP_TOP - PAGE_SIZE);
	CU_ASSERT_EQUAL(memmap_add(&map, 0x10, 5, 77), 0);
	CU_ASSERT_EQUAL(map.entry[0].type, MEMMAP_RESERVED);
	CU_ASSERT_EQUAL(memmap_reserve(&map, 5, 4, MEMMAP_OWN), -EINVAL);
	CU_ASSERT_EQUAL(memmap_reserve(&map, 4, 5, MEMMAP_NVS), -EINVAL);
	CU_ASSERT_EQUAL(memmap_reserve(&map, UINT64_MAX - 1, UINT64_MAX, MEMMAP_OWN), 0);
	is_sound();
}

TEST(find_refuses_nonsense)
{
	paddr_t at = 99;

	memset(&map, 0, sizeof(map));
	CU_ASSERT_EQUAL(memmap_add(&map, 0, GIB(1), MEMMAP_RAM), 0);
	CU_ASSERT_EQUAL(memmap_find(&map, 0, PAGE_SIZE, 0, GIB(1), &at), -EINVAL);
	CU_ASSERT_EQUAL(memmap_find(&map, 1, 0, 0, GIB(1), &at), -EINVAL);
	CU_ASSERT_EQUAL(memmap_find(&map, 1, 3 * PAGE_SIZE, 0, GIB(1), &at), -EINVAL);
	CU_ASSERT_EQUAL(memmap_find(&map, UINT64_MAX, PAGE_SIZE, 0, UINT64_MAX, &at), -ENOMEM);
	CU_ASSERT_EQUAL(memmap_find(&map, 1, PAGE_SIZE, GIB(1), 0, &at), -ENOMEM);
	CU_ASSERT_EQUAL(at, 99);
	CU_ASSERT_EQUAL(memmap_find(&map, 1, PAGE_SIZE, 0, GIB(4), &at), 0);
	CU_ASSERT_EQUAL(at, GIB(1) - PAGE_SIZE);
}

/* --- What loaders hand over --- */

static const struct {
	uint64_t start, length;
	uint32_t type;
} qemu[] = {
	{0, 0x9fc00, 1},	   {0x9fc00, 0x400, 2},	     {0xf0000, 0x10000, 2},
	{0x100000, 0x7fee0000, 1}, {0x7ffe0000, 0x20000, 2}, {0xfffc0000, 0x40000, 2},
};

static void is_qemus_map(void)
{
	static const struct memmap_entry expected[] = {
		{0, 0x9f000, 1},	   {0x9f000, 0xa0000, 2},	{0xf0000, 0x100000, 2},
		{0x100000, 0x7ffe0000, 1}, {0x7ffe0000, 0x80000000, 2}, {0xfffc0000, 0x100000000, 2},
	};
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(map.count, ARRAY_SIZE(expected));
	for (i = 0; i < map.count; i++) {
		CU_ASSERT_EQUAL(map.entry[i].start, expected[i].start);
		CU_ASSERT_EQUAL(map.entry[i].end, expected[i].end);
		CU_ASSERT_EQUAL(map.entry[i].type, expected[i].type);
	}
}

/* In a block of its own size, so that a read behind it is seen. */
static void *tight(const void *bytes, size_t n)
{
	void *copy = malloc(n ? n : 1);

	if (n)
		memcpy(copy, bytes, n);
	return copy;
}

TEST(multiboot1_maps_whole_and_cut_anywhere)
{
	uint8_t bytes[ARRAY_SIZE(qemu) * 24];
	uint32_t size = 20, zero = 0;
	size_t i, n;
	void *copy;

	for (i = 0; i < ARRAY_SIZE(qemu); i++) {
		memcpy(bytes + 24 * i, &size, 4);
		memcpy(bytes + 24 * i + 4, &qemu[i], 20);
	}
	memset(&map, 0, sizeof(map));
	CU_ASSERT_EQUAL(memmap_add_multiboot1(&map, bytes, sizeof(bytes)), 0);
	is_qemus_map();
	for (n = 0; n < sizeof(bytes); n++) {
		memset(&map, 0, sizeof(map));
		copy = tight(bytes, n);
		CU_ASSERT_EQUAL(memmap_add_multiboot1(&map, copy, n), n % 24 ? -EINVAL : 0);
		free(copy);
	}
	memcpy(bytes + 24, &zero, 4);
	CU_ASSERT_EQUAL(memmap_add_multiboot1(&map, bytes, sizeof(bytes)), -EINVAL);
	memset(bytes + 24, 0xff, 4);
	CU_ASSERT_EQUAL(memmap_add_multiboot1(&map, bytes, sizeof(bytes)), -EINVAL);
}

TEST(multiboot2_maps_whole_and_cut_anywhere)
{
	uint8_t bytes[ARRAY_SIZE(qemu) * 24] = {0};
	size_t i, n;
	void *copy;

	for (i = 0; i < ARRAY_SIZE(qemu); i++)
		memcpy(bytes + 24 * i, &qemu[i], 20);
	memset(&map, 0, sizeof(map));
	CU_ASSERT_EQUAL(memmap_add_multiboot2(&map, bytes, sizeof(bytes), 24), 0);
	is_qemus_map();
	for (n = 0; n < sizeof(bytes); n++) {
		memset(&map, 0, sizeof(map));
		copy = tight(bytes, n);
		CU_ASSERT_EQUAL(memmap_add_multiboot2(&map, copy, n, 24), n % 24 ? -EINVAL : 0);
		free(copy);
	}
	CU_ASSERT_EQUAL(memmap_add_multiboot2(&map, bytes, sizeof(bytes), 0), -EINVAL);
	CU_ASSERT_EQUAL(memmap_add_multiboot2(&map, bytes, sizeof(bytes), 19), -EINVAL);
	CU_ASSERT_EQUAL(memmap_add_multiboot2(&map, bytes, sizeof(bytes), UINT32_MAX), -EINVAL);
}

struct efi_descriptor {
	uint32_t type, padding;
	uint64_t start, virtual_start, pages, attributes, more; /* 48 bytes, as OVMF has them */
};

TEST(efi_maps_are_translated)
{
	static const struct efi_descriptor d[] = {
		{3, 0, 0, 0, 1, 15, 0},
		{7, 0, 0x1000, 0, 0x9f, 15, 0},
		{2, 0, 0x100000, 0, 0x700, 15, 0},
		{10, 0, 0x800000, 0, 8, 15, 0},
		{7, 0, 0x808000, 0, 8, 15, 0},
		{6, 0, 0x810000, 0, 16, BIT(63) | 15, 0},
		{9, 0, 0x820000, 0, 1, 15, 0},
		{8, 0, 0x821000, 0, 1, 15, 0},
		{7, 0, 0x822000, 0, 1, 1, 0},
		{11, 0, 0xfed00000, 0, 1, BIT(63) | 1, 0},
		{0x80000001, 0, GIB(4), 0, 1, 15, 0},
		{7, 0, GIB(5), 0, UINT64_MAX, 15, 0},
	};
	static const struct memmap_entry expected[] = {
		{0, 0xa0000, 1},
		{0x100000, 0x800000, 1},
		{0x800000, 0x808000, 4},
		{0x808000, 0x810000, 1},
		{0x810000, 0x820000, 2},
		{0x820000, 0x821000, 3},
		{0x821000, 0x822000, 5},
		{0x822000, 0x823000, 2},
		{0xfed00000, 0xfed01000, 2},
		{GIB(4), GIB(4) + 4096, 2},
		{GIB(5), MEMMAP_TOP, 1},
	};
	size_t n;
	void *copy;

	memset(&map, 0, sizeof(map));
	CU_ASSERT_EQUAL(memmap_add_efi(&map, d, sizeof(d), sizeof(d[0])), 0);
	CU_ASSERT_EQUAL_FATAL(map.count, ARRAY_SIZE(expected));
	for (n = 0; n < map.count; n++) {
		CU_ASSERT_EQUAL(map.entry[n].start, expected[n].start);
		CU_ASSERT_EQUAL(map.entry[n].end, expected[n].end);
		CU_ASSERT_EQUAL(map.entry[n].type, expected[n].type);
	}
	for (n = 0; n < sizeof(d); n += 7) {
		copy = tight(d, n);
		CU_ASSERT_EQUAL(memmap_add_efi(&map, copy, n, sizeof(d[0])), n % sizeof(d[0]) ? -EINVAL : 0);
		free(copy);
	}
	CU_ASSERT_EQUAL(memmap_add_efi(&map, d, sizeof(d), 39), -EINVAL);
}

TEST(dom0_sees_the_machine_without_what_we_set_aside)
{
	struct memmap_e820 view[8];
	unsigned int i;

	memset(&map, 0, sizeof(map));
	for (i = 0; i < ARRAY_SIZE(qemu); i++)
		CU_ASSERT_EQUAL(memmap_add(&map, qemu[i].start, qemu[i].length, qemu[i].type), 0);
	CU_ASSERT_EQUAL(memmap_reserve(&map, MIB(1), MIB(2) + 5, MEMMAP_OWN), 0);
	CU_ASSERT_EQUAL(memmap_reserve(&map, MIB(64), MIB(70), MEMMAP_MODULE), 0);
	CU_ASSERT_EQUAL(map.count, 9);
	CU_ASSERT_EQUAL(memmap_ram_end(&map), 0x7ffe0000);
	CU_ASSERT_EQUAL(memmap_e820(&map, view, 8), 6);
	CU_ASSERT_EQUAL(view[3].start, 0x100000);
	CU_ASSERT_EQUAL(view[3].length, 0x7fee0000);
	CU_ASSERT_EQUAL(view[3].type, 1);
	CU_ASSERT_EQUAL(view[5].start, 0xfffc0000);
	CU_ASSERT_EQUAL(view[5].type, 2);
	memset(view, 0xff, sizeof(view));
	CU_ASSERT_EQUAL(memmap_e820(&map, view, 4), 6);
	CU_ASSERT_EQUAL(view[3].length, 0x7fee0000);
	CU_ASSERT_EQUAL(view[4].type, UINT32_MAX);
	CU_ASSERT_EQUAL(memmap_e820(&map, NULL, 0), 6);
}
