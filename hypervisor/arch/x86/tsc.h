/* tsc.h - time: the TSC's rate, its scale to nanoseconds, the same on every CPU */
#ifndef ARCH_X86_TSC_H
#define ARCH_X86_TSC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/timescale.h"

extern uint64_t tsc_base;	   /* the TSC when time_now() was 0 ... */
extern struct timescale tsc_scale; /* ... and its scale to ns: told to guests, their time is ours exactly */

uint64_t time_of_tsc(uint64_t tsc); /* time_now() at the moment the TSC showed this */

/* Finds the rates of the TSC and of the local APIC's timer; time_now() works from here on. ACPI and the APIC are set up. */
void tsc_init(void);

/* Comparing an AP's TSC with the boot CPU's. The boot CPU prepares before it starts one, and serves while it waits for it;
 * the AP, with its control registers set, corrects its own if that can be done, and complains if not. */
void tsc_sync_prepare(void);
void tsc_sync_serve(void);
void tsc_sync_this(void);

#endif
