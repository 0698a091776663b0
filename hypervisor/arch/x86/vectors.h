/* vectors.h - which interrupt vector means what
 *
 * The higher sixteenth wins, so ours are above those of devices.
 */
#ifndef ARCH_X86_VECTORS_H
#define ARCH_X86_VECTORS_H

#include <stdint.h>

#define VECTOR_PIC	 0x20 /* 16 that the masked 8259s may still raise by mistake */
#define VECTOR_FIRST	 0x30 /* devices' */
#define VECTOR_LAST	 0xef
#define VECTOR_SYSCALL32 0x80 /* guests' `int 0x80`: no device's */
#define VECTOR_WAKE	 0xfb /* another CPU has set bits in our cpu->pending */
#define VECTOR_TIMER	 0xfc
#define VECTOR_ERROR	 0xfe /* the local APIC has seen an error */
#define VECTOR_SPURIOUS	 0xff /* its low four bits must be ones */

#ifndef __ASSEMBLY__
struct cpu_user_regs;

/* A vector for a device's interrupt, the same on every CPU; its interrupts go to irq_handle(). -ENOSPC. */
int vector_alloc(void);
void vector_free(uint8_t vector);

/* C's end of every external interrupt: entry.S calls it with interrupts off, r->entry_vector says which. */
void interrupt(struct cpu_user_regs *r);
/* NMI and machine check, each on its own stack: trap_on_ist() calls them. The first returns unless it meant this CPU's end. */
void interrupt_nmi(struct cpu_user_regs *r);
_Noreturn void interrupt_machine_check(struct cpu_user_regs *r);
#endif

#endif
