/* irq_table.h - between irq.c, which handles interrupts, and pirq.c, which gives them to domains */
#ifndef KERN_IRQ_TABLE_H
#define KERN_IRQ_TABLE_H

#include "kern/irq.h"
#include "kern/msi.h"
#include "kern/timer.h"

/* A vector that is in use. */
struct irq {
	spinlock_t lock;
	bool used;
	bool is_msi;
	bool level, low; /* GSI: of its line */
	bool waits;	 /* level: masked until the guest's EOI */
	bool stormed;	 /* masked until the timer */
	uint8_t vector;
	uint16_t pirq;
	uint32_t gsi;
	uint32_t cpu;
	struct domain *owner; /* that it is mapped for, with a reference */
	bool bound;	      /* ... and that takes it */
	struct msi msi;
	uint64_t window; /* start of the window that is counted, ns */
	uint32_t count;
	struct timer calm; /* the end of a storm */
};

extern struct irq irqs[256]; /* by vector */

struct pirq_table {
	spinlock_t lock;
	uint8_t vector[NR_PIRQS]; /* 0: not mapped */
};

/* A vector, not yet bound, for d's pirq, whose kind and place the caller fills in. NULL: there is
 * none. */
struct irq *irq_create(struct domain *d);
/* The opposite; nobody finds it any more. */
void irq_destroy(struct irq *irq);
/* In the device: masked unless it may come. irq->lock held. */
void irq_update_mask(struct irq *irq);
/* Where an interrupt for this CPU goes. */
uint32_t irq_target_apic(uint32_t cpu);

/* Vector behind d's pirq; 0: none. */
static inline uint8_t pirq_vector(struct domain *d, unsigned pirq)
{
	if (!d->pirqs || pirq >= NR_PIRQS)
		return 0;
	return __atomic_load_n(&d->pirqs->vector[pirq], __ATOMIC_ACQUIRE);
}

#endif
