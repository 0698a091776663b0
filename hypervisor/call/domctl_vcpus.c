/* domctl_vcpus.c - domctl: vcpus' contexts, their affinity, and the scheduler's parameters */
#include "arch/x86/pv/pv.h"
#include "call/domctl.h"
#include "kern/event.h"
#include "kern/memory.h"
#include "kern/sched.h"

static long set_context(struct vcpu *v, const struct vcpu_guest_context *from)
{
	struct vcpu_guest_context *context = heap_alloc(sizeof(*context));
	long rc;

	if (!context)
		return -ENOMEM;
	rc = copy_from_guest(context, from);
	if (!rc)
		rc = pv_vcpu_set_context(v, context);
	if (!rc) {
		v->initialised = true;
		if (context->flags & VGCF_online)
			__atomic_fetch_and(&v->pause_flags, ~(uint32_t)VCPU_DOWN, __ATOMIC_SEQ_CST);
		else
			__atomic_fetch_or(&v->pause_flags, VCPU_DOWN, __ATOMIC_SEQ_CST);
	}
	heap_free(context, sizeof(*context));
	return rc;
}

static long setvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domctl_vcpu(d, op->u.vcpucontext.vcpu);
	long rc;

	if (!v || domain_is_hvm(d)) /* theirs is sethvmcontext */
		return -EINVAL;
	if (!op->u.vcpucontext.ctxt)
		return -EOPNOTSUPP; /* resetting a vcpu */
	domain_pause(d);
	rc = set_context(v, op->u.vcpucontext.ctxt);
	domain_unpause(d);
	return rc;
}

static long getvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domctl_vcpu(d, op->u.vcpucontext.vcpu);
	struct vcpu_guest_context *context;
	long rc;

	if (!v)
		return op->u.vcpucontext.vcpu < d->max_vcpus ? -ESRCH : -EINVAL;
	if (!v->initialised)
		return -ENODATA;
	if (domain_is_hvm(d))
		return -EOPNOTSUPP;
	context = heap_alloc(sizeof(*context));
	if (!context)
		return -ENOMEM;
	vcpu_pause(v);
	pv_vcpu_get_context(v, context);
	if (!(v->pause_flags & VCPU_DOWN))
		context->flags |= VGCF_online;
	vcpu_unpause(v);
	rc = copy_to_guest(op->u.vcpucontext.ctxt, context);
	heap_free(context, sizeof(*context));
	return rc;
}

static long getvcpuinfo(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getvcpuinfo *info = &op->u.getvcpuinfo;
	struct vcpu *v = domctl_vcpu(d, info->vcpu);
	struct vcpu_runstate_info runstate;

	if (!v)
		return info->vcpu < d->max_vcpus ? -ESRCH : -EINVAL;
	sched_get_runstate(v, &runstate);
	info->online = !(v->pause_flags & VCPU_DOWN);
	info->blocked = !!(v->pause_flags & VCPU_BLOCKED);
	info->running = v->running;
	info->cpu_time = runstate.time[RUNSTATE_running];
	info->cpu = v->processor;
	return 0;
}

/* Set one of the two affinities, and tell what it comes to. */
static long set_affinity(struct vcpu *v, bool soft, const struct xenctl_bitmap *map)
{
	uint64_t cpus_wanted;
	long rc = bitmap_from_guest(&cpus_wanted, map);

	if (rc)
		return rc;
	rc = sched_set_affinity(v, soft, cpus_wanted);
	if (rc)
		return rc;
	uint64_t effective = cpus_wanted & sched_online_cpus();

	return bitmap_to_guest(map, soft ? effective & sched_get_affinity(v, false) : effective);
}

static long setvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v = domctl_vcpu(d, a->vcpu);
	long rc = 0;

	if (!v)
		return a->vcpu < d->max_vcpus ? -ESRCH : -EINVAL;
	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return -EINVAL;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = set_affinity(v, false, &a->cpumap_hard);
	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT)
		rc = set_affinity(v, true, &a->cpumap_soft);
	return rc;
}

static long getvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v = domctl_vcpu(d, a->vcpu);
	long rc = 0;

	if (!v)
		return a->vcpu < d->max_vcpus ? -ESRCH : -EINVAL;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = bitmap_to_guest(&a->cpumap_hard, sched_get_affinity(v, false));
	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT)
		rc = bitmap_to_guest(&a->cpumap_soft, sched_get_affinity(v, true));
	return rc;
}

/* Our scheduler takes the parameters of the one called credit, in the same units. */
static long scheduler_op(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_scheduler_op *s = &op->u.scheduler_op;
	uint16_t weight, cap;

	if (s->sched_id != XEN_SCHEDULER_CREDIT)
		return -EINVAL;
	sched_get_params(d, &weight, &cap);
	switch (s->cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		s->u.credit.weight = weight;
		s->u.credit.cap = cap;
		return 0;
	case XEN_DOMCTL_SCHEDOP_putinfo:
		if (s->u.credit.weight)
			weight = s->u.credit.weight;
		if (s->u.credit.cap != UINT16_MAX)
			cap = s->u.credit.cap;
		return sched_set_params(d, weight, cap);
	default:
		return -EOPNOTSUPP; /* parameters of single vcpus */
	}
}

static long sendtrigger(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domctl_vcpu(d, op->u.sendtrigger.vcpu);

	if (!v)
		return op->u.sendtrigger.vcpu < d->max_vcpus ? -ESRCH : -EINVAL;
	if (op->u.sendtrigger.trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
		return -ENOSYS;
	vcpu_send_nmi(v);
	return 0;
}

static long get_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
	struct vcpu *v = domctl_vcpu(d, e->vcpu);

	if (!v)
		return -ESRCH;
	if (v->hvm)
		return -EINVAL;
	vcpu_pause(v);
	*e = (struct xen_domctl_ext_vcpucontext){
		.vcpu = v->id,
		.size = sizeof(*e),
		.syscall32_callback_eip = v->pv.syscall32_callback,
		.sysenter_callback_eip = v->pv.sysenter_callback,
		.syscall32_callback_cs = v->pv.syscall32_cs,
		.sysenter_callback_cs = v->pv.sysenter_cs,
		.syscall32_disables_events = v->pv.syscall32_masks_events,
		.sysenter_disables_events = v->pv.sysenter_masks_events,
	};
	vcpu_unpause(v);
	return 0;
}

static long set_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
	struct vcpu *v = domctl_vcpu(d, e->vcpu);

	if (!v)
		return -ESRCH;
	if (v->hvm)
		return -EINVAL;
	if (e->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap) ||
	    !pv_address_ok(e->syscall32_callback_eip) || !pv_address_ok(e->sysenter_callback_eip))
		return -EINVAL;
	vcpu_pause(v);
	v->pv.syscall32_callback = e->syscall32_callback_eip;
	v->pv.sysenter_callback = e->sysenter_callback_eip;
	v->pv.syscall32_cs = e->syscall32_callback_cs;
	v->pv.sysenter_cs = e->sysenter_callback_cs;
	v->pv.syscall32_masks_events = e->syscall32_disables_events;
	v->pv.sysenter_masks_events = e->sysenter_disables_events;
	vcpu_unpause(v);
	return 0;
}

const struct domctl_handler domctl_vcpus[] = {
	{XEN_DOMCTL_setvcpucontext, DOMCTL_NOT_SELF, setvcpucontext},
	{XEN_DOMCTL_getvcpucontext, DOMCTL_NOT_SELF, getvcpucontext},
	{XEN_DOMCTL_getvcpuinfo, DOMCTL_COPYBACK, getvcpuinfo},
	{XEN_DOMCTL_setvcpuaffinity, 0, setvcpuaffinity},
	{XEN_DOMCTL_getvcpuaffinity, 0, getvcpuaffinity},
	{XEN_DOMCTL_scheduler_op, DOMCTL_COPYBACK, scheduler_op},
	{XEN_DOMCTL_sendtrigger, 0, sendtrigger},
	{XEN_DOMCTL_get_ext_vcpucontext, DOMCTL_NOT_SELF | DOMCTL_COPYBACK, get_ext_vcpucontext},
	{XEN_DOMCTL_set_ext_vcpucontext, DOMCTL_NOT_SELF, set_ext_vcpucontext},
	{0, 0, NULL},
};
