/* event.c - HYPERVISOR_event_channel_op */
#include <xen/event_channel.h>

#include "call/call.h"
#include "event-channel/ports.h"
#include "kern/event.h"
#include "kern/event_ops.h"

/* A port number that is the answer, or an error. */
#define answer(handle, op, field, port)                                                                                \
	({                                                                                                             \
		int port_ = (port);                                                                                    \
		long rc_ = port_;                                                                                      \
		if (port_ > 0) {                                                                                       \
			(op)->field = (uint32_t)port_;                                                                 \
			rc_ = copy_field_to_guest(handle, op, field);                                                  \
			if (rc_) /* a port that nobody knows of must not stay */                                       \
				event_close(current->domain, (uint32_t)port_);                                         \
		}                                                                                                      \
		rc_;                                                                                                   \
	})

/* The domain whose ports are concerned; those of others only for the privileged. NULL: *rc tells why. */
static struct domain *port_owner(uint16_t id, long *rc)
{
	struct domain *d = domain_get(id);

	if (!d) {
		*rc = -ESRCH;
	} else if (d != current->domain && !call_privileged()) {
		domain_put(d);
		*rc = -EPERM;
		d = NULL;
	}
	return d;
}

static long alloc_unbound(struct evtchn_alloc_unbound *arg)
{
	struct evtchn_alloc_unbound op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	struct domain *d = port_owner(op.dom, &rc);

	if (!d)
		return rc;
	int port = event_alloc_unbound(d, op.remote_dom == DOMID_SELF ? current->domain->id : op.remote_dom);

	if (port > 0) {
		op.port = (uint32_t)port;
		rc = copy_field_to_guest(arg, &op, port);
		if (rc)
			event_close(d, op.port);
	} else {
		rc = port;
	}
	domain_put(d);
	return rc;
}

static long bind_interdomain(struct evtchn_bind_interdomain *arg)
{
	struct evtchn_bind_interdomain op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	struct domain *remote = domain_get(op.remote_dom);

	if (!remote)
		return -ESRCH;
	rc = answer(arg, &op, local_port, event_bind_interdomain(current->domain, remote, op.remote_port));
	domain_put(remote);
	return rc;
}

static long bind_virq(struct evtchn_bind_virq *arg)
{
	struct evtchn_bind_virq op;
	long rc = copy_from_guest(&op, arg);

	return rc ? rc : answer(arg, &op, port, event_bind_virq(current->domain, op.virq, op.vcpu));
}

static long bind_ipi(struct evtchn_bind_ipi *arg)
{
	struct evtchn_bind_ipi op;
	long rc = copy_from_guest(&op, arg);

	return rc ? rc : answer(arg, &op, port, event_bind_ipi(current->domain, op.vcpu));
}

static long bind_pirq(struct evtchn_bind_pirq *arg)
{
	struct evtchn_bind_pirq op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	return answer(arg, &op, port, event_bind_pirq(current->domain, op.pirq, op.flags & BIND_PIRQ__WILL_SHARE));
}

static long port_status(struct evtchn_status *arg)
{
	struct evtchn_status op, result = {0};
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	struct domain *d = port_owner(op.dom, &rc);

	if (!d)
		return rc;
	result.dom = op.dom;
	result.port = op.port;
	rc = event_status(d, op.port, &result);
	domain_put(d);
	return rc ? rc : copy_to_guest(arg, &result);
}

static long bind_vcpu(const struct evtchn_bind_vcpu *arg)
{
	struct evtchn_bind_vcpu op;
	long rc = copy_from_guest(&op, arg);

	if (!rc && event_is_answer(current->domain, op.port))
		return -EINVAL;
	return rc ? rc : event_bind_vcpu(current->domain, op.port, op.vcpu);
}

static long reset(const struct evtchn_reset *arg)
{
	struct evtchn_reset op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	struct domain *d = port_owner(op.dom, &rc);

	if (!d)
		return rc;
	rc = event_reset(d, &this_cpu()->work);
	domain_put(d);
	return rc == -ERESTART ? call_again(2, EVTCHNOP_reset, (uint64_t)arg, 0, 0) : rc;
}

static long init_control(struct evtchn_init_control *arg)
{
	struct evtchn_init_control op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	op.link_bits = EVTCHN_FIFO_LINK_BITS;
	rc = event_fifo_init_control(current->domain, op.vcpu, op.control_gfn, op.offset);
	return rc ? rc : copy_field_to_guest(arg, &op, link_bits);
}

static long expand_array(const struct evtchn_expand_array *arg)
{
	struct evtchn_expand_array op;
	long rc = copy_from_guest(&op, arg);

	return rc ? rc : event_fifo_expand_array(current->domain, op.array_gfn);
}

static long set_priority(const struct evtchn_set_priority *arg)
{
	struct evtchn_set_priority op;
	long rc = copy_from_guest(&op, arg);

	return rc ? rc : event_fifo_set_priority(current->domain, op.port, op.priority);
}

/* close, send and unmask have the same argument: a port. */
static long one_port(uint64_t cmd, const evtchn_port_t *arg)
{
	evtchn_port_t port;
	long rc = copy_from_guest(&port, arg);

	if (rc)
		return rc;
	switch (cmd) {
	case EVTCHNOP_close:
		return event_is_answer(current->domain, port) ? -EINVAL : event_close(current->domain, port);
	case EVTCHNOP_send:
		return event_send(current->domain, port);
	default:
		return event_unmask(current->domain, port);
	}
}

long call_event_channel_op(uint64_t cmd, uint64_t arg)
{
	void *p = (void *)arg;

	switch (cmd) {
	case EVTCHNOP_close:
	case EVTCHNOP_send:
	case EVTCHNOP_unmask:
		return one_port(cmd, p);
	case EVTCHNOP_bind_interdomain:
		return bind_interdomain(p);
	case EVTCHNOP_bind_virq:
		return bind_virq(p);
	case EVTCHNOP_bind_pirq:
		return bind_pirq(p);
	case EVTCHNOP_status:
		return port_status(p);
	case EVTCHNOP_alloc_unbound:
		return alloc_unbound(p);
	case EVTCHNOP_bind_ipi:
		return bind_ipi(p);
	case EVTCHNOP_bind_vcpu:
		return bind_vcpu(p);
	case EVTCHNOP_reset:
		return reset(p);
	case EVTCHNOP_init_control:
		return init_control(p);
	case EVTCHNOP_expand_array:
		return expand_array(p);
	case EVTCHNOP_set_priority:
		return set_priority(p);
	default:
		return call_missing(__HYPERVISOR_event_channel_op, (unsigned)cmd);
	}
}
