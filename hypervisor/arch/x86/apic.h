/* apic.h - the local APIC: its timer, interrupts between CPUs, acknowledging
 *
 * Registers are in memory (xAPIC) or, where the CPU has x2APIC, MSRs. Destinations are always physical APIC ids.
 */
#ifndef ARCH_X86_APIC_H
#define ARCH_X86_APIC_H

#include "lib/types.h"

void apic_init(void);	   /* once; finds the registers. Panics when there are none. */
void apic_init_this(void); /* on each CPU: enables it, everything masked but errors */

uint32_t apic_id(void); /* of this CPU */
bool apic_is_x2(void);
void apic_eoi(void);

void apic_send(uint32_t apic_id, uint8_t vector);
void apic_send_nmi(uint32_t apic_id);
void apic_send_init(uint32_t apic_id);
void apic_send_startup(uint32_t apic_id, uint8_t page); /* begins at page << 12, in real mode */
/* To every CPU but this one, known or not. */
void apic_send_nmi_others(void);

/* The timer counts down from ticks and interrupts once (VECTOR_TIMER); 0 stops it. */
void apic_timer_start(uint32_t ticks);
uint32_t apic_timer_left(void);
/* Or it interrupts when the TSC reaches a value (CPU_TSC_DEADLINE); 0 stops it. */
void apic_timer_deadline(uint64_t tsc);

void apic_handle_error(void); /* VECTOR_ERROR */

#endif
