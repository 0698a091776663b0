/* test_rangeset.c - range sets against a bool for each number */
#include "lib/errno.h"
#include "lib/rangeset.h"
#include "lib/types.h"
#include "unit.h"
#include "random.h"

#define NUMBERS 64

static struct range storage[40];
static bool model[NUMBERS];

/* Ranges sorted and apart, and numbers 0..63 in the set where the model has them. */
static void check(const struct rangeset *set)
{
	unsigned int i;

	CU_ASSERT_TRUE(set->count <= set->capacity);
	for (i = 0; i < set->count; i++) {
		CU_ASSERT_TRUE(set->range[i].start <= set->range[i].end);
		if (i)
			CU_ASSERT_TRUE(set->range[i].start > set->range[i - 1].end + 1);
	}
	for (i = 0; i < NUMBERS; i++)
		CU_ASSERT_EQUAL(rangeset_contains(set, i, i), model[i]);
}

static void check_queries(const struct rangeset *set, unsigned int start, unsigned int end)
{
	bool all = true, any = false;
	unsigned int i;

	for (i = start; i <= end; i++) {
		all &= model[i];
		any |= model[i];
	}
	CU_ASSERT_EQUAL(rangeset_contains(set, start, end), all);
	CU_ASSERT_EQUAL(rangeset_overlaps(set, start, end), any);
}

TEST(random_changes_agree_with_a_model)
{
	struct rangeset set;
	unsigned int round, i;

	random_seed("rangeset", 21);
	rangeset_init(&set, storage, ARRAY_SIZE(storage));
	memset(model, 0, sizeof(model));
	for (round = 0; round < 20000; round++) {
		unsigned int start = (unsigned int)random_below(NUMBERS);
		unsigned int end = start + (unsigned int)random_below(MIN(NUMBERS - start, 9));
		bool add = random_below(2);

		CU_ASSERT_EQUAL((add ? rangeset_add : rangeset_remove)(&set, start, end), 0);
		for (i = start; i <= end; i++)
			model[i] = add;
		check(&set);
		check_queries(&set, start, end);
		check_queries(&set, start / 2, end);
	}
}

TEST(the_ends_of_the_number_line_do_not_wrap)
{
	struct rangeset set;

	rangeset_init(&set, storage, 4);
	CU_ASSERT_EQUAL(rangeset_add(&set, UINT64_MAX, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(rangeset_add(&set, 0, 0), 0);
	CU_ASSERT_EQUAL(set.count, 2);
	CU_ASSERT_FALSE(rangeset_contains(&set, 0, UINT64_MAX));
	CU_ASSERT_EQUAL(rangeset_add(&set, 1, UINT64_MAX - 1), 0);
	CU_ASSERT_EQUAL(set.count, 1);
	CU_ASSERT_TRUE(rangeset_contains(&set, 0, UINT64_MAX));
	CU_ASSERT_EQUAL(rangeset_add(&set, 5, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(set.count, 1);
	CU_ASSERT_EQUAL(rangeset_remove(&set, 0, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(set.count, 0);
	CU_ASSERT_EQUAL(rangeset_add(&set, 100, 200), 0);
	CU_ASSERT_EQUAL(rangeset_add(&set, 5, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(set.count, 1);
	CU_ASSERT_TRUE(rangeset_contains(&set, 5, UINT64_MAX));
}

TEST(a_full_set_says_so_and_stays_as_it_was)
{
	struct rangeset set;

	rangeset_init(&set, storage, 2);
	CU_ASSERT_EQUAL(rangeset_add(&set, 10, 19), 0);
	CU_ASSERT_EQUAL(rangeset_add(&set, 30, 39), 0);
	CU_ASSERT_EQUAL(rangeset_add(&set, 50, 59), -ENOSPC);
	CU_ASSERT_EQUAL(rangeset_remove(&set, 12, 13), -ENOSPC);
	CU_ASSERT_TRUE(rangeset_contains(&set, 10, 19));
	CU_ASSERT_FALSE(rangeset_overlaps(&set, 40, 100));
	CU_ASSERT_EQUAL(rangeset_add(&set, 20, 29), 0);
	CU_ASSERT_EQUAL(set.count, 1);
	CU_ASSERT_EQUAL(rangeset_remove(&set, 12, 13), 0);
	CU_ASSERT_EQUAL(set.count, 2);
}

TEST(nonsense_is_refused_and_an_empty_set_is_empty)
{
	struct rangeset set = {0};
	struct range *r;

	CU_ASSERT_EQUAL(rangeset_add(&set, 5, 4), -EINVAL);
	CU_ASSERT_EQUAL(rangeset_remove(&set, 5, 4), -EINVAL);
	CU_ASSERT_EQUAL(rangeset_add(&set, 4, 5), -ENOSPC);
	CU_ASSERT_EQUAL(rangeset_remove(&set, 4, 5), 0);
	CU_ASSERT_FALSE(rangeset_contains(&set, 0, 0));
	CU_ASSERT_FALSE(rangeset_contains(&set, 5, 4));
	rangeset_init(&set, storage, 3);
	CU_ASSERT_EQUAL(rangeset_add(&set, 1, 9), 0);
	CU_ASSERT_FALSE(rangeset_contains(&set, 5, 4));
	CU_ASSERT_FALSE(rangeset_overlaps(&set, 5, 4));
	rangeset_for_each(r, &set) CU_ASSERT_EQUAL(r->end, 9);
}
