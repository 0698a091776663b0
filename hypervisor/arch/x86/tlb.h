/* tlb.h - flushing TLBs, here and elsewhere
 *
 * Guests' user pages are global, so a full flush is more than loading CR3. What everybody calls is in kern/machine.h, and
 * when a flush can be spared is core/flushclock.h's.
 */
#ifndef ARCH_X86_TLB_H
#define ARCH_X86_TLB_H

/* Around an idle CPU's sleep: nobody has to wake it for a flush, which it makes up for at the end. In between no guest's
 * page tables are loaded. */
void tlb_idle_begin(void);
void tlb_idle_end(void);

/* Do what other CPUs have asked of this one: CPU_PENDING_FLUSH. */
void tlb_serve(void);

#endif
