/* test_hvm_event.c - two exceptions at once: AMD APM vol. 2, table 8-4 */
#include "core/hvm_event.h"
#include "unit.h"

static struct hvm_event exception(uint8_t vector)
{
	return (struct hvm_event){.valid = true,
				  .type = HVM_EVENT_EXCEPTION,
				  .vector = vector,
				  .has_error = hvm_exception_has_error(vector)};
}

static int combined(uint8_t first, uint8_t second)
{
	struct hvm_event e = hvm_event_combine(exception(first), exception(second));

	return e.valid ? e.vector : -1;
}

TEST(a_double_fault_needs_two_of_the_dangerous_kinds)
{
	static const uint8_t contributory[] = {0, 10, 11, 12, 13};

	for (size_t i = 0; i < sizeof(contributory); i++) {
		for (size_t k = 0; k < sizeof(contributory); k++)
			CU_ASSERT_EQUAL(combined(contributory[i], contributory[k]), 8);
		CU_ASSERT_EQUAL(combined(14, contributory[i]), 8);
		CU_ASSERT_EQUAL(combined(contributory[i], 14), 14);
		CU_ASSERT_EQUAL(combined(contributory[i], 6), 6);
		CU_ASSERT_EQUAL(combined(3, contributory[i]), contributory[i]);
	}
	CU_ASSERT_EQUAL(combined(14, 14), 8);
	CU_ASSERT_EQUAL(combined(1, 14), 14);
}

TEST(whatever_follows_a_double_fault_ends_it_all)
{
	for (unsigned second = 0; second < 32; second++)
		CU_ASSERT_EQUAL(combined(8, (uint8_t)second), -1);
}

TEST(an_exception_wins_over_an_interrupt_and_over_nothing)
{
	struct hvm_event interrupt = {.valid = true, .type = HVM_EVENT_INTERRUPT, .vector = 13};

	CU_ASSERT_EQUAL(hvm_event_combine(interrupt, exception(13)).vector, 13);
	CU_ASSERT_EQUAL(hvm_event_combine(interrupt, exception(13)).type, HVM_EVENT_EXCEPTION);
	CU_ASSERT_EQUAL(hvm_event_combine((struct hvm_event){0}, exception(6)).vector, 6);
}

TEST(a_double_fault_has_an_error_code_of_zero)
{
	struct hvm_event e = hvm_event_combine(exception(13), exception(13));

	CU_ASSERT_TRUE(e.has_error);
	CU_ASSERT_EQUAL(e.error, 0);
	CU_ASSERT_TRUE(hvm_exception_has_error(17));
	CU_ASSERT_FALSE(hvm_exception_has_error(6));
	CU_ASSERT_FALSE(hvm_exception_has_error(32));
}
