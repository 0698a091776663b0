/* test_timescale.c - clock scales are exact enough, and are what guests compute */
#include "core/timescale.h"
#include "unit.h"

/* The arithmetic a guest does with tsc_to_system_mul and tsc_shift. */
static uint64_t guest_scale(uint64_t delta, uint32_t mul, int8_t shift)
{
	if (shift < 0)
		delta >>= -shift;
	else
		delta <<= shift;
	return (uint64_t)((unsigned __int128)delta * mul >> 32);
}

static const uint64_t rates[] = {1000000,    3579545,	 14318180,   24000000,	 62500000,   100000000,	 999999999,
				 1000000000, 1000000001, 1999999999, 2000000000, 2599999999, 3400000000, 5100000000};

TEST(a_second_is_a_second)
{
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct timescale s = timescale_make(rates[i], 1000000000);
		uint64_t ns = timescale_apply(s, rates[i] * 3600);

		/* within one part in 10^6 for slow clocks (whose ticks lose no bits), far better for fast ones */
		CU_ASSERT(ns <= 3600000000000 && ns > 3600000000000 - 3600000);
		CU_ASSERT_EQUAL(ns, guest_scale(rates[i] * 3600, s.mul, s.shift));
	}
}

TEST(fast_clocks_are_scaled_to_a_part_in_a_thousand_million)
{
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct timescale s = timescale_make(rates[i], 1000000000);

		CU_ASSERT(rates[i] < 1000000000 || timescale_apply(s, rates[i] * 86400) > 86400000000000 - 86400);
		CU_ASSERT(s.mul >= 0x80000000 - 64);
	}
}

TEST(there_and_back)
{
	struct timescale there = timescale_make(2599999999, 1000000000);
	struct timescale back = timescale_make(1000000000, 2599999999);

	for (uint64_t t = 1000; t < (uint64_t)1 << 50; t = t * 3 + 7) {
		uint64_t again = timescale_apply(back, timescale_apply(there, t));

		CU_ASSERT(again <= t && again + 8 + (t >> 29) > t);
	}
}

TEST(time_never_goes_back)
{
	struct timescale s = timescale_make(3400000001, 1000000000);
	uint64_t last = 0;

	for (uint64_t t = (uint64_t)1 << 45; t < ((uint64_t)1 << 45) + 100000; t++) {
		uint64_t now = timescale_apply(s, t);

		CU_ASSERT(now >= last);
		last = now;
	}
}

/* So a timer set for a time neither fires too early, and so again and again, nor too late; be it after years. */
TEST(the_first_tick_of_a_time)
{
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct timescale s = timescale_make(rates[i], 1000000000);

		CU_ASSERT_EQUAL(timescale_first(s, 0), 0);
		for (uint64_t ns = 1; ns < (uint64_t)1 << 60; ns = ns * 3 + 5) {
			uint64_t first = timescale_first(s, ns);

			CU_ASSERT(timescale_apply(s, first) >= ns && timescale_apply(s, first - 1) < ns);
		}
	}
}

TEST(a_time_that_no_tick_reaches)
{
	struct timescale fast = timescale_make(2600000000, 1000000000), slow = timescale_make(24000000, 1000000000);

	CU_ASSERT_EQUAL(timescale_first(fast, UINT64_MAX), UINT64_MAX);
	CU_ASSERT_EQUAL(timescale_first(fast, (uint64_t)1 << 63), UINT64_MAX);
	CU_ASSERT_EQUAL(timescale_first(slow, UINT64_MAX), UINT64_MAX);
}
