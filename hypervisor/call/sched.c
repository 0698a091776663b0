/* sched.c - HYPERVISOR_sched_op: giving up the CPU, and ending a domain */
#include <xen/sched.h>

#include "call/call.h"
#include "kern/event.h"
#include "kern/memory.h"
#include "kern/sched.h"
#include "kern/time.h"
#include "kern/timer.h"

#define POLL_PORTS 128 /* at most, in one poll */

/* Is one of the ports pending? -EINVAL: one does not exist. */
static int any_pending(struct domain *d, const evtchn_port_t *ports, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		int pending = event_port_pending(d, ports[i]);

		if (pending)
			return pending;
	}
	return 0;
}

static long poll(const struct sched_poll *arg)
{
	evtchn_port_t ports[POLL_PORTS];
	struct vcpu *v = current;
	struct sched_poll op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	if (op.nr_ports > POLL_PORTS)
		return -EINVAL;
	rc = copy_from_guest_array(ports, op.ports, 0, op.nr_ports);
	if (rc)
		return rc;
	v->poll_nr = op.nr_ports;
	v->poll_port = op.nr_ports == 1 ? ports[0] : 0;
	__atomic_fetch_add(&v->domain->pollers, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&v->pause_flags, VCPU_BLOCKED | VCPU_POLLING, __ATOMIC_SEQ_CST);

	/* Whoever raises one of them after this look finds us polling. */
	rc = vcpu_event_pending(v) ? 1 : any_pending(v->domain, ports, op.nr_ports);
	if (rc) {
		event_end_poll(v);
		return rc < 0 ? rc : 0;
	}
	time_stop_poll(v);
	if (op.timeout)
		time_set_poll(v, op.timeout);
	vcpu_sleep(v);
	return 0;
}

static long shut_down(const struct sched_shutdown *arg)
{
	struct sched_shutdown op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	if (op.reason > SHUTDOWN_MAX)
		return -EINVAL;
	domain_shutdown(current->domain, op.reason);
	return 0;
}

static long shutdown_code(const struct sched_shutdown *arg)
{
	struct domain *d = current->domain;
	struct sched_shutdown op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	if (op.reason > SHUTDOWN_MAX)
		return -EINVAL;
	spin_lock(&d->lock);
	if (!d->shut_down && d->shutdown_code == SHUTDOWN_NONE)
		d->shutdown_code = (uint8_t)op.reason;
	spin_unlock(&d->lock);
	return 0;
}

static long remote_shutdown(const struct sched_remote_shutdown *arg)
{
	struct sched_remote_shutdown op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	if (!call_privileged())
		return -EPERM;
	if (op.reason > SHUTDOWN_MAX)
		return -EINVAL;
	struct domain *d = domain_get(op.domain_id);

	if (!d)
		return -ESRCH;
	domain_shutdown(d, op.reason);
	domain_put(d);
	return 0;
}

static void watchdog_fires(void *arg)
{
	struct domain *d = arg;

	log_error("Domain %u did not serve its watchdog", d->id);
	domain_shutdown(d, SHUTDOWN_watchdog);
}

/* The index of a free watchdog that is taken, or an error. A timer once made is kept until the domain goes. */
static int watchdog_take(struct domain *d)
{
	int rc = -ENOSPC;

	spin_lock(&d->lock);
	for (unsigned i = 0; i < ARRAY_SIZE(d->watchdog) && rc == -ENOSPC; i++) {
		if (d->watchdogs_used & BIT(i))
			continue;
		rc = (int)i;
		if (!d->watchdog[i]) {
			d->watchdog[i] = heap_alloc(sizeof(*d->watchdog[i]));
			if (d->watchdog[i])
				timer_init(d->watchdog[i], watchdog_fires, d);
			else
				rc = -ENOMEM;
		}
		if (rc >= 0)
			d->watchdogs_used |= (uint8_t)BIT(i);
	}
	spin_unlock(&d->lock);
	return rc;
}

static long watchdog(const struct sched_watchdog *arg)
{
	struct domain *d = current->domain;
	struct sched_watchdog op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	int i = (int)op.id - 1;

	if (op.id == 0) {
		i = op.timeout ? watchdog_take(d) : -EINVAL;
		if (i < 0)
			return i;
	} else if (op.id > ARRAY_SIZE(d->watchdog) || !(d->watchdogs_used & BIT(i))) {
		return -EINVAL;
	}
	/* Without the domain's lock: the timer's function takes it. */
	if (op.timeout) {
		timer_set(d->watchdog[i], this_cpu()->id, time_now() + op.timeout * UINT64_C(1000000000));
		return op.id ? 0 : i + 1;
	}
	timer_stop(d->watchdog[i]);
	spin_lock(&d->lock);
	d->watchdogs_used &= (uint8_t)~BIT(i);
	spin_unlock(&d->lock);
	return 0;
}

long call_sched_op(uint64_t cmd, uint64_t arg)
{
	const void *p = (const void *)arg;

	switch (cmd) {
	case SCHEDOP_yield:
		vcpu_yield();
		return 0;
	case SCHEDOP_block:
		vcpu_block();
		return 0;
	case SCHEDOP_shutdown:
		return shut_down(p);
	case SCHEDOP_poll:
		return poll(p);
	case SCHEDOP_remote_shutdown:
		return remote_shutdown(p);
	case SCHEDOP_shutdown_code:
		return shutdown_code(p);
	case SCHEDOP_watchdog:
		return watchdog(p);
	default:
		return call_missing(__HYPERVISOR_sched_op, (unsigned)cmd);
	}
}
