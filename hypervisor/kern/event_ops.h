/* event_ops.h - what event_channel_op does, for call/event.c and whoever sets up a domain
 *
 * Functions that make a port return its number. None of them wants a lock held. `d` is the domain whose port it is.
 */
#ifndef KERN_EVENT_OPS_H
#define KERN_EVENT_OPS_H

#include <xen/event_channel.h>

#include "kern/domain.h"
#include "lib/work.h"

int event_alloc_unbound(struct domain *d, uint16_t remote);
/* For a device model in `remote`: its events do not reach the guest, but end v's wait for an answer (hvm/ioreq.h). */
int event_alloc_answer(struct vcpu *v, uint16_t remote);
/* Such a port is not the guest's to close or to bind elsewhere. */
bool event_is_answer(struct domain *d, uint32_t port);
int event_bind_interdomain(struct domain *d, struct domain *remote, uint32_t remote_port);
int event_bind_virq(struct domain *d, uint32_t virq, uint32_t vcpu);
int event_bind_ipi(struct domain *d, uint32_t vcpu);
int event_bind_pirq(struct domain *d, uint32_t pirq, bool will_share);
int event_close(struct domain *d, uint32_t port);
int event_send(struct domain *d, uint32_t port);
int event_status(struct domain *d, uint32_t port, struct evtchn_status *status);
int event_bind_vcpu(struct domain *d, uint32_t port, uint32_t vcpu);
int event_unmask(struct domain *d, uint32_t port);
/* Close all ports and go back to two-level delivery. -ERESTART: call again. The domain must not make new ones meanwhile. */
int event_reset(struct domain *d, struct work *w);

/* FIFO delivery (event_fifo.c). gfn: a frame of the domain's own. */
int event_fifo_init_control(struct domain *d, uint32_t vcpu, uint64_t gfn, uint32_t offset);
int event_fifo_expand_array(struct domain *d, uint64_t gfn);
int event_fifo_set_priority(struct domain *d, uint32_t port, uint32_t priority);
void event_fifo_end(struct domain *d); /* give its pages back; the event lock is held */

/* domctl: createdomain's max_evtchn_port, before there are ports; subscribe; set_virq_handler. */
void event_set_max_port(struct domain *d, uint32_t max_port);
int event_set_suspend_port(struct domain *d, uint32_t port);
int event_set_virq_handler(struct domain *d, unsigned virq);

#endif
