/* host.c - version, machine, and log of the hypervisor */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "internal.h"

#define LOG_CHUNK (16 * PAGE_SIZE)
#define LOG_MOST  (16u << 20)

/* hw_cap has words of CPU features in the order of <xen/arch-x86/cpufeatureset.h>. */
#define HW_CAP_1C     1
#define HW_CAP_E1C    3
#define CPUID_1C_VMX  (1u << 5)
#define CPUID_E1C_SVM (1u << 2)

int call_sysctl(struct plinth *h, void *sysctl)
{
	struct xen_sysctl *op = plinth_buffer_alloc(h, sizeof(*op));
	long ret;

	if (!op)
		return -ENOMEM;
	memcpy(op, sysctl, sizeof(*op));
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	ret = plinth_hypercall(h, __HYPERVISOR_sysctl, (uintptr_t)op, 0, 0, 0, 0);
	memcpy(sysctl, op, sizeof(*op));
	plinth_buffer_free(h, op, sizeof(*op));
	if (ret == -EACCES)
		return plinth_fail(EACCES,
				   "the hypervisor's control interface is not version 0x%x: "
				   "install the tools that belong to it",
				   XEN_SYSCTL_INTERFACE_VERSION);
	if (ret < 0)
		return plinth_fail(-ret, "the hypervisor refused control call %u: %s", op->cmd, strerror(-ret));
	return 0;
}

/* Asks for one string of the version interface; what is not given away reads as empty. */
static int version_string(struct plinth *h, unsigned int op, char *out, size_t size)
{
	char *buf = plinth_buffer_alloc(h, size);
	long ret;

	if (!buf)
		return -ENOMEM;
	ret = plinth_hypercall(h, __HYPERVISOR_xen_version, op, (uintptr_t)buf, 0, 0, 0);
	if (ret >= 0)
		memcpy(out, buf, size);
	plinth_buffer_free(h, buf, size);
	if (ret < 0 && ret != -EPERM && ret != -ENOSYS)
		return plinth_fail(-ret, "the hypervisor refused version call %u: %s", op, strerror(-ret));
	return 0;
}

int plinth_get_version(struct plinth *h, struct plinth_version *v)
{
	struct xen_compile_info built;
	long ret;
	int err;

	memset(v, 0, sizeof(*v));
	memset(&built, 0, sizeof(built));
	ret = plinth_hypercall(h, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0);
	if (ret < 0)
		return plinth_fail(-ret, "the hypervisor does not tell its version: %s", strerror(-ret));
	v->major = ret >> 16;
	v->minor = ret & 0xffff;
	ret = plinth_hypercall(h, __HYPERVISOR_xen_version, XENVER_pagesize, 0, 0, 0, 0);
	v->page_size = ret > 0 ? ret : 0;
	if ((err = version_string(h, XENVER_extraversion, v->extra, sizeof(v->extra) - 1)) ||
	    (err = version_string(h, XENVER_capabilities, v->capabilities, sizeof(v->capabilities) - 1)) ||
	    (err = version_string(h, XENVER_changeset, v->changeset, sizeof(v->changeset) - 1)) ||
	    (err = version_string(h, XENVER_commandline, v->command_line, sizeof(v->command_line) - 1)) ||
	    (err = version_string(h, XENVER_compile_info, (char *)&built, sizeof(built))))
		return err;
	memcpy(v->compiler, built.compiler, sizeof(built.compiler));
	memcpy(v->built_by, built.compile_by, sizeof(built.compile_by));
	memcpy(v->built_on, built.compile_domain, sizeof(built.compile_domain));
	memcpy(v->built_at, built.compile_date, sizeof(built.compile_date));
	return 0;
}

static const char *scheduler_name(unsigned int id)
{
	switch (id) {
	case XEN_SCHEDULER_CREDIT:
		return "credit";
	case XEN_SCHEDULER_CREDIT2:
		return "credit2";
	case XEN_SCHEDULER_RTDS:
		return "rtds";
	case XEN_SCHEDULER_NULL:
		return "null";
	default:
		return "unknown";
	}
}

int plinth_get_host(struct plinth *h, struct plinth_host *host)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_physinfo};
	const struct xen_sysctl_physinfo *info = &op.u.physinfo;
	int err = call_sysctl(h, &op);

	if (err)
		return err;
	memset(host, 0, sizeof(*host));
	host->cpus = info->nr_cpus;
	host->max_cpu_id = info->max_cpu_id;
	host->nodes = info->nr_nodes;
	host->threads_per_core = info->threads_per_core;
	host->cores_per_socket = info->cores_per_socket;
	host->cpu_khz = info->cpu_khz;
	memcpy(host->hw_cap, info->hw_cap, sizeof(host->hw_cap));
	host->total_pages = info->total_pages;
	host->free_pages = info->free_pages;
	host->scrub_pages = info->scrub_pages;
	host->outstanding_pages = info->outstanding_pages;
	host->pv = info->capabilities & XEN_SYSCTL_PHYSCAP_pv;
	host->hvm = info->capabilities & XEN_SYSCTL_PHYSCAP_hvm;
	host->hap = info->capabilities & XEN_SYSCTL_PHYSCAP_hap;
	host->iommu = info->capabilities & XEN_SYSCTL_PHYSCAP_directio;
	host->hvm_by = info->hw_cap[HW_CAP_1C] & CPUID_1C_VMX	  ? "VT-x"
		       : info->hw_cap[HW_CAP_E1C] & CPUID_E1C_SVM ? "AMD-V"
								  : "";

	memset(&op, 0, sizeof(op));
	op.cmd = XEN_SYSCTL_sched_id;
	err = call_sysctl(h, &op);
	if (err)
		return err;
	host->scheduler = scheduler_name(op.u.sched_id.sched_id);
	return 0;
}

int plinth_read_log(struct plinth *h, bool clear, char **text, size_t *len)
{
	char *chunk = plinth_buffer_alloc(h, LOG_CHUNK), *all = NULL, *more;
	struct xen_sysctl op;
	uint32_t index = 0;
	size_t have = 0;
	int err;

	if (!chunk)
		return -ENOMEM;
	for (;;) {
		memset(&op, 0, sizeof(op));
		op.cmd = XEN_SYSCTL_readconsole;
		op.u.readconsole.clear = clear;
		op.u.readconsole.incremental = 1;
		op.u.readconsole.index = index;
		op.u.readconsole.count = LOG_CHUNK;
		set_xen_guest_handle(op.u.readconsole.buffer, chunk);
		err = call_sysctl(h, &op);
		if (err)
			break;
		more = realloc(all, have + op.u.readconsole.count + 1);
		if (!more) {
			err = plinth_fail(ENOMEM, "out of memory");
			break;
		}
		all = more;
		memcpy(all + have, chunk, op.u.readconsole.count);
		have += op.u.readconsole.count;
		/* A log that grows as fast as it is read still ends somewhere. */
		if (op.u.readconsole.count < LOG_CHUNK || have > LOG_MOST)
			break;
		index = op.u.readconsole.index;
	}
	plinth_buffer_free(h, chunk, LOG_CHUNK);
	if (err) {
		free(all);
		return err;
	}
	all[have] = '\0';
	*text = all;
	*len = have;
	return 0;
}
