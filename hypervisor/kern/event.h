/* event.h - sending events from within the hypervisor (ports and their states: event-channel/ports.h) */
#ifndef KERN_EVENT_H
#define KERN_EVENT_H

#include "kern/domain.h"

int event_init_domain(struct domain *d);	     /* -ENOMEM */
void event_destroy_domain(struct domain *d);	     /* closes every port, tells the other ends */
void event_send_virq(struct vcpu *v, unsigned virq); /* per-vcpu VIRQs: TIMER, DEBUG, XENOPROF… */
void event_send_global_virq(unsigned virq);	     /* to the domain that takes it, mostly Dom0: CONSOLE, DOM_EXC… */
void event_send_port(struct domain *d, uint32_t port);	/* raise it, respecting masks. Takes d's event lock. */
void event_raise_port(struct domain *d, uint32_t port); /* the same, with d's event lock held */
int event_send_pirq(struct domain *d, unsigned pirq);	/* -ENOENT: not bound. */
/* Let the poller's timer or an event end a sched_op poll. */
void event_end_poll(struct vcpu *v);
int event_port_pending(struct domain *d, uint32_t port); /* 0, 1, or -EINVAL: there is no such port */
/* The vcpu has (or may have) an event pending: wake it, make its CPU look. */
void vcpu_kick(struct vcpu *v);
void vcpu_send_nmi(struct vcpu *v);
bool hvm_interrupt_pending(const struct vcpu *v); /* arch/x86/hvm/hvm.h */

/* Has it something to handle, so that it shall not sleep? */
static inline bool vcpu_event_pending(const struct vcpu *v)
{
	if (v->hvm)
		return hvm_interrupt_pending(v);
	return (__atomic_load_n(&v->info->evtchn_upcall_pending, __ATOMIC_ACQUIRE) && !v->info->evtchn_upcall_mask) ||
	       (__atomic_load_n(&v->pv.nmi_pending, __ATOMIC_ACQUIRE) && !v->pv.nmi_masked);
}

#endif
