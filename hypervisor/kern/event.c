/* event.c - event channels of running domains: locks, memory, and who is woken
 *
 * What a port may be and where its event goes is decided by event-channel/{ports,deliver,fifo}. A domain's event lock
 * guards its table and everything the guest shares for delivery (shared_info's bitmaps, event words, the place of
 * vcpu_info). Two domains' locks are taken in the order of their ids. Run-queue locks nest inside.
 */
#include "kern/event.h"

#include "arch/x86/hvm/ioreq.h"

#include "event-channel/deliver.h"
#include "event-channel/fifo.h"
#include "event-channel/ports.h"
#include "kern/event_ops.h"
#include "kern/irq.h"
#include "kern/memory.h"
#include "kern/sched.h"
#include "kern/timer.h"
#include "lib/errno.h"

/* Which domain takes each global VIRQ, mostly Dom0 (domctl set_virq_handler). */
static uint16_t virq_handler[NR_VIRQS];

/* --- waking ----------------------------------------------------------------------------------------------------- */

/* Take the vcpu out of block or poll. False: it was in neither. */
static bool vcpu_unblock(struct vcpu *v)
{
	uint32_t old = __atomic_load_n(&v->pause_flags, __ATOMIC_SEQ_CST);

	if (!(old & VCPU_BLOCKED))
		return false;
	old = __atomic_fetch_and(&v->pause_flags, ~(uint32_t)(VCPU_BLOCKED | VCPU_POLLING), __ATOMIC_SEQ_CST);
	if (old & VCPU_POLLING)
		__atomic_fetch_sub(&v->domain->pollers, 1, __ATOMIC_SEQ_CST);
	if (!(old & VCPU_BLOCKED))
		return false;
	vcpu_wake(v);
	return true;
}

void vcpu_kick(struct vcpu *v)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* what is pending was written before we look whether it sleeps */
	if (!vcpu_unblock(v) && __atomic_load_n(&v->running, __ATOMIC_SEQ_CST) && v != current)
		cpu_request(v->processor, CPU_PENDING_EVENT);
}

void vcpu_send_nmi(struct vcpu *v)
{
	__atomic_store_n(v->hvm ? &v->hvm->nmi_pending : &v->pv.nmi_pending, true, __ATOMIC_SEQ_CST);
	vcpu_kick(v);
	if (v == current)
		cpu_request(this_cpu()->id, CPU_PENDING_EVENT);
}

void event_end_poll(struct vcpu *v)
{
	if (__atomic_load_n(&v->pause_flags, __ATOMIC_SEQ_CST) & VCPU_POLLING)
		vcpu_unblock(v);
}

static void wake_pollers(struct domain *d, uint32_t port)
{
	struct vcpu *v;

	for_each_vcpu (d, v) {
		if (v->pause_flags & VCPU_POLLING && (v->poll_port == 0 || v->poll_port == port))
			vcpu_unblock(v);
	}
}

/* --- raising ---------------------------------------------------------------------------------------------------- */

static void follow_up(struct domain *d, struct vcpu *v, uint32_t port, struct delivery result)
{
	if (result.kick) {
		if (v->hvm)
			hvm_upcall(v);
		vcpu_kick(v);
	}
	if (result.newly && __atomic_load_n(&d->pollers, __ATOMIC_SEQ_CST))
		wake_pollers(d, port);
}

static struct vcpu *vcpu_of_port(struct domain *d, const struct port *p)
{
	return p->vcpu < d->max_vcpus ? d->vcpu[p->vcpu] : NULL;
}

void event_raise_port(struct domain *d, uint32_t port)
{
	const struct port *p = ports_get(d->events, port);
	struct vcpu *v = p ? vcpu_of_port(d, p) : NULL;

	if (v && p->answers)
		hvm_io_answered(v);
	else if (v && p->state != PORT_FREE)
		follow_up(d, v, port, deliver_raise(d->events, d->shared_info, v->info, port));
}

void event_send_port(struct domain *d, uint32_t port)
{
	spin_lock(&d->event_lock);
	event_raise_port(d, port);
	spin_unlock(&d->event_lock);
}

void event_send_virq(struct vcpu *v, unsigned virq)
{
	struct domain *d = v->domain;

	spin_lock(&d->event_lock);
	if (v->virq_port[virq])
		event_raise_port(d, v->virq_port[virq]);
	spin_unlock(&d->event_lock);
}

void event_send_global_virq(unsigned virq)
{
	struct domain *d = domain_get(__atomic_load_n(&virq_handler[virq], __ATOMIC_RELAXED));

	if (!d)
		d = domain_get(0);
	if (!d)
		return;
	if (d->vcpu[0])
		event_send_virq(d->vcpu[0], virq);
	domain_put(d);
}

int event_set_virq_handler(struct domain *d, unsigned virq)
{
	if (virq >= NR_VIRQS || !ports_virq_is_global(virq))
		return -EINVAL;
	__atomic_store_n(&virq_handler[virq], d->id, __ATOMIC_RELAXED);
	return 0;
}

int event_send_pirq(struct domain *d, unsigned pirq)
{
	int rc = -ENOENT;

	spin_lock(&d->event_lock);
	if (d->pirq_port && pirq < NR_PIRQS && d->pirq_port[pirq]) {
		event_raise_port(d, d->pirq_port[pirq]);
		rc = 0;
	}
	spin_unlock(&d->event_lock);
	return rc;
}

int event_port_pending(struct domain *d, uint32_t port)
{
	int pending = -EINVAL;

	spin_lock(&d->event_lock);
	if (ports_get(d->events, port))
		pending = deliver_is_pending(d->events, d->shared_info, port);
	spin_unlock(&d->event_lock);
	return pending;
}

int event_send(struct domain *d, uint32_t port)
{
	struct port_target target;

	spin_lock(&d->event_lock);
	int rc = ports_send(d->events, port, &target);

	if (target.self)
		event_raise_port(d, target.port);
	struct domain *remote = target.domain;

	if (remote == d)
		event_raise_port(d, target.port);
	else if (remote)
		domain_ref(remote); /* it lives as long as our port is bound to it, which ends with our lock */
	spin_unlock(&d->event_lock);
	if (!remote || remote == d)
		return rc;

	spin_lock(&remote->event_lock);
	const struct port *p = ports_get(remote->events, target.port);

	if (p && p->state == PORT_INTERDOMAIN && p->remote == d && p->remote_port == port)
		event_raise_port(remote, target.port);
	spin_unlock(&remote->event_lock);
	domain_put(remote);
	return rc;
}

/* --- binding ---------------------------------------------------------------------------------------------------- */

static int add_bucket(struct domain *d)
{
	struct port *bucket = heap_alloc(PORTS_PER_BUCKET * sizeof(*bucket));

	if (!bucket)
		return -ENOMEM;
	ports_add_bucket(d->events, bucket);
	return 0;
}

/* Try `attempt`, an expression that yields a port or an error, giving the table buckets as long as it asks for them. */
#define with_buckets(d, attempt)                                                                                       \
	({                                                                                                             \
		int port_;                                                                                             \
		while ((port_ = (attempt)) == -ENOBUFS) {                                                              \
			if ((port_ = add_bucket(d)) != 0)                                                              \
				break;                                                                                 \
		}                                                                                                      \
		port_;                                                                                                 \
	})

static void lock_two(struct domain *a, struct domain *b)
{
	if (a->id > b->id) {
		struct domain *swap = a;

		a = b;
		b = swap;
	}
	spin_lock(&a->event_lock);
	if (a != b)
		spin_lock(&b->event_lock);
}

static void unlock_two(struct domain *a, struct domain *b)
{
	spin_unlock(&a->event_lock);
	if (a != b)
		spin_unlock(&b->event_lock);
}

int event_alloc_unbound(struct domain *d, uint16_t remote)
{
	spin_lock(&d->event_lock);
	int port = d->dying ? -EINVAL : with_buckets(d, ports_alloc_unbound(d->events, remote));

	spin_unlock(&d->event_lock);
	return port;
}

int event_alloc_answer(struct vcpu *v, uint16_t remote)
{
	struct domain *d = v->domain;

	spin_lock(&d->event_lock);
	int port = d->dying ? -EINVAL : with_buckets(d, ports_alloc_unbound(d->events, remote));

	if (port > 0) {
		struct port *p = ports_get(d->events, (uint32_t)port);

		p->answers = true;
		p->vcpu = v->id;
	}
	spin_unlock(&d->event_lock);
	return port;
}

bool event_is_answer(struct domain *d, uint32_t port)
{
	spin_lock(&d->event_lock);
	const struct port *p = ports_get(d->events, port);
	bool answers = p && p->answers;

	spin_unlock(&d->event_lock);
	return answers;
}

int event_bind_interdomain(struct domain *d, struct domain *remote, uint32_t remote_port)
{
	struct port_end ours = {d->events, d, d->id}, theirs = {remote->events, remote, remote->id};

	lock_two(d, remote);
	int port = d->dying || remote->dying ? -EINVAL
					     : with_buckets(d, ports_bind_interdomain(&ours, &theirs, remote_port));

	/* The other end may have sent while nobody was bound: let the new one look once. */
	if (port > 0)
		event_raise_port(d, (uint32_t)port);
	unlock_two(d, remote);
	return port;
}

int event_bind_virq(struct domain *d, uint32_t virq, uint32_t vcpu)
{
	struct vcpu *v = vcpu < d->max_vcpus ? d->vcpu[vcpu] : NULL;
	int port;

	if (virq >= NR_VIRQS)
		return -EINVAL;
	if (!v)
		return -ENOENT;
	spin_lock(&d->event_lock);
	if (d->dying)
		port = -EINVAL;
	else if (v->virq_port[virq])
		port = -EEXIST;
	else
		port = with_buckets(d, ports_bind_virq(d->events, virq, vcpu));
	if (port > 0)
		v->virq_port[virq] = (uint32_t)port;
	spin_unlock(&d->event_lock);
	return port;
}

int event_bind_ipi(struct domain *d, uint32_t vcpu)
{
	if (vcpu >= d->max_vcpus || !d->vcpu[vcpu])
		return -ENOENT;
	spin_lock(&d->event_lock);
	int port = d->dying ? -EINVAL : with_buckets(d, ports_bind_ipi(d->events, vcpu));

	spin_unlock(&d->event_lock);
	return port;
}

/* A new port for the pirq, and the interrupt routed to it. The event lock is held. */
static int bind_pirq_locked(struct domain *d, uint32_t pirq, bool will_share)
{
	struct port was;

	if (!d->pirq_port)
		d->pirq_port = heap_alloc(NR_PIRQS * sizeof(*d->pirq_port));
	if (!d->pirq_port)
		return -ENOMEM;
	if (d->pirq_port[pirq])
		return -EEXIST;
	int port = with_buckets(d, ports_bind_pirq(d->events, pirq, 0));

	if (port < 0)
		return port;
	/* The interrupt may fire as soon as it is routed. */
	d->pirq_port[pirq] = (uint32_t)port;
	int rc = irq_bind_pirq(d->vcpu[0], pirq, will_share, (uint32_t)port);

	if (rc) {
		d->pirq_port[pirq] = 0;
		ports_close(d->events, (uint32_t)port, &was);
		return rc;
	}
	return port;
}

int event_bind_pirq(struct domain *d, uint32_t pirq, bool will_share)
{
	if (pirq >= NR_PIRQS)
		return -EINVAL;
	spin_lock(&d->event_lock);
	int port = d->dying ? -EINVAL : bind_pirq_locked(d, pirq, will_share);

	spin_unlock(&d->event_lock);
	return port;
}

/* --- closing ---------------------------------------------------------------------------------------------------- */

/* What the port was bound to within the domain ends. The event lock is held. */
static void unbind(struct domain *d, uint32_t port, const struct port *was)
{
	struct vcpu *v;

	switch (was->state) {
	case PORT_PIRQ:
		irq_unbind_pirq(d, was->pirq);
		d->pirq_port[was->pirq] = 0;
		break;
	case PORT_VIRQ:
		for_each_vcpu (d, v) {
			if (v->virq_port[was->virq] == port)
				v->virq_port[was->virq] = 0;
		}
		break;
	default:
		break;
	}
	if (d->suspend_port == port)
		d->suspend_port = 0;
}

int event_close(struct domain *d, uint32_t port)
{
	struct domain *remote = d;
	struct port was;

	for (;;) {
		lock_two(d, remote);
		const struct port *p = ports_get(d->events, port);
		struct domain *peer = p && p->state == PORT_INTERDOMAIN ? p->remote : d;

		if (peer == remote)
			break;
		/* Both locks are needed, in their order: let go, and look again. */
		if (peer != d)
			domain_ref(peer);
		unlock_two(d, remote);
		if (remote != d)
			domain_put(remote);
		remote = peer;
	}
	int rc = ports_close(d->events, port, &was);

	if (!rc) {
		deliver_clear(d->events, d->shared_info, port);
		unbind(d, port, &was);
		if (was.state == PORT_INTERDOMAIN && !(remote == d && was.remote_port == port))
			ports_orphan(remote->events, was.remote_port, d->id);
	}
	unlock_two(d, remote);
	if (remote != d)
		domain_put(remote);
	return rc;
}

int event_reset(struct domain *d, struct work *w)
{
	for (uint32_t port = 1; d->events->used && port < d->events->nr_buckets * PORTS_PER_BUCKET; port++) {
		const struct port *p = ports_get(d->events, port);

		if (p->state == PORT_FREE || p->state == PORT_RESERVED || (p->answers && !d->dying))
			continue;
		if (!work_spend(w, 64))
			return -ERESTART;
		event_close(d, port);
	}
	spin_lock(&d->event_lock);
	event_fifo_end(d);
	ports_set_limit(d->events, EVTCHN_2L_NR_CHANNELS);
	spin_unlock(&d->event_lock);
	return 0;
}

/* --- the rest of event_channel_op ------------------------------------------------------------------------------- */

int event_status(struct domain *d, uint32_t port, struct evtchn_status *status)
{
	spin_lock(&d->event_lock);
	int rc = ports_status(d->events, port, status);

	spin_unlock(&d->event_lock);
	return rc;
}

int event_bind_vcpu(struct domain *d, uint32_t port, uint32_t vcpu)
{
	if (vcpu >= d->max_vcpus || !d->vcpu[vcpu])
		return -ENOENT;
	spin_lock(&d->event_lock);
	int rc = ports_set_vcpu(d->events, port, vcpu);

	if (!rc && ports_get(d->events, port)->state == PORT_PIRQ)
		irq_set_pirq_cpu(d, ports_get(d->events, port)->pirq, d->vcpu[vcpu]->processor);
	spin_unlock(&d->event_lock);
	return rc;
}

int event_unmask(struct domain *d, uint32_t port)
{
	int rc = -EINVAL;

	spin_lock(&d->event_lock);
	const struct port *p = ports_get(d->events, port);
	struct vcpu *v = p ? vcpu_of_port(d, p) : NULL;

	if (v) {
		follow_up(d, v, port, deliver_unmask(d->events, d->shared_info, v->info, port));
		rc = 0;
	}
	spin_unlock(&d->event_lock);
	return rc;
}

int event_set_suspend_port(struct domain *d, uint32_t port)
{
	spin_lock(&d->event_lock);
	const struct port *p = ports_get(d->events, port);
	int rc = p && p->state == PORT_INTERDOMAIN ? 0 : -EINVAL;

	if (!rc)
		d->suspend_port = port;
	spin_unlock(&d->event_lock);
	return rc;
}

/* --- a domain's life -------------------------------------------------------------------------------------------- */

int event_init_domain(struct domain *d)
{
	d->events = heap_alloc(sizeof(*d->events));
	if (!d->events)
		return -ENOMEM;
	ports_init(d->events, EVTCHN_FIFO_NR_CHANNELS);
	if (add_bucket(d)) {
		heap_free(d->events, sizeof(*d->events));
		d->events = NULL;
		return -ENOMEM;
	}
	return 0;
}

void event_set_max_port(struct domain *d, uint32_t max_port)
{
	uint32_t nr = MIN(max_port, (uint32_t)EVTCHN_FIFO_NR_CHANNELS - 1) + 1;

	ports_init(d->events, nr);
}

void event_destroy_domain(struct domain *d)
{
	struct work unlimited = WORK_UNLIMITED;
	struct evtchn_table *t = d->events;

	if (!t)
		return;
	event_reset(d, &unlimited);
	for (uint32_t i = 0; i < t->nr_buckets; i++)
		heap_free(t->bucket[i], PORTS_PER_BUCKET * sizeof(struct port));
	heap_free(t, sizeof(*t));
	d->events = NULL;
	if (d->pirq_port)
		heap_free(d->pirq_port, NR_PIRQS * sizeof(*d->pirq_port));
	d->pirq_port = NULL;
}
