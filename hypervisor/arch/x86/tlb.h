/* tlb.h - flushing TLBs, here and elsewhere
 *
 * Guests' user pages are global, so a full flush is more than loading CR3.
 */
#ifndef ARCH_X86_TLB_H
#define ARCH_X86_TLB_H

#include <stdint.h>

/* tlb_flush_local() and the others, and the flush clock, are everybody's, in kern/machine.h. */

/* Write back and empty the caches of these CPUs. */
void machine_flush_cache(uint64_t cpu_mask);

/* Do what other CPUs have asked of this one: CPU_PENDING_FLUSH. */
void tlb_serve(void);

#endif
