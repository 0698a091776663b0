/* vcpus.c - what single vcpus do, where they may run, and how much of the CPUs a domain gets */
#include <errno.h>
#include <string.h>

#include "abi.h"
#include "internal.h"

static int outcome(int err, const char *what, unsigned int domid, unsigned int vcpu)
{
	if (err)
		plinth_fail(-err, "cannot %s vcpu %u of domain %u: %s", what, vcpu, domid, strerror(-err));
	return err;
}

int plinth_vcpu_get(struct plinth *h, unsigned int domid, unsigned int vcpu, struct plinth_vcpu *info)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_getvcpuinfo, .domain = domid};
	int err;

	op.u.getvcpuinfo.vcpu = vcpu;
	err = call_domctl(h, &op);
	if (err)
		return outcome(err, "look at", domid, vcpu);
	info->online = op.u.getvcpuinfo.online;
	info->blocked = op.u.getvcpuinfo.blocked;
	info->running = op.u.getvcpuinfo.running;
	info->cpu = op.u.getvcpuinfo.cpu;
	info->cpu_time = op.u.getvcpuinfo.cpu_time;
	return 0;
}

int plinth_vcpu_get_affinity(struct plinth *h, unsigned int domid, unsigned int vcpu, uint8_t *cpus,
			     unsigned int nr_cpus)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_getvcpuaffinity, .domain = domid};
	size_t bytes = (nr_cpus + 7) / 8;
	uint8_t *map = plinth_buffer_alloc(h, bytes);
	int err;

	if (!map)
		return -ENOMEM;
	op.u.vcpuaffinity.vcpu = vcpu;
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
	op.u.vcpuaffinity.cpumap_hard.nr_bits = nr_cpus;
	set_xen_guest_handle(op.u.vcpuaffinity.cpumap_hard.bitmap, map);
	err = call_domctl(h, &op);
	memcpy(cpus, map, bytes);
	plinth_buffer_free(h, map, bytes);
	return outcome(err, "read the CPUs of", domid, vcpu);
}

int plinth_vcpu_send_nmi(struct plinth *h, unsigned int domid, unsigned int vcpu)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_sendtrigger, .domain = domid};

	op.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_NMI;
	op.u.sendtrigger.vcpu = vcpu;
	return outcome(call_domctl(h, &op), "send an NMI to", domid, vcpu);
}

int plinth_domain_get_schedule(struct plinth *h, unsigned int domid, unsigned int *weight, unsigned int *cap)
{
	struct xen_sysctl which = {.cmd = XEN_SYSCTL_sched_id};
	struct xen_domctl op = {.cmd = XEN_DOMCTL_scheduler_op, .domain = domid};
	int err = call_sysctl(h, &which);

	if (err)
		return plinth_fail(-err, "cannot ask for the scheduler: %s", strerror(-err));
	op.u.scheduler_op.sched_id = which.u.sched_id.sched_id;
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	err = call_domctl(h, &op);
	if (err)
		return plinth_fail(-err, "cannot read the scheduling of domain %u: %s", domid, strerror(-err));
	*weight = op.u.scheduler_op.u.credit.weight;
	*cap = op.u.scheduler_op.u.credit.cap;
	return 0;
}
