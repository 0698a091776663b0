/* domain.c - domains: their list, their life, their limits */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "internal.h"

#define LIST_BATCH 64

int call_domctl(struct plinth *h, void *domctl)
{
	struct xen_domctl *op = plinth_buffer_alloc(h, sizeof(*op));
	long ret;

	if (!op)
		return -ENOMEM;
	memcpy(op, domctl, sizeof(*op));
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	ret = plinth_hypercall(h, __HYPERVISOR_domctl, (uintptr_t)op, 0, 0, 0, 0);
	memcpy(domctl, op, sizeof(*op));
	plinth_buffer_free(h, op, sizeof(*op));
	return ret < 0 ? ret : 0;
}

/* The common ending of a call about one domain: what was tried, and why it failed. */
static int outcome(int err, const char *what, unsigned int domid)
{
	if (!err)
		return 0;
	if (err == -ESRCH)
		return plinth_fail(ESRCH, "there is no domain %u", domid);
	return plinth_fail(-err, "cannot %s domain %u: %s", what, domid, strerror(-err));
}

static enum plinth_state state_of(uint32_t flags, unsigned int code)
{
	if (flags & XEN_DOMINF_dying)
		return PLINTH_DYING;
	if (flags & XEN_DOMINF_shutdown)
		return code == SHUTDOWN_crash ? PLINTH_CRASHED : PLINTH_SHUTDOWN;
	if (flags & XEN_DOMINF_paused)
		return PLINTH_PAUSED;
	return flags & XEN_DOMINF_running ? PLINTH_RUNNING : PLINTH_BLOCKED;
}

const char *plinth_state_name(enum plinth_state state)
{
	static const char *const names[] = {"running", "blocked", "paused", "shutdown", "crashed", "dying"};

	return state <= PLINTH_DYING ? names[state] : "unknown";
}

static void fill(struct plinth_domain *dom, const struct xen_domctl_getdomaininfo *info)
{
	memset(dom, 0, sizeof(*dom));
	dom->domid = info->domain;
	memcpy(dom->uuid, info->handle, sizeof(dom->uuid));
	dom->shutdown_code = info->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
	dom->state = state_of(info->flags, dom->shutdown_code);
	dom->hvm = info->flags & XEN_DOMINF_hvm_guest;
	dom->paused = info->flags & XEN_DOMINF_paused;
	dom->shutdown = info->flags & XEN_DOMINF_shutdown;
	dom->dying = info->flags & XEN_DOMINF_dying;
	dom->vcpus = info->nr_online_vcpus;
	dom->max_vcpus = info->max_vcpu_id + 1; /* "no vcpu" is ~0, and becomes 0 */
	dom->pages = info->tot_pages;
	dom->max_pages = info->max_pages;
	dom->cpu_time = info->cpu_time;
	dom->shared_info_mfn = info->shared_info_frame;
}

/* Up to LIST_BATCH domains whose number is at least `first`; buf is hypercall memory. */
static int list_batch(struct plinth *h, unsigned int first, xen_domctl_getdomaininfo_t *buf)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_getdomaininfolist};
	int err;

	op.u.getdomaininfolist.first_domain = first;
	op.u.getdomaininfolist.max_domains = LIST_BATCH;
	set_xen_guest_handle(op.u.getdomaininfolist.buffer, buf);
	err = call_sysctl(h, &op);
	return err ? err : (int)op.u.getdomaininfolist.num_domains;
}

int plinth_list_domains(struct plinth *h, struct plinth_domain **list)
{
	size_t bytes = LIST_BATCH * sizeof(xen_domctl_getdomaininfo_t);
	xen_domctl_getdomaininfo_t *buf = plinth_buffer_alloc(h, bytes);
	struct plinth_domain *all = NULL, *more;
	int n, i, have = 0;

	if (!buf)
		return -ENOMEM;
	do {
		n = list_batch(h, have ? all[have - 1].domid + 1 : 0, buf);
		more = n < 0 ? NULL : realloc(all, (have + n + 1) * sizeof(*all));
		if (!more) {
			if (n >= 0)
				n = plinth_fail(ENOMEM, "out of memory");
			free(all);
			plinth_buffer_free(h, buf, bytes);
			return n;
		}
		all = more;
		for (i = 0; i < n; i++)
			fill(&all[have++], &buf[i]);
	} while (n == LIST_BATCH);
	plinth_buffer_free(h, buf, bytes);
	*list = all;
	return have;
}

int plinth_get_domain(struct plinth *h, unsigned int domid, struct plinth_domain *dom)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_getdomaininfo, .domain = domid};
	int err = call_domctl(h, &op);

	/* Asked for a number that is free, the hypervisor may answer with the next domain. */
	if (!err && op.u.getdomaininfo.domain != domid)
		err = -ESRCH;
	if (err)
		return outcome(err, "look at", domid);
	fill(dom, &op.u.getdomaininfo);
	return 0;
}

int plinth_domain_create(struct plinth *h, const struct plinth_create *how)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_createdomain};
	struct xen_domctl_createdomain *c = &op.u.createdomain;
	int err;

	memcpy(c->handle, how->uuid, sizeof(c->handle));
	c->max_vcpus = how->max_vcpus;
	c->max_evtchn_port = how->max_event_ports;
	c->max_grant_frames = how->max_grant_frames;
	c->max_maptrack_frames = how->max_maptrack_frames;
	c->grant_opts = XEN_DOMCTL_GRANT_version(2);
	if (how->pvh || how->hvm) {
		c->flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
		c->arch.emulation_flags = XEN_X86_EMU_LAPIC;
	}
	if (how->hvm)
		c->arch.emulation_flags |= XEN_X86_EMU_IOAPIC | XEN_X86_EMU_PIC | XEN_X86_EMU_PIT;
	err = call_domctl(h, &op);
	if (err == -ENOMEM)
		return plinth_fail(ENOMEM, "the hypervisor has no memory for another domain");
	if (err)
		return plinth_fail(-err, "the hypervisor does not create a domain: %s", strerror(-err));
	return op.domain;
}

int plinth_domain_destroy(struct plinth *h, unsigned int domid)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_destroydomain, .domain = domid};
	int err;

	/* Long work is handed back now and then, so that the machine stays responsive. */
	do {
		err = call_domctl(h, &op);
	} while (err == -EAGAIN || err == -EINTR || err == -EBUSY);
	return outcome(err, "destroy", domid);
}

int plinth_domain_pause(struct plinth *h, unsigned int domid)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_pausedomain, .domain = domid};

	return outcome(call_domctl(h, &op), "pause", domid);
}

int plinth_domain_unpause(struct plinth *h, unsigned int domid)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_unpausedomain, .domain = domid};

	return outcome(call_domctl(h, &op), "unpause", domid);
}

int plinth_domain_set_max_vcpus(struct plinth *h, unsigned int domid, unsigned int vcpus)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_max_vcpus, .domain = domid};

	op.u.max_vcpus.max = vcpus;
	return outcome(call_domctl(h, &op), "make vcpus for", domid);
}

int plinth_domain_set_max_mem(struct plinth *h, unsigned int domid, uint64_t kib)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_max_mem, .domain = domid};

	op.u.max_mem.max_memkb = kib;
	return outcome(call_domctl(h, &op), "set the memory limit of", domid);
}

int plinth_domain_set_address_size(struct plinth *h, unsigned int domid, unsigned int bits)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_set_address_size, .domain = domid};

	op.u.address_size.size = bits;
	return outcome(call_domctl(h, &op), "set the address size of", domid);
}

int plinth_domain_set_affinity(struct plinth *h, unsigned int domid, unsigned int vcpu, const uint8_t *cpus,
			       unsigned int nr_cpus)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_setvcpuaffinity, .domain = domid};
	size_t bytes = (nr_cpus + 7) / 8;
	uint8_t *map = plinth_buffer_alloc(h, bytes);
	int err;

	if (!map)
		return -ENOMEM;
	memcpy(map, cpus, bytes);
	op.u.vcpuaffinity.vcpu = vcpu;
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
	op.u.vcpuaffinity.cpumap_hard.nr_bits = nr_cpus;
	set_xen_guest_handle(op.u.vcpuaffinity.cpumap_hard.bitmap, map);
	err = call_domctl(h, &op);
	plinth_buffer_free(h, map, bytes);
	return outcome(err, "set the CPUs of", domid);
}

int plinth_domain_set_schedule(struct plinth *h, unsigned int domid, unsigned int weight, unsigned int cap)
{
	struct xen_sysctl which = {.cmd = XEN_SYSCTL_sched_id};
	struct xen_domctl op = {.cmd = XEN_DOMCTL_scheduler_op, .domain = domid};
	int err = call_sysctl(h, &which);

	if (err)
		return err;
	/* credit and credit2 share the layout; 0 and 0xffff leave a value as it is in both. */
	op.u.scheduler_op.sched_id = which.u.sched_id.sched_id;
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	op.u.scheduler_op.u.credit.weight = weight;
	op.u.scheduler_op.u.credit.cap = cap;
	return outcome(call_domctl(h, &op), "set the scheduling of", domid);
}

int plinth_domain_set_native_tsc(struct plinth *h, unsigned int domid)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_settscinfo, .domain = domid};

	op.u.tsc_info.tsc_mode = 2; /* never emulate */
	return outcome(call_domctl(h, &op), "set the time stamp counter of", domid);
}

int plinth_domain_set_context(struct plinth *h, unsigned int domid, unsigned int vcpu,
			      const struct vcpu_guest_context *context)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_setvcpucontext, .domain = domid};
	vcpu_guest_context_t *copy = plinth_buffer_alloc(h, sizeof(*copy));
	int err;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, context, sizeof(*copy));
	op.u.vcpucontext.vcpu = vcpu;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, copy);
	err = call_domctl(h, &op);
	plinth_buffer_free(h, copy, sizeof(*copy));
	return outcome(err, "set the registers of", domid);
}
