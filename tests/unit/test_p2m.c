/* test_p2m.c - the table of a guest's physical memory: leaves, large ones, splitting, and its end
 *
 * Frames of a small machine are real pages here; those above are only numbers, as what leaves name is never looked into.
 */
#include "core/p2m.h"
#include "lib/errno.h"
#include "random.h"
#include "unit.h"

#define TABLES 64
#define LEAF   0x60

static uint64_t memory[TABLES][512] __attribute__((aligned(4096)));
static uint64_t used; /* bitmap of frames that are tables or spares */
static struct p2m p;

static void start(void)
{
	memset(memory, 0, sizeof(memory));
	used = 1; /* frame 0 is never memory */
	p2m_init(&p, (uint8_t *)memory, LEAF, 1ULL << 36);
}

static void give_spares(void)
{
	while (p.nr_spares < P2M_SPARES) {
		unsigned n = (unsigned)__builtin_ctzll(~used);

		CU_ASSERT_FATAL(n < TABLES);
		used |= BIT(n);
		p2m_add_spare(&p, MFN(n));
	}
}

static int set(uint64_t gfn, unsigned order, uint64_t mfn, enum p2m_type type)
{
	int ret;

	while ((ret = p2m_set(&p, gfn, order, MFN(mfn), type)) == -ENOBUFS)
		give_spares();
	return ret;
}

static int clear(uint64_t gfn)
{
	int ret;

	while ((ret = p2m_clear(&p, gfn)) == -ENOBUFS)
		give_spares();
	return ret;
}

static bool is_hole(uint64_t gfn)
{
	return p2m_lookup(&p, gfn).type == P2M_HOLE && mfn_eq(p2m_lookup(&p, gfn).mfn, INVALID_MFN);
}

static bool is(uint64_t gfn, uint64_t mfn, enum p2m_type type)
{
	struct p2m_entry e = p2m_lookup(&p, gfn);

	return e.mfn.n == mfn && e.type == type;
}

/* What the processor finds: the leaf's entry. */
static uint64_t walked(uint64_t gfn)
{
	uint64_t entry = p.root.n << 12 | 7;

	for (int level = 4; level > 0; level--) {
		entry = memory[entry >> 12 & 0xffffff][gfn >> 9 * (level - 1) & 511];
		if (!(entry & 1) || entry & 0x80)
			break;
	}
	return entry;
}

static void end(void)
{
	mfn_t m;

	while (p2m_free_table(&p, &m)) {
		CU_ASSERT_TRUE(used & BIT(m.n));
		used &= ~BIT(m.n);
		for (unsigned i = 0; i < 512; i++)
			CU_ASSERT_EQUAL(memory[m.n][i], 0);
	}
	CU_ASSERT_EQUAL(used, 1);
}

TEST(an_empty_table_is_a_hole_and_wants_pages)
{
	start();
	CU_ASSERT_TRUE(is_hole(0));
	CU_ASSERT_TRUE(is_hole(1ULL << 40));
	CU_ASSERT_EQUAL(p2m_set(&p, 5, 0, MFN(0x1000), P2M_RAM), -ENOBUFS);
	CU_ASSERT_TRUE(is_hole(5));
	CU_ASSERT_EQUAL(p2m_clear(&p, 5), 0);
	end();
}

TEST(a_leaf_is_what_the_processor_finds)
{
	start();
	CU_ASSERT_EQUAL(set(0x12345, 0, 0x4567, P2M_RAM), 0);
	CU_ASSERT_TRUE(is(0x12345, 0x4567, P2M_RAM));
	CU_ASSERT_EQUAL(walked(0x12345) & 0xffffffffff0ff, 0x4567067);
	CU_ASSERT_TRUE(is_hole(0x12344));
	CU_ASSERT_EQUAL(set(0x12346, 0, 0x99, P2M_GRANT_RO), 0);
	CU_ASSERT_EQUAL(walked(0x12346) & 3, 1); /* not writable */
	CU_ASSERT_EQUAL(p2m_set(&p, 1ULL << 36, 0, MFN(1), P2M_RAM), -EINVAL);
	CU_ASSERT_EQUAL(clear(0x12345), 0);
	CU_ASSERT_EQUAL(clear(0x12346), 0);
	CU_ASSERT_TRUE(is_hole(0x12345));
	end();
}

TEST(a_large_leaf_is_one_entry_until_a_part_of_it_changes)
{
	start();
	CU_ASSERT_EQUAL(set(0x200, P2M_LARGE_ORDER, 0x40000, P2M_RAM), 0);
	CU_ASSERT_EQUAL(walked(0x2ff), 0x40000000ULL | 0xe7 | (uint64_t)P2M_RAM << 52);
	CU_ASSERT_TRUE(is(0x2ff, 0x400ff, P2M_RAM));
	CU_ASSERT_EQUAL(p2m_lookup(&p, 0x2ff).order, P2M_LARGE_ORDER);
	CU_ASSERT_EQUAL(set(0x200, P2M_LARGE_ORDER, 0x80000, P2M_RAM), -EEXIST);
	CU_ASSERT_EQUAL(clear(0x2ff), 0);
	CU_ASSERT_TRUE(is_hole(0x2ff));
	for (uint64_t i = 0; i < 512; i++)
		if (i != 0xff)
			CU_ASSERT_TRUE(is(0x200 + i, 0x40000 + i, P2M_RAM));
	/* There is a table now, even when nothing is left in it. */
	for (uint64_t i = 0; i < 512; i++)
		CU_ASSERT_EQUAL(clear(0x200 + i), 0);
	CU_ASSERT_EQUAL(set(0x200, P2M_LARGE_ORDER, 0x80000, P2M_RAM), -EEXIST);
	end();
}

TEST(what_is_taken_one_after_the_other_is_everything_once)
{
	struct p2m_entry e;
	uint64_t gfn = 0, seen = 0;

	start();
	CU_ASSERT_EQUAL(set(3, 0, 0x33, P2M_SHARED), 0);
	CU_ASSERT_EQUAL(set(0x400, P2M_LARGE_ORDER, 0x1000, P2M_RAM), 0);
	CU_ASSERT_EQUAL(set(0x600, 0, 0x66, P2M_GRANT_RW), 0);
	CU_ASSERT_EQUAL(set(0xfee00, 0, 0x77, P2M_RAM), 0);
	CU_ASSERT_EQUAL(set(0xfffffffff, 0, 0x88, P2M_RAM), 0);
	CU_ASSERT_TRUE(p2m_take_next(&p, &gfn, &e));
	CU_ASSERT_TRUE(gfn == 3 && e.mfn.n == 0x33 && e.type == P2M_SHARED && e.order == 0);
	CU_ASSERT_TRUE(p2m_take_next(&p, &gfn, &e));
	CU_ASSERT_TRUE(gfn == 0x400 && e.mfn.n == 0x1000 && e.order == P2M_LARGE_ORDER);
	while (p2m_take_next(&p, &gfn, &e))
		seen = seen << 8 | e.mfn.n;
	CU_ASSERT_EQUAL(seen, 0x667788);
	gfn = 0;
	CU_ASSERT_FALSE(p2m_next(&p, &gfn, &e));
	end();
}

/* Against a plain array. */
TEST(a_random_life_ends_as_a_plain_array_says)
{
	enum { GFNS = 2048 };
	static uint64_t should[GFNS];
	struct p2m_entry e;

	start();
	memset(should, 0, sizeof(should));
	random_seed("p2m", 4711);
	for (unsigned round = 0; round < 20000; round++) {
		uint64_t gfn = random_below(GFNS), mfn = 0x1000 + round;

		switch (random_below(8)) {
		case 0:
			gfn &= ~511ULL;
			if (set(gfn, P2M_LARGE_ORDER, mfn << 9, P2M_RAM) == 0)
				for (unsigned i = 0; i < 512; i++) {
					CU_ASSERT_EQUAL(should[gfn + i], 0);
					should[gfn + i] = (mfn << 9) + i;
				}
			break;
		case 1 ... 4:
			CU_ASSERT_EQUAL(set(gfn, 0, mfn, P2M_RAM), 0);
			should[gfn] = mfn;
			break;
		default:
			CU_ASSERT_EQUAL(clear(gfn), 0);
			should[gfn] = 0;
		}
	}
	for (uint64_t gfn = 0; gfn < GFNS; gfn++)
		CU_ASSERT_TRUE(should[gfn] ? is(gfn, should[gfn], P2M_RAM) : is_hole(gfn));
	for (uint64_t gfn = 0; p2m_take_next(&p, &gfn, &e); gfn++)
		for (uint64_t i = 0; i < BIT(e.order); i++) {
			CU_ASSERT_EQUAL(e.mfn.n + i, should[gfn + i]);
			should[gfn + i] = 0;
		}
	for (uint64_t gfn = 0; gfn < GFNS; gfn++)
		CU_ASSERT_EQUAL(should[gfn], 0);
	end();
}
