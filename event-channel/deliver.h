/* deliver.h - making an event pending where its guest looks for it [pure]
 *
 * Two-level: a pending and a mask bit for each port in shared_info, a selector bit for each word of 64 ports in the
 * vcpu's vcpu_info, and the vcpu's upcall flag above all. FIFO (fifo.h): queues. Which one, the table knows.
 * The caller holds the table's lock; the guest changes the same words at any time, so all is done atomically.
 */
#ifndef EVENT_CHANNEL_DELIVER_H
#define EVENT_CHANNEL_DELIVER_H

#include "event-channel/ports.h"

/* What must happen after a port was raised or unmasked. */
struct delivery {
	bool kick;  /* the vcpu's upcall has become pending: wake it, or interrupt the CPU it runs on */
	bool newly; /* the port had not been pending: who polls it must be told */
};

/* `info` is the vcpu_info of the vcpu that the port names. */
struct delivery deliver_raise(const struct evtchn_table *t, struct shared_info *shared, struct vcpu_info *info,
			      uint32_t port);
struct delivery deliver_unmask(const struct evtchn_table *t, struct shared_info *shared, struct vcpu_info *info,
			       uint32_t port);
/* A port that is opened or closed begins without a pending event. */
void deliver_clear(const struct evtchn_table *t, struct shared_info *shared, uint32_t port);
bool deliver_is_pending(const struct evtchn_table *t, const struct shared_info *shared, uint32_t port);
bool deliver_is_masked(const struct evtchn_table *t, const struct shared_info *shared, uint32_t port);

/* The vcpu looks at vcpu_info somewhere else now: let it look at everything once. */
void deliver_rescan(struct vcpu_info *info);

#endif
