/* calendar.h - seconds since 1970 from a date, and from a PC's clock registers [pure] */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include "lib/types.h"

/* The registers of a PC's clock as they stand, and in what form that is. */
struct calendar_rtc {
	uint8_t second, minute, hour, day, month, year;
	uint8_t century; /* 0: there is no such register; the years are 1970 to 2069 */
	bool binary;	 /* else each digit has four bits */
	bool hours_24;	 /* else 1-12, the highest bit for the afternoon */
};

/* UTC; month and day count from 1. */
uint64_t calendar_seconds(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second);

/* 0 when they hold no date. */
uint64_t calendar_rtc_seconds(const struct calendar_rtc *rtc);

#endif
