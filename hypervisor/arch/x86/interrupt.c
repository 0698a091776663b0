/* interrupt.c - external interrupts, NMI and machine check: who gets which; vectors given out */
#include <xen/xen.h>

#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/smp.h"
#include "arch/x86/vectors.h"
#include "kern/irq.h"
#include "kern/lock.h"
#include "kern/machine.h"
#include "kern/printk.h"
#include "lib/bitmap.h"
#include "lib/errno.h"

static spinlock_t vector_lock = SPINLOCK_INIT;
static BITMAP(vectors_taken, 256); /* [vector_lock] */

int vector_alloc(void)
{
	int found = -ENOSPC;

	spin_lock(&vector_lock);
	for (unsigned v = VECTOR_FIRST; v <= VECTOR_LAST; v++) {
		if (v != VECTOR_SYSCALL32 && !bit_test_and_set(vectors_taken, v)) {
			found = (int)v;
			break;
		}
	}
	spin_unlock(&vector_lock);
	return found;
}

void vector_free(uint8_t vector)
{
	spin_lock(&vector_lock);
	bit_clear(vectors_taken, vector);
	spin_unlock(&vector_lock);
}

void interrupt(struct cpu_user_regs *r)
{
	uint8_t vector = (uint8_t)r->entry_vector;

	switch (vector) {
	case VECTOR_TIMER:
		apic_eoi();
		__atomic_fetch_or(&this_cpu()->pending, CPU_PENDING_TIMER, __ATOMIC_SEQ_CST);
		break;
	case VECTOR_WAKE:
		apic_eoi();
		machine_serve(__atomic_load_n(&this_cpu()->pending, __ATOMIC_SEQ_CST));
		break;
	case VECTOR_ERROR:
		apic_handle_error();
		break;
	case VECTOR_SPURIOUS:
		break; /* must not be acknowledged */
	case VECTOR_PIC ... VECTOR_PIC + 15:
		log_debug("CPU %u: spurious interrupt of an 8259, vector %#x\n", this_cpu()->id, vector);
		break;
	default:
		irq_handle(vector);
	}
}

/* Those that came while the hypervisor ran, perhaps with the console's lock held, are told of at the next occasion. */
static uint32_t untold_nmis; /* [a] */

void interrupt_nmi(struct cpu_user_regs *r)
{
	smp_check_stop();
	__atomic_fetch_add(&untold_nmis, 1, __ATOMIC_RELAXED);
	if (r->cs & 3)
		log_error("CPU %u: %u NMIs of unknown cause\n", this_cpu()->id,
			  __atomic_exchange_n(&untold_nmis, 0, __ATOMIC_RELAXED));
}

/* Nothing is repaired: what the banks say is told, and the machine stops. */
void interrupt_machine_check(struct cpu_user_regs *r)
{
	unsigned banks;

	smp_check_stop();
	banks = cpu_has(CPU_MCA) ? msr_read(MSR_MCG_CAP) & 0xff : 0;
	for (unsigned i = 0; i < banks; i++) {
		uint64_t status = msr_read(MSR_MC0_STATUS + MSR_MC_STRIDE * i);

		if (!(status & BIT(63)))
			continue;
		log_error("Machine check, bank %u: status %#lx, address %#lx\n", i, status,
			  status & BIT(58) ? msr_read(MSR_MC0_ADDR + MSR_MC_STRIDE * i) : 0);
	}
	panic("CPU %u: machine check at %#lx", this_cpu()->id, r->rip);
}
