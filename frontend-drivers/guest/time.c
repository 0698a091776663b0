/* time.c - nanoseconds since the hypervisor booted, from the TSC and what the hypervisor says of it */
#include "frontend-drivers/guest/kernel.h"

static uint64_t read_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

uint64_t os_now(void)
{
	const volatile struct vcpu_time_info *t = &shared->vcpu_info[os_vcpu()].time;
	uint32_t version;
	uint64_t now, ticks;

	/* The version is odd while the others are written. */
	do {
		version = t->version;
		__asm__ volatile("" : : : "memory");
		ticks = read_tsc() - t->tsc_timestamp;
		ticks = t->tsc_shift < 0 ? ticks >> -t->tsc_shift : ticks << t->tsc_shift;
		now = t->system_time + (uint64_t)((unsigned __int128)ticks * t->tsc_to_system_mul >> 32);
		__asm__ volatile("" : : : "memory");
	} while (version & 1 || version != t->version);
	return now;
}
