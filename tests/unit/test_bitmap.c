/* test_bitmap.c - bit arrays against a bool for each bit */
#include "lib/bitmap.h"
#include "unit.h"
#include "random.h"

#define BITS 300

static BITMAP(map, BITS);
static bool model[BITS];

static void make_random(unsigned int one_in)
{
	size_t i;

	memset(map, 0xff, sizeof(map)); /* what lies beyond nbits must not matter */
	for (i = 0; i < BITS; i++) {
		model[i] = random_below(one_in) == 0;
		if (model[i])
			bit_set(map, i);
		else
			bit_clear(map, i);
	}
}

static size_t model_next(size_t nbits, size_t from, bool value)
{
	while (from < nbits && model[from] != value)
		from++;
	return from < nbits ? from : nbits;
}

TEST(searching_and_counting_agree_with_a_model)
{
	size_t nbits, from, weight;
	unsigned int round;

	random_seed("bitmap", 11);
	for (round = 0; round < 60; round++) {
		make_random(1 + (unsigned int)random_below(70));
		nbits = random_below(BITS + 1);
		for (from = 0; from < BITS + 5; from++) {
			CU_ASSERT_EQUAL(bitmap_next_set(map, nbits, from), model_next(nbits, from, true));
			CU_ASSERT_EQUAL(bitmap_next_zero(map, nbits, from), model_next(nbits, from, false));
		}
		for (weight = 0, from = 0; from < nbits; from++)
			weight += model[from];
		CU_ASSERT_EQUAL(bitmap_weight(map, nbits), weight);
		CU_ASSERT_EQUAL(bitmap_empty(map, nbits), weight == 0);
		bitmap_for_each (from, map, nbits) {
			CU_ASSERT_TRUE(model[from]);
			weight--;
		}
		CU_ASSERT_EQUAL(weight, 0);
	}
}

TEST(fill_and_zero_leave_the_rest_alone)
{
	size_t nbits, i;

	for (nbits = 0; nbits < 200; nbits += 7) {
		memset(map, 0, sizeof(map));
		bitmap_fill(map, nbits);
		for (i = 0; i < BITS; i++)
			CU_ASSERT_EQUAL(bit_test(map, i), i < nbits);
		memset(map, 0xff, sizeof(map));
		bitmap_zero(map, nbits);
		for (i = 0; i < BITS; i++)
			CU_ASSERT_EQUAL(bit_test(map, i), i >= nbits);
	}
}

TEST(single_bits_plain_and_atomic)
{
	memset(map, 0, sizeof(map));
	CU_ASSERT_FALSE(bit_test_and_set(map, 64));
	CU_ASSERT_TRUE(bit_test_and_set(map, 64));
	CU_ASSERT_TRUE(bit_test_atomic(map, 64));
	CU_ASSERT_TRUE(bit_test_and_clear_atomic(map, 64));
	CU_ASSERT_FALSE(bit_test_and_clear(map, 64));
	CU_ASSERT_FALSE(bit_test_and_set_atomic(map, 63));
	CU_ASSERT_EQUAL(map[0], 1UL << 63);
	bit_set_atomic(map, 0);
	bit_clear_atomic(map, 63);
	CU_ASSERT_EQUAL(map[0], 1);
	CU_ASSERT_EQUAL(map[1], 0);
}

TEST(weight_lowest_and_highest)
{
	unsigned int i;

	random_seed("weight", 12);
	CU_ASSERT_EQUAL(bit_weight(0), 0);
	CU_ASSERT_EQUAL(bit_weight(UINT64_MAX), 64);
	for (i = 0; i < 1000; i++) {
		uint64_t x = random_any_size() | 1;

		CU_ASSERT_EQUAL(bit_weight(x), (unsigned int)__builtin_popcountll(x));
	}
	for (i = 0; i < 64; i++) {
		CU_ASSERT_EQUAL(bit_lowest(BIT(i) | BIT(63)), i);
		CU_ASSERT_EQUAL(bit_highest(BIT(i) | 1), i);
	}
}
