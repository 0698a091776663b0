/* domctl_life.c - domctl: making domains, ending them, stopping them, and telling about them */
#include "arch/x86/hvm/devices.h"
#include "arch/x86/hvm/hypercall.h"
#include "call/domctl.h"
#include "kern/event_ops.h"
#include "kern/grant.h"
#include "kern/memory.h"
#include "kern/mm.h"
#include "kern/sched.h"
#include "kern/time.h"
#include "lib/bitmap.h"
#include "lib/string.h"

#define TOOL_PAUSES_MAX 255

/* A PVH domain has local APICs. An HVM domain has these as well; what is missing of a PC is its device model's. */
#define PVH_DEVICES XEN_X86_EMU_LAPIC
#define HVM_DEVICES (XEN_X86_EMU_LAPIC | XEN_X86_EMU_IOAPIC | XEN_X86_EMU_PIC | XEN_X86_EMU_PIT)

static long check_hvm(const struct xen_domctl_createdomain *c)
{
	if (!hvm) {
		log_warning("An HVM or PVH domain was asked for: this machine has no usable hardware virtualization");
		return -EOPNOTSUPP;
	}
	if (!(c->flags & XEN_DOMCTL_CDF_hap))
		return -EOPNOTSUPP; /* shadow page tables */
	if (c->arch.emulation_flags != PVH_DEVICES && c->arch.emulation_flags != HVM_DEVICES) {
		log_warning("Emulated devices %#x were asked for: there are %#x and %#x", c->arch.emulation_flags,
			    PVH_DEVICES, HVM_DEVICES);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* What createdomain may ask for here. -EOPNOTSUPP: what needs hardware or features that are not there. */
static long check_create(const struct xen_domctl_createdomain *c)
{
	uint32_t kind = c->flags & (XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap);

	if (c->flags & ~(XEN_DOMCTL_CDF_MAX * 2 - 1) || c->max_vcpus < 1 || c->max_vcpus > MAX_VCPUS ||
	    kind == XEN_DOMCTL_CDF_hap)
		return -EINVAL;
	if ((c->flags & ~(XEN_DOMCTL_CDF_xs_domain | kind)) || c->iommu_opts || c->vmtrace_size ||
	    (!kind && c->arch.emulation_flags)) {
		log_warning("A domain with flags %#x, emulated devices %#x was asked for, which is not there", c->flags,
			    c->arch.emulation_flags);
		return -EOPNOTSUPP;
	}
	if (kind && check_hvm(c))
		return -EOPNOTSUPP;
	if (c->grant_opts & ~XEN_DOMCTL_GRANT_version_mask || c->cpupool_id ||
	    c->arch.misc_flags & ~XEN_X86_MSR_RELAXED)
		return -EINVAL;
	return 0;
}

/* An id nobody has: behind the one given last, so that ids come back late. */
static long create_anywhere(const struct xen_domctl_createdomain *c, struct domain **d)
{
	static uint16_t last;
	long rc = -EEXIST;

	for (unsigned tries = 0; tries < DOMID_FIRST_RESERVED && rc == -EEXIST; tries++) {
		uint16_t id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED) % DOMID_FIRST_RESERVED;

		if (id)
			rc = domain_create(id, c->max_vcpus, c->flags, c->handle, d);
	}
	return rc;
}

static long createdomain(struct domain *none, struct xen_domctl *op)
{
	const struct xen_domctl_createdomain *c = &op->u.createdomain;
	struct domain *d;
	long rc = check_create(c);

	(void)none;
	if (rc)
		return rc;
	if (op->domain && op->domain < DOMID_FIRST_RESERVED)
		rc = domain_create(op->domain, c->max_vcpus, c->flags, c->handle, &d);
	else
		rc = create_anywhere(c, &d);
	if (rc)
		return rc;
	d->ssidref = c->ssidref;
	event_set_max_port(d, c->max_evtchn_port);
	rc = grant_set_limits(d, c->max_grant_frames, c->max_maptrack_frames,
			      c->grant_opts & XEN_DOMCTL_GRANT_version_mask);
	if (!rc && c->arch.emulation_flags == HVM_DEVICES)
		rc = hvm_devices_init(d);
	if (rc)
		domain_discard(d);
	op->domain = d->id;
	domain_put(d);
	return rc;
}

static long destroydomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	return domain_relinquish(d, &this_cpu()->work);
}

static long pausedomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	spin_lock(&d->lock);
	bool ok = d->tool_pauses < TOOL_PAUSES_MAX;

	if (ok)
		d->tool_pauses++;
	spin_unlock(&d->lock);
	if (!ok)
		return -EOVERFLOW;
	domain_pause(d);
	return 0;
}

static long unpausedomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	spin_lock(&d->lock);
	bool ok = d->tool_pauses > 0;

	if (ok)
		d->tool_pauses--;
	spin_unlock(&d->lock);
	if (!ok)
		return -EINVAL;
	domain_unpause(d);
	return 0;
}

static long resumedomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	if (d->dying)
		return -EINVAL;
	domain_resume(d);
	return 0;
}

void domctl_fill_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	struct vcpu_runstate_info runstate;
	struct vcpu *v;

	*info = (struct xen_domctl_getdomaininfo){
		.domain = d->id,
		.flags = XEN_DOMINF_blocked,
		.tot_pages = d->pages,
		.max_pages = d->max_pages,
		.outstanding_pages = d->target_pages,
		.shared_info_frame = virt_to_mfn(d->shared_info).n,
		.max_vcpu_id = XEN_INVALID_MAX_VCPU_ID,
		.ssidref = d->ssidref,
		.gpaddr_bits = (uint8_t)(bit_highest(memory_max_mfn()) + 1 + PAGE_SHIFT),
	};
	memcpy(info->handle, d->handle, sizeof(info->handle));
	for_each_vcpu (d, v) {
		info->max_vcpu_id = v->id;
		sched_get_runstate(v, &runstate);
		info->cpu_time += runstate.time[RUNSTATE_running];
		if (v->pause_flags & VCPU_DOWN)
			continue;
		info->nr_online_vcpus++;
		if (!(v->pause_flags & VCPU_BLOCKED))
			info->flags &= ~XEN_DOMINF_blocked;
		if (v->running)
			info->flags |= XEN_DOMINF_running;
	}
	if (d->dying)
		info->flags |= XEN_DOMINF_dying;
	if (d->shut_down)
		info->flags |= XEN_DOMINF_shutdown | (uint32_t)d->shutdown_code << XEN_DOMINF_shutdownshift;
	if (d->tool_pauses && d->pause_count)
		info->flags |= XEN_DOMINF_paused;
	if (d->create_flags & XEN_DOMCTL_CDF_xs_domain)
		info->flags |= XEN_DOMINF_xs_domain;
	if (domain_is_hvm(d)) {
		info->flags |= XEN_DOMINF_hvm_guest | XEN_DOMINF_hap;
		info->arch_config.emulation_flags = d->hvm->devices ? HVM_DEVICES : PVH_DEVICES;
	}
}

/* Of the next domain, where there is none of that number: so tools go through them all. */
static long getdomaininfo(struct domain *none, struct xen_domctl *op)
{
	struct domain *d = op->domain < DOMID_FIRST_RESERVED ? domain_get_next(op->domain) : domain_get(op->domain);

	(void)none;
	if (!d)
		return -ESRCH;
	domctl_fill_info(d, &op->u.getdomaininfo);
	op->domain = d->id;
	domain_put(d);
	return 0;
}

static long max_mem(struct domain *d, struct xen_domctl *op)
{
	uint64_t pages = op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10);

	if (pages > UINT32_MAX)
		return -EINVAL;
	__atomic_store_n(&d->max_pages, (uint32_t)pages, __ATOMIC_RELAXED);
	return 0;
}

static long max_vcpus(struct domain *d, struct xen_domctl *op)
{
	long rc = 0;

	if (op->u.max_vcpus.max != d->max_vcpus)
		return -EINVAL;
	for (unsigned i = 0; i < d->max_vcpus && !rc; i++) {
		if (!d->vcpu[i])
			rc = domain_create_vcpu(d, i, NULL);
	}
	return rc;
}

static long setdomainhandle(struct domain *d, struct xen_domctl *op)
{
	memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
	return 0;
}

static long settimeoffset(struct domain *d, struct xen_domctl *op)
{
	d->time_offset = op->u.settimeoffset.time_offset_seconds;
	time_update_wallclock(d);
	return 0;
}

static long set_address_size(struct domain *d, struct xen_domctl *op)
{
	if (domain_is_hvm(d))
		return -EINVAL;
	return op->u.address_size.size == 64 ? 0 : -EOPNOTSUPP;
}

static long get_address_size(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	op->u.address_size.size = 64;
	return 0;
}

enum { TSC_DEFAULT, TSC_EMULATED, TSC_NATIVE };

static long settscinfo(struct domain *d, struct xen_domctl *op)
{
	uint32_t mode = op->u.tsc_info.tsc_mode;

	if (mode > TSC_NATIVE)
		return -EINVAL;
	if (mode == TSC_EMULATED)
		return -EOPNOTSUPP; /* RDTSC always reads the CPU's */
	domain_pause(d);
	d->pv.tsc_mode = mode;
	domain_unpause(d);
	return 0;
}

static long gettscinfo(struct domain *d, struct xen_domctl *op)
{
	op->u.tsc_info = (struct xen_domctl_tsc_info){
		.tsc_mode = (uint32_t)d->pv.tsc_mode,
		.gtsc_khz = (uint32_t)(tsc_hz / 1000),
		.elapsed_nsec = time_now(),
	};
	return 0;
}

static long subscribe(struct domain *d, struct xen_domctl *op)
{
	return event_set_suspend_port(d, op->u.subscribe.port);
}

static long set_virq_handler(struct domain *d, struct xen_domctl *op)
{
	return event_set_virq_handler(d, op->u.set_virq_handler.virq);
}

static long hypercall_init(struct domain *d, struct xen_domctl *op)
{
	mfn_t m;
	long rc = gfn_get(d, op->u.hypercall_init.gmfn, true, &m);

	if (rc)
		return rc;
	if (domain_is_hvm(d))
		hvm_fill_hypercall_page(mfn_to_virt(m));
	else
		hypercall_page_write(mfn_to_virt(m));
	page_put_writable(m);
	return 0;
}

/* There is one node. */
static long setnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	uint64_t nodes;
	long rc = bitmap_from_guest(&nodes, &op->u.nodeaffinity.nodemap);

	(void)d;
	if (rc)
		return rc;
	return nodes & 1 ? 0 : -EINVAL;
}

static long getnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	return bitmap_to_guest(&op->u.nodeaffinity.nodemap, 1);
}

const struct domctl_handler domctl_life[] = {
	{XEN_DOMCTL_createdomain, DOMCTL_NO_DOMAIN | DOMCTL_COPYBACK, createdomain},
	{XEN_DOMCTL_destroydomain, DOMCTL_NOT_SELF, destroydomain},
	{XEN_DOMCTL_pausedomain, DOMCTL_NOT_SELF, pausedomain},
	{XEN_DOMCTL_unpausedomain, DOMCTL_NOT_SELF, unpausedomain},
	{XEN_DOMCTL_resumedomain, DOMCTL_NOT_SELF, resumedomain},
	{XEN_DOMCTL_getdomaininfo, DOMCTL_NO_DOMAIN | DOMCTL_COPYBACK, getdomaininfo},
	{XEN_DOMCTL_max_mem, 0, max_mem},
	{XEN_DOMCTL_max_vcpus, DOMCTL_NOT_SELF, max_vcpus},
	{XEN_DOMCTL_setdomainhandle, 0, setdomainhandle},
	{XEN_DOMCTL_settimeoffset, 0, settimeoffset},
	{XEN_DOMCTL_set_address_size, DOMCTL_NOT_SELF, set_address_size},
	{XEN_DOMCTL_get_address_size, DOMCTL_COPYBACK, get_address_size},
	{XEN_DOMCTL_settscinfo, DOMCTL_NOT_SELF, settscinfo},
	{XEN_DOMCTL_gettscinfo, DOMCTL_COPYBACK, gettscinfo},
	{XEN_DOMCTL_subscribe, DOMCTL_NOT_SELF, subscribe},
	{XEN_DOMCTL_set_virq_handler, 0, set_virq_handler},
	{XEN_DOMCTL_hypercall_init, 0, hypercall_init},
	{XEN_DOMCTL_setnodeaffinity, 0, setnodeaffinity},
	{XEN_DOMCTL_getnodeaffinity, 0, getnodeaffinity},
	{0, 0, NULL},
};
