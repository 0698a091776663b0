/* calendar.c - seconds since 1970 from a date, and from a PC's clock registers [pure] */
#include "core/calendar.h"

#define AFTERNOON 0x80

/* Days from the first of March of year 0 to a date, in years that begin in March so that the leap day comes last. */
static uint64_t days_to(unsigned year, unsigned month, unsigned day)
{
	unsigned y = month > 2 ? year : year - 1;
	unsigned m = month > 2 ? month - 3 : month + 9;

	/* The months from March on have 153 days in each five. */
	return 365ULL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
}

uint64_t calendar_seconds(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second)
{
	uint64_t days = days_to(year, month, day) - days_to(1970, 1, 1);

	return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

static unsigned number(const struct calendar_rtc *rtc, uint8_t value)
{
	return rtc->binary ? value : (value >> 4) * 10U + (value & 0xf);
}

uint64_t calendar_rtc_seconds(const struct calendar_rtc *rtc)
{
	unsigned year = number(rtc, rtc->year), month = number(rtc, rtc->month);
	unsigned day = number(rtc, rtc->day), hour = number(rtc, rtc->hour & ~AFTERNOON);
	unsigned minute = number(rtc, rtc->minute), second = number(rtc, rtc->second);

	if (rtc->hours_24)
		hour = number(rtc, rtc->hour);
	else
		hour = hour % 12 + (rtc->hour & AFTERNOON ? 12 : 0);
	if (rtc->century)
		year += 100 * number(rtc, rtc->century);
	else
		year += year < 70 ? 2000 : 1900;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
		return 0;
	return calendar_seconds(year, month, day, hour, minute, second);
}
