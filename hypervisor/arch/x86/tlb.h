/* tlb.h - flushing TLBs, here and elsewhere
 *
 * Guests' user pages are global, so a full flush is more than loading CR3. What everybody calls is in kern/machine.h, and
 * when a flush can be spared is core/flushclock.h's.
 */
#ifndef ARCH_X86_TLB_H
#define ARCH_X86_TLB_H

/* Do what other CPUs have asked of this one: CPU_PENDING_FLUSH. */
void tlb_serve(void);

#endif
