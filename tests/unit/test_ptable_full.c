/* test_ptable_full.c - full tables of every level, stopped at each of their entries, and then killed or gone on with
 *
 * XSA-299, -310, -58, -45: where an interrupted validation is given up, the references it has taken are dropped, each once.
 */
#include "page_world.h"

#define ENTRIES	     512
#define TABLE(level) (10 + (uint64_t)(level)) /* the table of that level that is full */

/* A table of `level` and all below it, each with as many entries as there can be. */
static void build(unsigned level)
{
	world_start();
	for (unsigned i = 0; i < ENTRIES; i++) {
		world_entry(TABLE(1), i, 20 + i % 16, i % 3 ? PWU : P);
		for (unsigned l = 2; l <= level; l++)
			world_entry(TABLE(l), i, TABLE(l - 1), PWU);
	}
}

static int acquire(unsigned level, long budget)
{
	struct work w = {.left = budget};

	return ptable_acquire(&mm, &parked, MFN(TABLE(level)), level, &w);
}

static int drain(long budget)
{
	struct work w = {.left = budget};

	return ptable_drain(&mm, &parked, &w);
}

static bool nothing_is_typed(void)
{
	for (uint64_t n = 1; n < FRAMES; n++)
		if ((words[n] & ~FRAME_TYPE_MASK) != (FRAME_ALLOCATED | 1))
			return false;
	return !parked.mfn.n;
}

/* What all of it costs: for each level below, its 512 entries once; our own sixteen cost nothing. */
static long cost(unsigned level)
{
	return (long)level * ENTRIES - (level == 4 ? 16 : 0);
}

/* The domain is killed: nobody goes on, all is undone, `step` units at a time. */
static void kill_after(unsigned level, long stop, long step)
{
	int rounds = 0;

	build(level);
	CU_ASSERT_EQUAL_FATAL(acquire(level, stop), -ERESTART);
	CU_ASSERT_TRUE_FATAL(world_check());
	while (drain(step)) {
		if (rounds++ % 97 == 0)
			CU_ASSERT_TRUE_FATAL(world_check());
	}
	CU_ASSERT_TRUE_FATAL(nothing_is_typed());
}

TEST(killed_at_every_entry_of_every_level)
{
	for (unsigned level = 1; level <= 4; level++) {
		for (long stop = 0; stop < cost(level); stop++)
			kill_after(level, stop, 100000);
		for (long stop = 1; stop < cost(level); stop += 61)
			kill_after(level, stop, 1);
	}
}

TEST(preempted_at_every_entry_of_every_level)
{
	for (unsigned level = 1; level <= 4; level++) {
		build(level);
		for (long stop = 1; stop < cost(level); stop++) {
			CU_ASSERT_EQUAL_FATAL(acquire(level, 1), -ERESTART);
			if (stop % 16 == 0 || stop > cost(level) - 4)
				CU_ASSERT_TRUE_FATAL(world_check());
		}
		CU_ASSERT_EQUAL_FATAL(acquire(level, 1), 0);
		held_refs[TABLE(level)] = held_types[TABLE(level)] = 1;
		CU_ASSERT_TRUE(world_check());
	}
}

/* Valid, then dropped a bit at a time: the use is over at once, its undoing goes on. */
TEST(undone_at_every_entry_of_every_level)
{
	for (unsigned level = 1; level <= 4; level++) {
		for (long stop = 0; stop < cost(level); stop += level == 1 ? 1 : 5) {
			struct work w = {.left = stop};

			build(level);
			CU_ASSERT_EQUAL_FATAL(acquire(level, 100000), 0);
			CU_ASSERT_EQUAL_FATAL(ptable_drop(&mm, &parked, MFN(TABLE(level)), level, &w), -ERESTART);
			CU_ASSERT_TRUE_FATAL(world_check());
			/* Half undone, it is wanted again. */
			CU_ASSERT_EQUAL_FATAL(acquire(level, 100000), 0);
			held_refs[TABLE(level)] = held_types[TABLE(level)] = 1;
			CU_ASSERT_TRUE_FATAL(world_check());
		}
	}
}

/* What makes it stop may also be a frame for which others must flush first, or one that must not be there. */
TEST(stopped_by_an_entry_at_every_place)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		build(2);
		world_entry(TABLE(1), i, 12, PW); /* the level-2 table itself */
		CU_ASSERT_EQUAL(acquire(2, 100000), -EBUSY);
		CU_ASSERT_TRUE_FATAL(nothing_is_typed());

		build(3);
		world_entry(TABLE(2), i, 19, PWU);
		CU_ASSERT_FALSE(frame_get_both(&world, MFN(19), ALICE, 1));
		CU_ASSERT_FALSE(frame_put_both(&world, MFN(19)));
		CU_ASSERT_EQUAL(acquire(3, 100000), -ERESTART);
		CU_ASSERT_TRUE(mm.want_flush);
		CU_ASSERT_TRUE_FATAL(world_check());
		mm.want_flush = false;
		if (i % 2) { /* flushed, and gone on with */
			world_flush();
			CU_ASSERT_EQUAL(acquire(3, 100000), 0);
			held_refs[TABLE(3)] = held_types[TABLE(3)] = 1;
			CU_ASSERT_TRUE_FATAL(world_check());
		} else {
			CU_ASSERT_EQUAL(drain(100000), 0);
			CU_ASSERT_TRUE_FATAL(nothing_is_typed());
		}
	}
}
