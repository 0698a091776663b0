/* ports.c - a domain's event channels: what each port is bound to, and who may do what with it [pure] */
#include "event-channel/ports.h"

#include "event-channel/fifo.h"
#include "lib/errno.h"
#include "lib/invariant.h"
#include "lib/types.h"

_Static_assert(sizeof(struct port) * PORTS_PER_BUCKET <= 4096, "a bucket is at most a page");

void ports_init(struct evtchn_table *t, uint32_t max)
{
	t->max = MIN(max, (uint32_t)EVTCHN_FIFO_NR_CHANNELS);
	t->hint = 1;
	ports_set_limit(t, EVTCHN_2L_NR_CHANNELS);
}

void ports_set_limit(struct evtchn_table *t, uint32_t limit)
{
	t->limit = MIN(limit, t->max);
}

void ports_add_bucket(struct evtchn_table *t, struct port *bucket)
{
	INVARIANT(t->nr_buckets < PORTS_BUCKETS);
	if (t->nr_buckets == 0)
		bucket[0].state = PORT_RESERVED;
	t->bucket[t->nr_buckets] = bucket;
	t->nr_buckets++;
}

/* A FIFO event word that the guest has still to unlink keeps its port from being used anew. */
static bool port_is_reusable(const struct evtchn_table *t, uint32_t port)
{
	return ports_get(t, port)->state == PORT_FREE && !(t->fifo && fifo_is_linked(t->fifo, port));
}

int ports_find_free(struct evtchn_table *t)
{
	uint32_t there = MIN(t->limit, t->nr_buckets * PORTS_PER_BUCKET);
	bool all_taken = true;

	for (uint32_t port = t->hint; port < there; port++) {
		if (port_is_reusable(t, port))
			return (int)port;
		if (ports_get(t, port)->state == PORT_FREE)
			all_taken = false;
		else if (all_taken)
			t->hint = port + 1;
	}
	return there < t->limit ? -ENOBUFS : -ENOSPC;
}

int ports_take(struct evtchn_table *t, uint32_t port)
{
	if (port == 0)
		return -EINVAL;
	if (port >= t->limit)
		return -ENOSPC;
	if (port / PORTS_PER_BUCKET >= t->nr_buckets)
		return -ENOBUFS;
	return port_is_reusable(t, port) ? (int)port : -EBUSY;
}

/* A free port comes into use, with nothing left of its former life. */
static struct port *port_open(struct evtchn_table *t, uint32_t port, enum port_state state)
{
	struct port *p = ports_get(t, port);
	uint8_t queued_priority = p->queued_priority;
	uint16_t queued_vcpu = p->queued_vcpu;

	*p = (struct port){.state = (uint8_t)state,
			   .priority = EVTCHN_FIFO_PRIORITY_DEFAULT,
			   .queued_priority = queued_priority,
			   .queued_vcpu = queued_vcpu};
	t->used++;
	return p;
}

int ports_alloc_unbound(struct evtchn_table *t, uint16_t remote_dom)
{
	int port = ports_find_free(t);

	if (port > 0)
		port_open(t, (uint32_t)port, PORT_UNBOUND)->remote_dom = remote_dom;
	return port;
}

int ports_bind_ipi(struct evtchn_table *t, uint32_t vcpu)
{
	int port = ports_find_free(t);

	if (port > 0)
		port_open(t, (uint32_t)port, PORT_IPI)->vcpu = vcpu;
	return port;
}

int ports_bind_virq(struct evtchn_table *t, uint32_t virq, uint32_t vcpu)
{
	if (virq >= NR_VIRQS || (vcpu != 0 && ports_virq_is_global(virq)))
		return -EINVAL;
	int port = ports_find_free(t);

	if (port > 0) {
		struct port *p = port_open(t, (uint32_t)port, PORT_VIRQ);

		p->vcpu = vcpu;
		p->virq = virq;
	}
	return port;
}

int ports_bind_pirq(struct evtchn_table *t, uint32_t pirq, uint32_t vcpu)
{
	int port = ports_find_free(t);

	if (port > 0) {
		struct port *p = port_open(t, (uint32_t)port, PORT_PIRQ);

		p->vcpu = vcpu;
		p->pirq = pirq;
	}
	return port;
}

int ports_bind_interdomain(const struct port_end *local, const struct port_end *remote, uint32_t remote_port)
{
	struct port *theirs = ports_get(remote->table, remote_port);

	if (!theirs || theirs->state != PORT_UNBOUND || theirs->remote_dom != local->id)
		return -EINVAL;
	int port = ports_find_free(local->table);

	if (port <= 0)
		return port;
	struct port *ours = port_open(local->table, (uint32_t)port, PORT_INTERDOMAIN);

	ours->remote_dom = remote->id;
	ours->remote_port = remote_port;
	ours->remote = remote->domain;
	theirs->state = PORT_INTERDOMAIN;
	theirs->remote_dom = local->id;
	theirs->remote_port = (uint32_t)port;
	theirs->remote = local->domain;
	return port;
}

int ports_close(struct evtchn_table *t, uint32_t port, struct port *was)
{
	struct port *p = ports_get(t, port);

	if (!p || p->state == PORT_FREE || p->state == PORT_RESERVED)
		return -EINVAL;
	*was = *p;
	p->state = PORT_FREE;
	p->remote = NULL;
	p->pended = false;
	t->used--;
	t->hint = MIN(t->hint, port);
	return 0;
}

void ports_orphan(struct evtchn_table *t, uint32_t port, uint16_t closer)
{
	struct port *p = ports_get(t, port);

	INVARIANT(p && p->state == PORT_INTERDOMAIN && p->remote_dom == closer);
	p->state = PORT_UNBOUND;
	p->remote_dom = closer;
	p->remote = NULL;
}

int ports_send(const struct evtchn_table *t, uint32_t port, struct port_target *target)
{
	const struct port *p = ports_get(t, port);

	*target = (struct port_target){NULL, 0, false};
	if (!p)
		return -EINVAL;
	switch (p->state) {
	case PORT_INTERDOMAIN:
		target->domain = p->remote;
		target->port = p->remote_port;
		return 0;
	case PORT_IPI:
		target->self = true;
		target->port = port;
		return 0;
	case PORT_UNBOUND:
		return 0;
	default:
		return -EINVAL;
	}
}

int ports_status(const struct evtchn_table *t, uint32_t port, struct evtchn_status *status)
{
	const struct port *p = ports_get(t, port);

	if (!p)
		return -EINVAL;
	status->vcpu = p->vcpu;
	switch (p->state) {
	case PORT_UNBOUND:
		status->status = EVTCHNSTAT_unbound;
		status->u.unbound.dom = p->remote_dom;
		break;
	case PORT_INTERDOMAIN:
		status->status = EVTCHNSTAT_interdomain;
		status->u.interdomain.dom = p->remote_dom;
		status->u.interdomain.port = p->remote_port;
		break;
	case PORT_PIRQ:
		status->status = EVTCHNSTAT_pirq;
		status->u.pirq = p->pirq;
		break;
	case PORT_VIRQ:
		status->status = EVTCHNSTAT_virq;
		status->u.virq = p->virq;
		break;
	case PORT_IPI:
		status->status = EVTCHNSTAT_ipi;
		break;
	default:
		status->status = EVTCHNSTAT_closed;
		break;
	}
	return 0;
}

int ports_set_vcpu(struct evtchn_table *t, uint32_t port, uint32_t vcpu)
{
	struct port *p = ports_get(t, port);

	if (!p)
		return -EINVAL;
	switch (p->state) {
	case PORT_VIRQ:
		if (!ports_virq_is_global(p->virq))
			return -EINVAL;
		break;
	case PORT_UNBOUND:
	case PORT_INTERDOMAIN:
	case PORT_PIRQ:
		break;
	default:
		return -EINVAL;
	}
	p->vcpu = vcpu;
	return 0;
}

bool ports_virq_is_global(uint32_t virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	default:
		return true;
	}
}
