/* test_calendar.c - dates against the C library's, and the forms a PC's clock has */
#include <time.h>

#include "core/calendar.h"
#include "unit.h"

TEST(every_day_of_two_centuries)
{
	for (time_t t = 0; t < (time_t)200 * 365 * 86400; t += 86400 - 61) {
		struct tm tm;

		gmtime_r(&t, &tm);
		CU_ASSERT_EQUAL(calendar_seconds((unsigned)tm.tm_year + 1900, (unsigned)tm.tm_mon + 1,
						 (unsigned)tm.tm_mday, (unsigned)tm.tm_hour, (unsigned)tm.tm_min,
						 (unsigned)tm.tm_sec),
				(uint64_t)t);
	}
}

TEST(digits_and_halves_of_the_day)
{
	struct calendar_rtc rtc = {.second = 0x59,
				   .minute = 0x34,
				   .hour = 0x23,
				   .day = 0x31,
				   .month = 0x12,
				   .year = 0x26,
				   .century = 0x20,
				   .hours_24 = true};
	uint64_t t = calendar_seconds(2026, 12, 31, 23, 34, 59);

	CU_ASSERT_EQUAL(calendar_rtc_seconds(&rtc), t);
	rtc.century = 0;
	CU_ASSERT_EQUAL(calendar_rtc_seconds(&rtc), t);
	rtc.hours_24 = false;
	rtc.hour = 0x80 | 0x11;
	CU_ASSERT_EQUAL(calendar_rtc_seconds(&rtc), t);
	rtc.hour = 0x12; /* midnight */
	CU_ASSERT_EQUAL(calendar_rtc_seconds(&rtc), t - 23 * 3600);
	rtc.hour = 0x92; /* noon */
	CU_ASSERT_EQUAL(calendar_rtc_seconds(&rtc), t - 11 * 3600);
	rtc = (struct calendar_rtc){.second = 59,
				    .minute = 34,
				    .hour = 23,
				    .day = 31,
				    .month = 12,
				    .year = 26,
				    .century = 20,
				    .binary = true,
				    .hours_24 = true};
	CU_ASSERT_EQUAL(calendar_rtc_seconds(&rtc), t);
}

TEST(an_empty_clock_is_no_date)
{
	struct calendar_rtc rtc = {.hours_24 = true};

	CU_ASSERT_EQUAL(calendar_rtc_seconds(&rtc), 0);
	memset(&rtc, 0xff, 7);
	CU_ASSERT_EQUAL(calendar_rtc_seconds(&rtc), 0);
}
