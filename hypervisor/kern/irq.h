/* irq.h - physical interrupts, and their way to Dom0 as PIRQs
 *
 * A machine interrupt (a GSI through an IO-APIC, or an MSI) gets a vector and one domain that takes
 * it. The vector's handler acknowledges the local APIC; a level-triggered line stays masked until
 * the guest says EOI. One that comes too fast for any device is masked for a moment, so it cannot
 * take a CPU for itself.
 *
 * Locks: an interrupt's own, taken with or without the domain's event lock, never around it.
 */
#ifndef KERN_IRQ_H
#define KERN_IRQ_H

#include "kern/domain.h"
#include "kern/pci.h"

#define NR_PIRQS                                                                                                       \
	1024 /* a domain's pirq numbers: 0..nr_gsis-1 are GSIs, MSIs are given the rest from the   \
		top */

int irq_init_domain(struct domain *d);	   /* -ENOMEM */
void irq_destroy_domain(struct domain *d); /* unbinds and frees all */

/* EVTCHNOP_bind_pirq's half: let the interrupt behind pirq come; it raises d's pirq_port[pirq].
 * -EINVAL: no such pirq; -EBUSY: taken. Event lock held. */
int irq_bind_pirq(struct vcpu *v, unsigned pirq, bool will_share, uint32_t port);
void irq_unbind_pirq(struct domain *d, unsigned pirq);
/* The guest has handled it. -EINVAL: no such pirq. */
int irq_eoi_pirq(struct domain *d, unsigned pirq);
bool irq_pirq_needs_eoi(struct domain *d, unsigned pirq);
void irq_set_pirq_cpu(struct domain *d, unsigned pirq, unsigned cpu); /* follow EVTCHNOP_bind_vcpu */

/* Give d a pirq for a GSI. *pirq: the number wanted, or negative: the GSI's own; on return, what it
 * is. Again for the same: the same. -ENOENT: no such GSI. -EPERM: not one that d may have. -EBUSY:
 * another domain has it. -EEXIST: pirq or GSI is mapped otherwise. -ENOSPC: no vector. */
int irq_map_gsi(struct domain *d, unsigned gsi, int *pirq);
/* The same for an MSI (entry 0, table_base 0) or an MSI-X entry, programmed but masked until it is
 * bound. -ENODEV: the device has no such capability or entry. -EBUSY: it is mapped already. */
int irq_map_msi(struct domain *d, struct pci_device dev, bool msix, unsigned entry, uint64_t table_base, int *pirq);
/* -EINVAL: no such pirq. */
int irq_unmap_pirq(struct domain *d, unsigned pirq);
/* A number for an MSI that nothing has. -ENOSPC. */
int irq_free_pirq(struct domain *d);

/* How a GSI's line is. -EEXIST: that was said before. -ENOENT: no such GSI. */
int irq_setup_gsi(unsigned gsi, bool level, bool low);
/* Program a device's MSIs again, after it was reset or slept. */
void irq_restore_msi(struct pci_device dev);

/* The device goes: all that is mapped of it, for whatever domain, is unmapped. */
void irq_forget_device(struct pci_device dev);

/* The page on which the guest sees which of its pirqs need an EOI (pv.pirq_eoi_map) is there now:
 * fill it. */
void irq_fill_eoi_map(struct domain *d);

/* From the interrupt's vector. */
void irq_handle(uint8_t vector);

#endif
