/* mca.c - HYPERVISOR_mca: what Dom0 asks about machine checks
 *
 * ABI: xen/arch-x86/xen-mca.h. A machine check stops the machine (arch/x86/interrupt.c), so there never is one to be fetched,
 * and VIRQ_MCA is never raised. Dom0's driver wants to know the CPUs all the same.
 */
#include <xen/arch-x86/xen-mca.h>

#include "arch/x86/cpuid.h"
#include "call/call.h"
#include "lib/string.h"

/* All CPUs are of one kind (cpu_init_this sees to it); which core is on which chip is not told (sysctl cputopoinfo). */
static void describe(uint32_t cpu, struct mcinfo_logical_cpu *to)
{
	*to = (struct mcinfo_logical_cpu){
		.mc_cpunr = cpu,
		.mc_coreid = (uint16_t)cpu,
		.mc_apicid = cpus[cpu]->apic_id,
		.mc_ncores = nr_cpus,
		.mc_ncores_active = nr_cpus,
		.mc_nthreads = 1,
		.mc_cpuid_level = (int32_t)cpu_info.max_leaf,
		.mc_family = cpu_info.family,
		.mc_model = cpu_info.model,
		.mc_step = cpu_info.stepping,
	};
	memcpy(to->mc_vendorid, cpu_info.vendor_name, sizeof(cpu_info.vendor_name));
	memcpy(to->mc_brandid, cpu_info.model_name, sizeof(cpu_info.model_name));
	to->mc_cpu_caps[0] = cpu_info.feature[CPU_WORD_1D];
	to->mc_cpu_caps[1] = cpu_info.feature[CPU_WORD_EXT1D];
	to->mc_cpu_caps[4] = cpu_info.feature[CPU_WORD_1C];
	to->mc_cpu_caps[6] = cpu_info.feature[CPU_WORD_EXT1C];
}

/* Without a list: only how many there are. */
static long physcpuinfo(struct xen_mc_physcpuinfo *op)
{
	uint32_t nr = op->info ? MIN(op->ncpus, nr_cpus) : nr_cpus;
	struct mcinfo_logical_cpu one;

	for (uint32_t cpu = 0; op->info && cpu < nr; cpu++) {
		describe(cpu, &one);
		if (copy_to_guest_array(op->info, cpu, &one, 1))
			return -EFAULT;
	}
	op->ncpus = nr;
	return 0;
}

long call_mca(uint64_t arg)
{
	struct xen_mc *guest = (struct xen_mc *)arg, op;
	long err = 0;

	if (!call_privileged())
		return -EPERM;
	if (copy_from_guest(&op, guest))
		return -EFAULT;
	if (op.interface_version != XEN_MCA_INTERFACE_VERSION)
		return -EACCES;
	switch (op.cmd) {
	case XEN_MC_fetch:
		op.u.mc_fetch.flags = XEN_MC_NODATA;
		op.u.mc_fetch.fetch_id = 0;
		break;
	case XEN_MC_physcpuinfo:
		err = physcpuinfo(&op.u.mc_physcpuinfo);
		break;
	default:
		return call_missing(__HYPERVISOR_mca, op.cmd);
	}
	return err ? err : copy_to_guest(guest, &op);
}
