/* rtc.c - the CMOS clock: what time it is when the machine starts */
#include "arch/x86/acpi.h"
#include "arch/x86/io.h"
#include "core/calendar.h"
#include "kern/machine.h"
#include "kern/printk.h"
#include "lib/string.h"

#define CMOS_SELECT 0x70
#define CMOS_DATA   0x71

enum {
	CMOS_SECOND = 0,
	CMOS_MINUTE = 2,
	CMOS_HOUR = 4,
	CMOS_DAY = 7,
	CMOS_MONTH = 8,
	CMOS_YEAR = 9,
	CMOS_STATUS_A = 10,
	CMOS_STATUS_B = 11,
};

#define A_UPDATING 0x80
#define B_BINARY   0x04
#define B_24_HOURS 0x02

static uint8_t cmos_read(uint8_t reg)
{
	io_out8(CMOS_SELECT, reg);
	return io_in8(CMOS_DATA);
}

static void read_registers(struct calendar_rtc *rtc)
{
	rtc->second = cmos_read(CMOS_SECOND);
	rtc->minute = cmos_read(CMOS_MINUTE);
	rtc->hour = cmos_read(CMOS_HOUR);
	rtc->day = cmos_read(CMOS_DAY);
	rtc->month = cmos_read(CMOS_MONTH);
	rtc->year = cmos_read(CMOS_YEAR);
	rtc->century = acpi_info.fadt.century ? cmos_read(acpi_info.fadt.century) : 0;
}

/* The clock may step between two of its registers: two readings must agree, neither begun during an update. */
uint64_t machine_wallclock(void)
{
	struct calendar_rtc rtc, again;
	uint8_t status;

	for (unsigned tries = 0; tries < 10000; tries++) {
		if (cmos_read(CMOS_STATUS_A) & A_UPDATING)
			continue;
		memset(&rtc, 0, sizeof(rtc));
		memset(&again, 0, sizeof(again));
		read_registers(&rtc);
		read_registers(&again);
		if (memcmp(&rtc, &again, sizeof(rtc)))
			continue;
		status = cmos_read(CMOS_STATUS_B);
		rtc.binary = status & B_BINARY;
		rtc.hours_24 = status & B_24_HOURS;
		return calendar_rtc_seconds(&rtc);
	}
	log_warning("The CMOS clock does not answer: it is 1970\n");
	return 0;
}
