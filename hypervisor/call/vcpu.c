/* vcpu.c - HYPERVISOR_vcpu_op: starting vcpus, their timers and shared areas */
#include <xen/hvm/hvm_vcpu.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "arch/x86/hvm/hvm.h"
#include "arch/x86/pv/pv.h"
#include "arch/x86/switch.h"
#include "call/call.h"
#include "event-channel/deliver.h"
#include "kern/event.h"
#include "kern/memory.h"
#include "kern/mm.h"
#include "kern/sched.h"
#include "kern/time.h"
#include "lib/bitmap.h"
#include "lib/string.h"

#define PERIOD_MIN UINT64_C(1000000) /* ns */

union context {
	struct vcpu_guest_context pv;
	struct vcpu_hvm_context hvm;
};

/* One of those who try at once wins; the vcpu is down, so nobody else changes it. */
static long set_context(struct vcpu *v, const union context *c)
{
	struct domain *d = v->domain;
	long rc = 0;

	spin_lock(&d->lock);
	if (v->initialised || v->initialising)
		rc = -EEXIST;
	else
		v->initialising = true;
	spin_unlock(&d->lock);
	if (rc)
		return rc;
	if (v->hvm)
		vcpu_unload(v);
	rc = v->hvm ? hvm_set_context(v, &c->hvm) : pv_vcpu_set_context(v, &c->pv);
	spin_lock(&d->lock);
	v->initialising = false;
	v->initialised = !rc;
	spin_unlock(&d->lock);
	return rc;
}

static long initialise(struct vcpu *v, const void *arg)
{
	union context *context = heap_alloc(sizeof(*context));
	long rc;

	if (!context)
		return -ENOMEM;
	rc = guest_read(context, arg, v->hvm ? sizeof(context->hvm) : sizeof(context->pv));
	if (!rc)
		rc = set_context(v, context);
	heap_free(context, sizeof(*context));
	if (rc == -ERESTART)
		return call_again(3, VCPUOP_initialise, v->id, (uint64_t)arg, 0);
	return rc;
}

static long up(struct vcpu *v)
{
	if (!v->initialised)
		return -EINVAL;
	if (__atomic_fetch_and(&v->pause_flags, ~(uint32_t)VCPU_DOWN, __ATOMIC_SEQ_CST) & VCPU_DOWN)
		vcpu_wake(v);
	return 0;
}

static long get_runstate(struct vcpu *v, struct vcpu_runstate_info *arg)
{
	struct vcpu_runstate_info info;

	sched_get_runstate(v, &info);
	return copy_to_guest(arg, &info);
}

static long register_runstate(struct vcpu *v, const struct vcpu_register_runstate_memory_area *arg)
{
	struct vcpu_register_runstate_memory_area area;
	struct vcpu_runstate_info info;
	long rc = copy_from_guest(&area, arg);

	if (rc)
		return rc;
	if (area.addr.p) {
		sched_get_runstate(v, &info);
		rc = copy_to_guest(area.addr.v, &info);
		if (rc)
			return rc;
	}
	__atomic_store_n(&v->runstate_guest, area.addr.p, __ATOMIC_RELEASE);
	return 0;
}

static long register_time(struct vcpu *v, const struct vcpu_register_time_memory_area *arg)
{
	struct vcpu_register_time_memory_area area;
	long rc = copy_from_guest(&area, arg);

	return rc ? rc : time_register_secondary(v, area.addr.p);
}

/* What is pending moves along, and to be sure that nothing is lost between the two places, everything is looked at. */
static long move_info(struct vcpu *v, mfn_t frame, uint32_t offset)
{
	struct domain *d = v->domain;
	struct vcpu_info *to = (struct vcpu_info *)((uint8_t *)mfn_to_virt(frame) + offset);
	long rc = -EINVAL;

	spin_lock(&d->event_lock);
	if (mfn_eq(v->info_mfn, INVALID_MFN) && !d->dying) {
		memcpy(to, v->info, sizeof(*to));
		v->info_mfn = frame;
		__atomic_store_n(&v->info, to, __ATOMIC_SEQ_CST);
		deliver_rescan(to);
		rc = 0;
	}
	spin_unlock(&d->event_lock);
	return rc;
}

static long register_info(struct vcpu *v, const struct vcpu_register_vcpu_info *arg)
{
	struct vcpu_register_vcpu_info op;
	long rc = copy_from_guest(&op, arg);
	mfn_t m;

	if (rc)
		return rc;
	if (op.offset > PAGE_SIZE - sizeof(struct vcpu_info) || op.offset % sizeof(uint64_t))
		return -EINVAL;
	/* Another vcpu's may move only while it does not run. */
	if (v != current && !(v->pause_flags & VCPU_DOWN))
		return -EINVAL;
	rc = gfn_get(v->domain, op.mfn, true, &m);
	if (rc)
		return rc;
	rc = move_info(v, m, op.offset);
	if (rc)
		page_put_writable(m);
	else
		time_refresh_vcpu(v);
	return rc;
}

static long set_periodic(struct vcpu *v, const struct vcpu_set_periodic_timer *arg)
{
	struct vcpu_set_periodic_timer op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	return op.period_ns < PERIOD_MIN ? -EINVAL : time_set_periodic(v, op.period_ns);
}

static long set_singleshot(struct vcpu *v, const struct vcpu_set_singleshot_timer *arg)
{
	struct vcpu_set_singleshot_timer op;

	if (v != current)
		return -EINVAL;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	if (op.flags & VCPU_SSHOTTMR_future && op.timeout_abs_ns < time_now())
		return -ETIME;
	time_set_singleshot(v, op.timeout_abs_ns);
	return 0;
}

static long stop_singleshot(struct vcpu *v)
{
	if (v != current)
		return -EINVAL;
	time_stop_singleshot(v);
	return 0;
}

static long send_nmi(struct vcpu *v, uint64_t arg)
{
	if (arg)
		return -EINVAL;
	vcpu_send_nmi(v);
	return 0;
}

/* Only of a vcpu that stays on its CPU, and only to Dom0, can that be said. */
static long get_physid(struct vcpu *v, struct vcpu_get_physid *arg)
{
	uint64_t affinity = sched_get_affinity(v, false) & sched_online_cpus();

	if (!call_privileged() || bit_weight(affinity) != 1)
		return -EINVAL;
	unsigned cpu = bit_lowest(affinity);
	struct vcpu_get_physid id = {.phys_id = (uint64_t)cpu << 32 | cpus[cpu]->apic_id};

	return copy_to_guest(arg, &id);
}

long call_vcpu_op(uint64_t cmd, uint64_t id, uint64_t arg)
{
	struct domain *d = current->domain;
	struct vcpu *v = id < d->max_vcpus ? d->vcpu[id] : NULL;
	void *p = (void *)arg;

	if (!v)
		return -ENOENT;
	switch (cmd) {
	case VCPUOP_initialise:
		return initialise(v, p);
	case VCPUOP_up:
		return up(v);
	case VCPUOP_down:
		vcpu_go_down(v);
		return 0;
	case VCPUOP_is_up:
		return !(v->pause_flags & VCPU_DOWN);
	case VCPUOP_get_runstate_info:
		return get_runstate(v, p);
	case VCPUOP_register_runstate_memory_area:
		return register_runstate(v, p);
	case VCPUOP_set_periodic_timer:
		return set_periodic(v, p);
	case VCPUOP_stop_periodic_timer:
		return time_set_periodic(v, 0);
	case VCPUOP_set_singleshot_timer:
		return set_singleshot(v, p);
	case VCPUOP_stop_singleshot_timer:
		return stop_singleshot(v);
	case VCPUOP_register_vcpu_info:
		return register_info(v, p);
	case VCPUOP_send_nmi:
		return send_nmi(v, arg);
	case VCPUOP_get_physid:
		return get_physid(v, p);
	case VCPUOP_register_vcpu_time_memory_area:
		return v == current ? register_time(v, p) : -EINVAL;
	default:
		return call_missing(__HYPERVISOR_vcpu_op, (unsigned)cmd);
	}
}
