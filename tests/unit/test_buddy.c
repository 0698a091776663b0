/* test_buddy.c - the buddy allocator against a bool for each frame */
#include "core/buddy.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "unit.h"
#include "random.h"

#define FRAMES 4096

static uint64_t word[FRAMES];
static bool is_free[FRAMES];
static struct buddy buddy;

static void start(uint64_t first, uint64_t end)
{
	memset(word, 0, sizeof(word));
	memset(is_free, 0, sizeof(is_free));
	CU_ASSERT_EQUAL_FATAL(buddy_init(&buddy, word, first, end), 0);
}

static void add(uint64_t first, uint64_t end)
{
	CU_ASSERT_EQUAL_FATAL(buddy_add_range(&buddy, first, end), 0);
	memset(is_free + first, true, end - first);
}

static void is_sound(void)
{
	const char *wrong = buddy_check(&buddy);
	uint64_t n, free = 0;

	if (wrong)
		printf("    %s\n", wrong);
	CU_ASSERT_PTR_NULL_FATAL(wrong);
	for (n = 0; n < FRAMES; n++) {
		CU_ASSERT_EQUAL(buddy_word_is_free(word[n]), is_free[n]);
		free += is_free[n];
	}
	CU_ASSERT_EQUAL(buddy_free_frames(&buddy), free);
}

/* What the lists hold, apart from their order: an order for each frame that begins a block. */
static void shape(int8_t *order)
{
	uint64_t n;

	for (n = 0; n < FRAMES; n++)
		order[n] = buddy_word_is_free(word[n]) ? (int8_t)(word[n] >> 58 & 31) : -1;
}

static bool model_has(uint64_t n, unsigned int order)
{
	uint64_t i;

	/* Frame 0 is a zone of its own. */
	if (n == 0 && order)
		return false;
	for (i = 0; i < BIT(order); i++)
		if (n + i >= FRAMES || !is_free[n + i])
			return false;
	return true;
}

/* The highest block there is below the limit, or -1. */
static long model_best(unsigned int order, uint64_t limit)
{
	long n;

	for (n = (long)ROUND_DOWN((uint64_t)FRAMES - 1, BIT(order)); n >= 0; n -= (long)BIT(order))
		if ((uint64_t)n + BIT(order) <= limit && model_has((uint64_t)n, order))
			return n;
	return -1;
}

struct taken {
	uint64_t n;
	unsigned int order;
};

static struct taken taken[FRAMES];
static unsigned int count;

static void take(unsigned int order, unsigned int bits)
{
	uint64_t limit = bits >= 64 ? UINT64_MAX : bits < 12 ? 0 : BIT(bits - 12);
	long best = model_best(order, limit);
	mfn_t mfn = INVALID_MFN;
	uint64_t i;
	int rc = buddy_alloc(&buddy, order, bits, &mfn);

	CU_ASSERT_EQUAL_FATAL(rc, best < 0 ? -ENOMEM : 0);
	if (rc)
		return;
	CU_ASSERT_EQUAL(mfn.n & (BIT(order) - 1), 0);
	CU_ASSERT_TRUE_FATAL(mfn.n + BIT(order) <= limit);
	CU_ASSERT_TRUE_FATAL(model_has(mfn.n, order));
	/* In the highest zone that can give it. */
	CU_ASSERT_TRUE(mfn.n == (uint64_t)best || bit_highest(mfn.n) == bit_highest((uint64_t)best));
	for (i = 0; i < BIT(order); i++) {
		CU_ASSERT_EQUAL(word[mfn.n + i], 0);
		is_free[mfn.n + i] = false;
	}
	taken[count++] = (struct taken){mfn.n, order};
}

/* Gives back one of those taken, as a whole or in two halves. */
static void give(unsigned int i)
{
	struct taken t = taken[i];

	taken[i] = taken[--count];
	memset(is_free + t.n, true, BIT(t.order));
	if (t.order && random_below(2)) {
		CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(t.n), t.order - 1), 0);
		CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(t.n + BIT(t.order - 1)), t.order - 1), 0);
	} else {
		CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(t.n), t.order), 0);
	}
}

static void wear(unsigned int steps)
{
	while (steps--) {
		if (random_below(100) < 52)
			take((unsigned int)random_below(random_below(4) ? 3 : 12),
			     random_below(3) ? BUDDY_ANYWHERE : (unsigned int)random_below(27));
		else if (count)
			give((unsigned int)random_below(count));
		if (steps % 16 == 0)
			is_sound();
	}
}

TEST(random_wear_agrees_with_the_model_and_coalesces_back)
{
	static int8_t before[FRAMES], after[FRAMES];
	unsigned int round;

	random_seed("buddy", 51);
	for (round = 0; round < 12; round++) {
		uint64_t first = round & 1 ? random_below(300) : 0;
		uint64_t hole = 1000 + random_below(500);

		start(first, FRAMES - random_below(200));
		add(first, hole);
		add(hole + random_below(40), buddy.end);
		is_sound();
		shape(before);
		wear(1200);
		while (count)
			give((unsigned int)random_below(count));
		is_sound();
		shape(after);
		CU_ASSERT_EQUAL(memcmp(before, after, sizeof(before)), 0);
	}
}

TEST(all_of_it_can_be_had_frame_by_frame)
{
	mfn_t mfn;
	unsigned int i;

	start(0, FRAMES);
	add(0, FRAMES);
	for (i = 0; i < FRAMES; i++) {
		CU_ASSERT_EQUAL(buddy_alloc(&buddy, 0, BUDDY_ANYWHERE, &mfn), 0);
		/* From the top down. */
		CU_ASSERT_EQUAL(mfn.n, FRAMES - 1 - i);
	}
	CU_ASSERT_EQUAL(buddy_alloc(&buddy, 0, BUDDY_ANYWHERE, &mfn), -ENOMEM);
	CU_ASSERT_EQUAL(buddy_free_frames(&buddy), 0);
	CU_ASSERT_EQUAL(buddy_largest_order(&buddy), -1);
	for (i = 0; i < FRAMES; i++)
		CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(i), 0), 0);
	CU_ASSERT_EQUAL(buddy_largest_order(&buddy), 11);
	CU_ASSERT_PTR_NULL(buddy_check(&buddy));
}

TEST(memory_can_be_handed_over_as_one_block_from_frame_0)
{
	start(0, FRAMES);
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(0), 12), 0);
	memset(is_free, true, sizeof(is_free));
	is_sound();
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(0), 12), -EINVAL);
	is_sound();
}

TEST(low_memory_is_spared_and_limits_are_kept)
{
	mfn_t mfn;
	unsigned int i;

	start(0, FRAMES);
	add(0, FRAMES);
	for (i = 0; i < FRAMES / 2; i++) {
		CU_ASSERT_EQUAL(buddy_alloc(&buddy, 0, BUDDY_ANYWHERE, &mfn), 0);
		CU_ASSERT_TRUE(mfn.n >= FRAMES / 2);
	}
	CU_ASSERT_EQUAL(buddy_free_below(&buddy, 20), 256);
	CU_ASSERT_EQUAL(buddy_alloc(&buddy, 7, 20, &mfn), 0);
	CU_ASSERT_EQUAL(mfn.n, 128);
	CU_ASSERT_EQUAL(buddy_free_below(&buddy, 20), 128);
	CU_ASSERT_EQUAL(buddy_free_below(&buddy, 64), FRAMES / 2 - 128);
	CU_ASSERT_EQUAL(buddy_alloc(&buddy, 7, 20, &mfn), -ENOMEM);
	CU_ASSERT_EQUAL(buddy_alloc(&buddy, 0, 12, &mfn), 0);
	CU_ASSERT_EQUAL(mfn.n, 0);
	CU_ASSERT_EQUAL(buddy_alloc(&buddy, 0, 12, &mfn), -ENOMEM);
	CU_ASSERT_EQUAL(buddy_alloc(&buddy, 0, 11, &mfn), -ENOMEM);
	CU_ASSERT_EQUAL(buddy_alloc(&buddy, 0, 0, &mfn), -ENOMEM);
	CU_ASSERT_EQUAL(buddy_free_below(&buddy, 5), 0);
	CU_ASSERT_PTR_NULL(buddy_check(&buddy));
}

TEST(words_beyond_the_ends_are_not_ours)
{
	mfn_t mfn;

	start(65, 127);
	add(65, 127);
	/* They look like free frames that the outermost blocks could join. */
	word[64] = BUDDY_FREE | (BIT(58) - 1);
	word[127] = BUDDY_FREE | (BIT(58) - 1);
	CU_ASSERT_EQUAL(buddy_alloc(&buddy, 5, BUDDY_ANYWHERE, &mfn), -ENOMEM);
	while (buddy_alloc(&buddy, 0, BUDDY_ANYWHERE, &mfn) == 0)
		taken[count++] = (struct taken){mfn.n, 0};
	CU_ASSERT_EQUAL(count, 62);
	while (count)
		CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(taken[--count].n), 0), 0);
	CU_ASSERT_PTR_NULL(buddy_check(&buddy));
	CU_ASSERT_EQUAL(buddy_free_frames(&buddy), 62);
	CU_ASSERT_EQUAL(word[64], BUDDY_FREE | (BIT(58) - 1));
	CU_ASSERT_EQUAL(word[127], BUDDY_FREE | (BIT(58) - 1));
}

TEST(bad_requests_are_refused_and_change_nothing)
{
	static uint64_t before[FRAMES];
	struct buddy buddy_before;
	mfn_t mfn, block;

	start(16, 1024);
	CU_ASSERT_EQUAL(buddy_init(&buddy_before, word, 5, 4), -EINVAL);
	CU_ASSERT_EQUAL(buddy_init(&buddy_before, word, 0, BIT(29)), -EINVAL);
	add(64, 1000);
	CU_ASSERT_EQUAL(buddy_alloc(&buddy, 3, BUDDY_ANYWHERE, &block), 0);
	word[block.n + 5] = 1; /* somebody still uses it */
	memcpy(before, word, sizeof(word));
	buddy_before = buddy;

	CU_ASSERT_EQUAL(buddy_alloc(&buddy, BUDDY_MAX_ORDER + 1, BUDDY_ANYWHERE, &mfn), -EINVAL);
	CU_ASSERT_EQUAL(buddy_alloc(&buddy, BUDDY_MAX_ORDER, BUDDY_ANYWHERE, &mfn), -ENOMEM);
	CU_ASSERT_EQUAL(buddy_free(&buddy, block, 3), -EINVAL);
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(block.n + 5), 0), -EINVAL);
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(block.n + 1), 1), -EINVAL);
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(100), 0), -EINVAL);
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(1020), 3), -EINVAL);
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(8), 3), -EINVAL);
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(1024), 0), -EINVAL);
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(UINT64_MAX), 0), -EINVAL);
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(0), 64), -EINVAL);
	CU_ASSERT_EQUAL(buddy_free(&buddy, MFN(ROUND_DOWN(UINT64_MAX, BIT(20))), 20), -EINVAL);
	CU_ASSERT_EQUAL(buddy_add_range(&buddy, 15, 20), -EINVAL);
	CU_ASSERT_EQUAL(buddy_add_range(&buddy, 1010, 1025), -EINVAL);
	CU_ASSERT_EQUAL(buddy_add_range(&buddy, 20, 19), -EINVAL);
	CU_ASSERT_EQUAL(buddy_add_range(&buddy, 40, 65), -EINVAL);
	CU_ASSERT_EQUAL(buddy_add_range(&buddy, 20, 20), 0);

	CU_ASSERT_EQUAL(memcmp(before, word, sizeof(word)), 0);
	CU_ASSERT_EQUAL(memcmp(&buddy_before, &buddy, sizeof(buddy)), 0);
	word[block.n + 5] = 0;
	CU_ASSERT_EQUAL(buddy_free(&buddy, block, 3), 0);
	CU_ASSERT_EQUAL(buddy_free(&buddy, block, 3), -EINVAL);
	is_sound();
}

TEST(the_check_sees_damage)
{
	mfn_t mfn;
	unsigned int i, seen = 0;

	random_seed("damage", 52);
	start(0, FRAMES);
	add(0, FRAMES);
	for (i = 0; i < 300; i++)
		CU_ASSERT_EQUAL(buddy_alloc(&buddy, 0, (unsigned int)(20 + random_below(5)), &mfn), 0);
	CU_ASSERT_PTR_NULL(buddy_check(&buddy));
	for (i = 0; i < 500; i++) {
		uint64_t n = random_below(FRAMES), old = word[n];
		unsigned int bit = (unsigned int)random_below(64);

		if (!buddy_word_is_free(old))
			bit = 63;
		word[n] ^= BIT(bit);
		seen += buddy_check(&buddy) != NULL;
		word[n] = old;
	}
	CU_ASSERT_EQUAL(seen, 500);
	buddy.free++;
	CU_ASSERT_PTR_NOT_NULL(buddy_check(&buddy));
	buddy.free--;
	buddy.ready ^= 4;
	CU_ASSERT_PTR_NOT_NULL(buddy_check(&buddy));
	buddy.ready ^= 4;
	buddy.zone[12].ready ^= 1;
	CU_ASSERT_PTR_NOT_NULL(buddy_check(&buddy));
	buddy.zone[12].ready ^= 1;
	CU_ASSERT_PTR_NULL(buddy_check(&buddy));
}
