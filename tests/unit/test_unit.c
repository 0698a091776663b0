/* test_unit.c - the harness itself: does a tripped invariant come back to the test that expects it? */
#include "lib/invariant.h"
#include "unit.h"

TEST(a_tripped_invariant_is_seen)
{
	volatile int on_purpose = 0;

	CU_ASSERT_TRUE(UNIT_TRIPS(INVARIANT(on_purpose != 0)));
}

TEST(a_statement_that_holds_does_not_trip)
{
	volatile int x = 0;

	CU_ASSERT_FALSE(UNIT_TRIPS(x++));
	CU_ASSERT_EQUAL(x, 1);
}
