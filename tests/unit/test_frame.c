/* test_frame.c - references and the writable type of frames */
#include "core/frame.h"
#include "page_world.h"

TEST(a_reference_is_only_for_the_owner)
{
	world_start();
	CU_ASSERT_EQUAL(frame_get(&world, MFN(5), ALICE), 0);
	CU_ASSERT_EQUAL(frame_get(&world, MFN(5), BOB), -EINVAL);
	CU_ASSERT_FALSE(frame_put(&world, MFN(5)));
	CU_ASSERT_TRUE(world_check());
}

TEST(any_owner_is_told)
{
	uint16_t owner = 0;

	world_start();
	CU_ASSERT_EQUAL(frame_get_any(&world, MFN(BOBS), &owner), 0);
	CU_ASSERT_EQUAL(owner, BOB);
	CU_ASSERT_FALSE(frame_put(&world, MFN(BOBS)));
}

TEST(the_last_reference_is_noticed_once)
{
	bool last;

	world_start();
	CU_ASSERT_EQUAL(frame_get(&world, MFN(3), ALICE), 0);
	CU_ASSERT_EQUAL(frame_unallocate(&world, MFN(3), &last), 0);
	CU_ASSERT_FALSE(last);
	CU_ASSERT_EQUAL(frame_unallocate(&world, MFN(3), &last), -EINVAL);
	CU_ASSERT_TRUE(frame_put(&world, MFN(3)));
	CU_ASSERT_EQUAL(frame_get(&world, MFN(3), ALICE), -EINVAL);
}

TEST(writable_uses_add_up_and_end)
{
	world_start();
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(4), ALICE, 1), 0);
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(4), ALICE, 1), 0);
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(4), BOB, 1), -EINVAL);
	held_refs[4] = held_types[4] = 2;
	CU_ASSERT_TRUE(world_check());
	CU_ASSERT_FALSE(frame_put_both(&world, MFN(4)));
	world_flush();
	CU_ASSERT_FALSE(frame_put_both(&world, MFN(4)));
	CU_ASSERT_EQUAL(frame_stamp(&world, MFN(4)), world_clock.now);
	held_refs[4] = held_types[4] = 0;
	CU_ASSERT_TRUE(world_check());
}

/* A hypercall that writes to a frame it holds a reference to anyway. */
TEST(a_writable_use_alone)
{
	world_start();
	CU_ASSERT_EQUAL(frame_get_writable(&world, MFN(4), 1), 0);
	held_types[4] = 1;
	CU_ASSERT_TRUE(world_check());
	frame_put_writable(&world, MFN(4));
	held_types[4] = 0;
	CU_ASSERT_EQUAL(frame_stamp(&world, MFN(4)), world_clock.now);
	CU_ASSERT_TRUE(world_check());
	words[4] = FRAME_IS_FREE;
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(4), ALICE, 1), -EINVAL);
}

TEST(too_many_references_are_refused)
{
	world_start();
	words[6] = (words[6] & ~FRAME_REF_MASK) | FRAME_REF_MASK;
	CU_ASSERT_EQUAL(frame_get(&world, MFN(6), ALICE), -EOVERFLOW);
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(6), ALICE, 1), -EOVERFLOW);
	words[6] = FRAME_ALLOCATED | 5 | FRAME_TCOUNT_MASK | (uint64_t)FRAME_WRITABLE << FRAME_TYPE_SHIFT;
	CU_ASSERT_EQUAL(frame_get_writable(&world, MFN(6), 1), -EOVERFLOW);
}

TEST(a_former_table_becomes_writable_only_after_a_flush)
{
	struct work w = WORK_UNLIMITED;

	world_start();
	CU_ASSERT_EQUAL_FATAL(ptable_acquire(&mm, &parked, MFN(7), 1, &w), 0);
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(7), ALICE, 1), -EBUSY);
	world_flush();
	CU_ASSERT_EQUAL(ptable_drop(&mm, &parked, MFN(7), 1, &w), 0);
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(7), ALICE, 1), -EAGAIN);
	world_flush();
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(7), ALICE, 3), -EAGAIN);
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(7), ALICE, 1), 0);
	CU_ASSERT_FALSE(frame_put_both(&world, MFN(7)));
}

TEST(a_shared_page_is_mapped_but_never_a_table_nor_freed)
{
	struct work w = WORK_UNLIMITED;
	bool last;

	world_start();
	words[8] = words[9] = 0;
	frame_share(&world, MFN(8), ALICE, true);
	frame_share(&world, MFN(9), ALICE, false);
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(8), ALICE, 1), 0);
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(9), ALICE, 1), -EBUSY);
	CU_ASSERT_EQUAL(frame_get(&world, MFN(9), ALICE), 0);
	CU_ASSERT_EQUAL(ptable_acquire(&mm, &parked, MFN(8), 1, &w), -EBUSY);
	CU_ASSERT_EQUAL(ptable_acquire(&mm, &parked, MFN(9), 1, &w), -EBUSY);
	CU_ASSERT_EQUAL(frame_unallocate(&world, MFN(8), &last), -EINVAL);
	CU_ASSERT_FALSE(frame_put_both(&world, MFN(8)));
	CU_ASSERT_TRUE(frame_unshare(&world, MFN(8)));
	CU_ASSERT_FALSE(frame_unshare(&world, MFN(9)));
	CU_ASSERT_TRUE(frame_put(&world, MFN(9)));
}

TEST(only_an_unused_frame_is_taken)
{
	world_start();
	CU_ASSERT_EQUAL(frame_get(&world, MFN(5), ALICE), 0);
	CU_ASSERT_EQUAL(frame_take(&world, MFN(5), ALICE), -EBUSY);
	CU_ASSERT_FALSE(frame_put(&world, MFN(5)));
	CU_ASSERT_EQUAL(frame_take(&world, MFN(5), BOB), -EBUSY);
	CU_ASSERT_EQUAL(frame_take(&world, MFN(5), ALICE), 0);
	CU_ASSERT_EQUAL(words[5], 0);
	CU_ASSERT_EQUAL(frame_owner(&world, MFN(5)), OWNER_NONE);
}

TEST(a_free_or_missing_frame_has_no_owner)
{
	world_start();
	words[5] = FRAME_IS_FREE | 77;
	CU_ASSERT_EQUAL(frame_get(&world, MFN(5), ALICE), -EINVAL);
	CU_ASSERT_FALSE(frame_exists(&world, MFN(FRAMES)));
	CU_ASSERT_FALSE(frame_exists(&world, MFN(~0ULL)));
	CU_ASSERT_TRUE(UNIT_TRIPS(frame_put(&world, MFN(5))));
}
