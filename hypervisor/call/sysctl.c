/* sysctl.c - HYPERVISOR_sysctl: the machine as a whole, for the tools */
#include <xen/sysctl.h>

#include "arch/x86/hvm/hvm.h"
#include "call/call.h"
#include "call/domctl.h"
#include "kern/memory.h"
#include "kern/printk.h"
#include "kern/sched.h"
#include "lib/string.h"

#define CHUNK 256

/* Text of the log ring. A cleared ring is one whose text before has been read. */
static long readconsole(struct xen_sysctl_readconsole *op)
{
	uint64_t index = op->incremental ? op->index : 0;
	char chunk[CHUNK];
	uint32_t done = 0;

	while (done < op->count) {
		size_t nr = printk_ring_read(chunk, MIN(op->count - done, (uint32_t)CHUNK), &index);

		if (!nr)
			break;
		if (guest_write(op->buffer + done, chunk, nr))
			return -EFAULT;
		done += (uint32_t)nr;
	}
	if (op->clear)
		printk_ring_clear();
	op->count = done;
	op->index = (uint32_t)index;
	return 0;
}

static uint64_t claimed_pages(void)
{
	uint64_t sum = 0;
	uint32_t next = 0;
	struct domain *d;

	while (next < DOMID_FIRST_RESERVED && (d = domain_get_next((uint16_t)next))) {
		next = d->id + 1u;
		sum += d->target_pages;
		domain_put(d);
	}
	return sum;
}

static long physinfo(struct xen_sysctl_physinfo *op)
{
	*op = (struct xen_sysctl_physinfo){
		.threads_per_core = 1,
		.cores_per_socket = nr_cpus,
		.nr_cpus = nr_cpus,
		.max_cpu_id = nr_cpus - 1,
		.nr_nodes = 1,
		.cpu_khz = (uint32_t)(tsc_hz / 1000),
		.capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1 | XEN_SYSCTL_PHYSCAP_gnttab_v2 |
				(hvm ? XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap : 0),
		.total_pages = memory_total_pages(),
		.free_pages = memory_free_pages(),
		.outstanding_pages = claimed_pages(),
		.max_mfn = memory_max_mfn(),
	};
	machine_cpu_features(op->hw_cap, ARRAY_SIZE(op->hw_cap));
	return 0;
}

static long getdomaininfolist(struct xen_sysctl_getdomaininfolist *op)
{
	struct xen_domctl_getdomaininfo info;
	uint32_t next = op->first_domain, nr = 0;
	struct domain *d;

	while (nr < op->max_domains && next < DOMID_FIRST_RESERVED && (d = domain_get_next((uint16_t)next))) {
		next = d->id + 1u;
		domctl_fill_info(d, &info);
		domain_put(d);
		if (copy_to_guest_array(op->buffer, nr, &info, 1))
			return -EFAULT;
		nr++;
	}
	op->num_domains = nr;
	return 0;
}

static long getcpuinfo(struct xen_sysctl_getcpuinfo *op)
{
	uint32_t nr = MIN(op->max_cpus, nr_cpus);

	for (uint32_t cpu = 0; cpu < nr; cpu++) {
		struct xen_sysctl_cpuinfo info = {.idletime = sched_idle_ns(cpu)};

		if (copy_to_guest_array(op->info, cpu, &info, 1))
			return -EFAULT;
	}
	op->nr_cpus = nr;
	return 0;
}

/* Address widths are not told apart: what is free is free. */
static long availheap(struct xen_sysctl_availheap *op)
{
	if (op->node > 0)
		return -EINVAL;
	op->avail_bytes = memory_free_pages() << PAGE_SHIFT;
	return 0;
}

/* Cores are numbered through; which of them share what, nobody here needs to know. */
static long cputopoinfo(struct xen_sysctl_cputopoinfo *op)
{
	uint32_t nr = op->cputopo ? MIN(op->num_cpus, nr_cpus) : 0;

	for (uint32_t cpu = 0; cpu < nr; cpu++) {
		struct xen_sysctl_cputopo topology = {.core = cpu};

		if (copy_to_guest_array(op->cputopo, cpu, &topology, 1))
			return -EFAULT;
	}
	op->num_cpus = nr_cpus;
	return 0;
}

static long numainfo(struct xen_sysctl_numainfo *op)
{
	struct xen_sysctl_meminfo memory = {
		.memsize = memory_total_pages() << PAGE_SHIFT,
		.memfree = memory_free_pages() << PAGE_SHIFT,
	};
	uint32_t to_itself = 10;

	if (op->num_nodes) {
		if (op->meminfo && copy_to_guest(op->meminfo, &memory))
			return -EFAULT;
		if (op->distance && copy_to_guest(op->distance, &to_itself))
			return -EFAULT;
	}
	op->num_nodes = 1;
	return 0;
}

static uint32_t count_domains(void)
{
	uint32_t next = 0, nr = 0;
	struct domain *d;

	while (next < DOMID_FIRST_RESERVED && (d = domain_get_next((uint16_t)next))) {
		next = d->id + 1u;
		domain_put(d);
		nr++;
	}
	return nr;
}

/* All CPUs are in pool 0, and all domains. */
static long cpupool_op(struct xen_sysctl_cpupool_op *op)
{
	switch (op->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		if (op->cpupool_id && op->cpupool_id != XEN_SYSCTL_CPUPOOL_PAR_ANY)
			return -ENOENT;
		op->cpupool_id = 0;
		op->sched_id = XEN_SCHEDULER_CREDIT;
		op->n_dom = count_domains();
		return bitmap_to_guest(&op->cpumap, sched_online_cpus());
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return bitmap_to_guest(&op->cpumap, 0);
	default:
		return -EOPNOTSUPP;
	}
}

static long dispatch(struct xen_sysctl *op)
{
	switch (op->cmd) {
	case XEN_SYSCTL_readconsole:
		return readconsole(&op->u.readconsole);
	case XEN_SYSCTL_physinfo:
		return physinfo(&op->u.physinfo);
	case XEN_SYSCTL_sched_id:
		op->u.sched_id.sched_id = XEN_SCHEDULER_CREDIT;
		return 0;
	case XEN_SYSCTL_getdomaininfolist:
		return getdomaininfolist(&op->u.getdomaininfolist);
	case XEN_SYSCTL_getcpuinfo:
		return getcpuinfo(&op->u.getcpuinfo);
	case XEN_SYSCTL_availheap:
		return availheap(&op->u.availheap);
	case XEN_SYSCTL_cputopoinfo:
		return cputopoinfo(&op->u.cputopoinfo);
	case XEN_SYSCTL_numainfo:
		return numainfo(&op->u.numainfo);
	case XEN_SYSCTL_cpupool_op:
		return cpupool_op(&op->u.cpupool_op);
	case XEN_SYSCTL_get_cpu_levelling_caps:
		op->u.cpu_levelling_caps.caps =
			XEN_SYSCTL_CPU_LEVELCAP_faulting; /* a guest's CPUID is ours to answer */
		return 0;
	default:
		return call_missing(__HYPERVISOR_sysctl, op->cmd);
	}
}

long call_sysctl(uint64_t arg)
{
	struct xen_sysctl op, *from = (struct xen_sysctl *)arg;
	long rc;

	if (!call_privileged())
		return -EPERM;
	rc = copy_from_guest(&op, from);
	if (rc)
		return rc;
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -EACCES;
	rc = dispatch(&op);
	return rc ? rc : copy_to_guest(from, &op);
}
