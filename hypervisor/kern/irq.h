/* irq.h - physical interrupts, and their way to Dom0 as PIRQs
 *
 * A machine interrupt (a GSI through an IO-APIC, or an MSI) gets a vector and one domain that takes it. The vector's
 * handler acknowledges the local APIC; a level-triggered line is masked or left un-EOIed until the guest says EOI.
 */
#ifndef KERN_IRQ_H
#define KERN_IRQ_H

#include "kern/domain.h"

#define NR_PIRQS 1024 /* a domain's pirq numbers: 0..nr_gsis-1 are GSIs, MSIs are given the rest from the top */

int irq_init_domain(struct domain *d); /* -ENOMEM */
void irq_destroy_domain(struct domain *d); /* unbinds and frees all */
/* EVTCHNOP_bind_pirq's half: route the interrupt behind pirq to the port. -EINVAL: no such pirq; -EBUSY: taken. Event lock held. */
int irq_bind_pirq(struct vcpu *v, unsigned pirq, bool will_share, uint32_t port);
void irq_unbind_pirq(struct domain *d, unsigned pirq);
/* The guest has handled it. */
int irq_eoi_pirq(struct domain *d, unsigned pirq);
bool irq_pirq_needs_eoi(struct domain *d, unsigned pirq);
void irq_set_pirq_cpu(struct domain *d, unsigned pirq, unsigned cpu); /* follow EVTCHNOP_bind_vcpu */
/* From the interrupt's vector. */
void irq_handle(uint8_t vector);

#endif
