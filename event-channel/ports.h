/* ports.h - a domain's event channels: what each port is bound to, and who may do what with it [pure]
 *
 * A table of ports that grows by buckets the caller allocates. Every function judges one operation of
 * event_channel_op: it changes the table (or two tables) and returns 0 or a port, or refuses with -E… and has changed
 * nothing. Raising events is deliver.h's part.
 *
 * The caller holds the lock of each table given. Port 0 is never valid.
 */
#ifndef EVENT_CHANNEL_PORTS_H
#define EVENT_CHANNEL_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/event_channel.h>
#include <xen/xen.h>

#define PORTS_PER_BUCKET 128
#define PORTS_BUCKETS	 (EVTCHN_FIFO_NR_CHANNELS / PORTS_PER_BUCKET)

enum port_state {
	PORT_FREE,
	PORT_RESERVED, /* not to be given to anybody: port 0, or one being set up */
	PORT_UNBOUND,
	PORT_INTERDOMAIN,
	PORT_PIRQ,
	PORT_VIRQ,
	PORT_IPI,
};

struct port {
	uint8_t state;		 /* enum port_state */
	uint8_t priority;	 /* 0 highest - 15 lowest; FIFO only */
	uint8_t queued_priority; /* FIFO: the queue it was linked into last … */
	bool pended;		 /* FIFO: raised before its event word existed */
	bool answers;		 /* its events are not the guest's: a device model has answered its vcpu */
	uint16_t queued_vcpu;	 /* … and of whom */
	uint16_t remote_dom;	 /* UNBOUND: who may connect; INTERDOMAIN: who is connected */
	uint32_t vcpu;		 /* whom it notifies */
	union {
		uint32_t remote_port; /* INTERDOMAIN */
		uint32_t pirq;
		uint32_t virq;
	};
	void *remote; /* INTERDOMAIN: the caller's handle of the other domain; lives as long as the binding */
};

struct fifo; /* fifo.h */

struct evtchn_table {
	struct port *bucket[PORTS_BUCKETS];
	uint32_t nr_buckets;
	uint32_t limit;	   /* ports below this may be allocated: delivery's limit or the domain's, the smaller */
	uint32_t max;	   /* the domain's own limit (createdomain's max_evtchn_port, plus one) */
	uint32_t used;	   /* ports that are neither free nor reserved */
	uint32_t hint;	   /* no port below is free */
	struct fifo *fifo; /* NULL: two-level delivery */
};

/* All zero but for these. max: how many ports the domain may have, port 0 included. */
void ports_init(struct evtchn_table *t, uint32_t max);
/* The delivery mode allows so many ports. */
void ports_set_limit(struct evtchn_table *t, uint32_t limit);
/* Give the table another bucket: PORTS_PER_BUCKET zeroed ports. The table keeps the pointer, the caller frees it. */
void ports_add_bucket(struct evtchn_table *t, struct port *bucket);

/* The port, or NULL where there is none (yet): out of range, or 0. */
static inline struct port *ports_get(const struct evtchn_table *t, uint32_t port)
{
	if (port == 0 || port / PORTS_PER_BUCKET >= t->nr_buckets)
		return NULL;
	return &t->bucket[port / PORTS_PER_BUCKET][port % PORTS_PER_BUCKET];
}

/* A free port's number. -ENOSPC: all are taken. -ENOBUFS: add a bucket and ask again. */
int ports_find_free(struct evtchn_table *t);
/* Take a certain port that is free, for domain restore. -EBUSY; -ENOBUFS as above; -ENOSPC: beyond the limit. */
int ports_take(struct evtchn_table *t, uint32_t port);

/* Each returns the new port, or what ports_find_free does. */
int ports_alloc_unbound(struct evtchn_table *t, uint16_t remote_dom);
int ports_bind_ipi(struct evtchn_table *t, uint32_t vcpu);
int ports_bind_virq(struct evtchn_table *t, uint32_t virq, uint32_t vcpu);
int ports_bind_pirq(struct evtchn_table *t, uint32_t pirq, uint32_t vcpu);

/* One end of a connection to be made: a domain, its id, and its table. */
struct port_end {
	struct evtchn_table *table;
	void *domain;
	uint16_t id;
};

/* Connect a new port of `local` to remote_port, which must be unbound and meant for local. The two may be one domain.
 * Returns the local port. -EINVAL: it is not. -ENOSPC, -ENOBUFS for local's table. */
int ports_bind_interdomain(const struct port_end *local, const struct port_end *remote, uint32_t remote_port);

/* The port becomes free. Its peer, if it had one, is given as `peer` (in its own table) and becomes unbound, for the
 * closing domain's id only. -EINVAL: there is nothing to close. *was: what it had been. */
int ports_close(struct evtchn_table *t, uint32_t port, struct port *was);
void ports_orphan(struct evtchn_table *t, uint32_t port, uint16_t closer);

/* Where an event sent through a local port goes. */
struct port_target {
	void *domain; /* NULL: nowhere (unbound ports swallow events), or for an IPI the sender itself */
	uint32_t port;
	bool self; /* an IPI */
};
/* -EINVAL: a guest cannot send through this port. */
int ports_send(const struct evtchn_table *t, uint32_t port, struct port_target *target);

/* Fills status, vcpu and u. -EINVAL: no such port. */
int ports_status(const struct evtchn_table *t, uint32_t port, struct evtchn_status *status);
/* -EINVAL: no such port, or one that is fixed to its vcpu. */
int ports_set_vcpu(struct evtchn_table *t, uint32_t port, uint32_t vcpu);

/* A VIRQ that the machine has once and not each vcpu. */
bool ports_virq_is_global(uint32_t virq);

#endif
