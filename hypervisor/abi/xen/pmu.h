/* pmu.h - xenpmu_op(cmd, arg): performance counters of guests */
#ifndef ABI_PMU_H
#define ABI_PMU_H

#include <xen/xen.h>
#include <xen/arch-x86/pmu.h>

#define XENPMU_VER_MAJ 0
#define XENPMU_VER_MIN 1

/* All take a xen_pmu_params. */
#define XENPMU_mode_get	   0
#define XENPMU_mode_set	   1
#define XENPMU_feature_get 2
#define XENPMU_feature_set 3
#define XENPMU_init	   4 /* val: frame of the shared page; -EOPNOTSUPP: no PMU */
#define XENPMU_finish	   5
#define XENPMU_lvtpc_set   6
#define XENPMU_flush	   7

struct xen_pmu_params {
	struct {
		uint32_t maj;
		uint32_t min;
	} version; /* -EINVAL if the major number differs */
	uint64_t val;
	uint32_t vcpu;
	uint32_t pad;
};
typedef struct xen_pmu_params xen_pmu_params_t;

#define XENPMU_MODE_OFF	 0
#define XENPMU_MODE_SELF (1 << 0) /* guests profile themselves */
#define XENPMU_MODE_HV	 (1 << 1) /* and Dom0 the hypervisor */
#define XENPMU_MODE_ALL	 (1 << 2) /* only Dom0, everything */

#define XENPMU_FEATURE_INTEL_BTS (1 << 0)
#define XENPMU_FEATURE_IPC_ONLY	 (1 << 1)
#define XENPMU_FEATURE_ARCH_ONLY (1 << 2)

/* The shared page; at each VIRQ_XENPMU it says who was running where. */
struct xen_pmu_data {
	uint32_t vcpu_id;
	uint32_t pcpu_id;
	domid_t domain_id;
	uint8_t pad[6];
	xen_pmu_arch_t pmu;
};

#endif
