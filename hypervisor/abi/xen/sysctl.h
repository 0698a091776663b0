/* sysctl.h - sysctl(op): how the tools look at and change the machine as a whole */
#ifndef ABI_SYSCTL_H
#define ABI_SYSCTL_H

#include <xen/xen.h>
#include <xen/domctl.h>
#include <xen/physdev.h>

#define XEN_SYSCTL_INTERFACE_VERSION 0x00000015

#define XEN_SYSCTL_readconsole		  1
#define XEN_SYSCTL_tbuf_op		  2
#define XEN_SYSCTL_physinfo		  3
#define XEN_SYSCTL_sched_id		  4
#define XEN_SYSCTL_perfc_op		  5
#define XEN_SYSCTL_getdomaininfolist	  6
#define XEN_SYSCTL_debug_keys		  7
#define XEN_SYSCTL_getcpuinfo		  8
#define XEN_SYSCTL_availheap		  9
#define XEN_SYSCTL_get_pmstat		  10
#define XEN_SYSCTL_cpu_hotplug		  11
#define XEN_SYSCTL_pm_op		  12
#define XEN_SYSCTL_page_offline_op	  14
#define XEN_SYSCTL_lockprof_op		  15
#define XEN_SYSCTL_cputopoinfo		  16
#define XEN_SYSCTL_numainfo		  17
#define XEN_SYSCTL_cpupool_op		  18
#define XEN_SYSCTL_scheduler_op		  19
#define XEN_SYSCTL_coverage_op		  20
#define XEN_SYSCTL_psr_cmt_op		  21
#define XEN_SYSCTL_pcitopoinfo		  22
#define XEN_SYSCTL_psr_alloc		  23
#define XEN_SYSCTL_get_cpu_levelling_caps 25
#define XEN_SYSCTL_get_cpu_featureset	  26
#define XEN_SYSCTL_livepatch_op		  27
#define XEN_SYSCTL_get_cpu_policy	  29

/* readconsole: bytes of the console ring, oldest first. */
struct xen_sysctl_readconsole {
	uint8_t clear;	     /* in: forget what is read */
	uint8_t incremental; /* in: start at index, not at the oldest byte */
	uint8_t pad0, pad1;
	uint32_t index; /* in: where to start; out: where to go on */
	XEN_GUEST_HANDLE_64(char) buffer;
	uint32_t count; /* bytes; in: room; out: written */
};

struct xen_sysctl_tbuf_op {
	uint32_t cmd;
	struct xenctl_bitmap cpu_mask;
	uint32_t evt_mask;
	uint64_aligned_t buffer_mfn; /* out */
	uint32_t size;		     /* pages */
};
#define XEN_SYSCTL_TBUFOP_get_info     0
#define XEN_SYSCTL_TBUFOP_set_cpu_mask 1
#define XEN_SYSCTL_TBUFOP_set_evt_mask 2
#define XEN_SYSCTL_TBUFOP_set_size     3
#define XEN_SYSCTL_TBUFOP_enable       4
#define XEN_SYSCTL_TBUFOP_disable      5

struct xen_sysctl_physinfo {
	uint32_t threads_per_core;
	uint32_t cores_per_socket;
	uint32_t nr_cpus;     /* online */
	uint32_t max_cpu_id;  /* highest possible number */
	uint32_t nr_nodes;    /* online */
	uint32_t max_node_id; /* highest possible number */
	uint32_t cpu_khz;
	uint32_t capabilities;	    /* XEN_SYSCTL_PHYSCAP_* */
	uint32_t arch_capabilities; /* 0 on x86 */
	uint32_t pad;
	uint64_aligned_t total_pages;
	uint64_aligned_t free_pages;
	uint64_aligned_t scrub_pages;	    /* free, not yet cleaned */
	uint64_aligned_t outstanding_pages; /* claimed and not yet given */
	uint64_aligned_t max_mfn;
	uint32_t hw_cap[8]; /* CPUID words in the order of cpufeatureset.h */
};
#define XEN_SYSCTL_PHYSCAP_hvm		      (1U << 0)
#define XEN_SYSCTL_PHYSCAP_pv		      (1U << 1)
#define XEN_SYSCTL_PHYSCAP_directio	      (1U << 2) /* there is an I/O MMU */
#define XEN_SYSCTL_PHYSCAP_hap		      (1U << 3)
#define XEN_SYSCTL_PHYSCAP_shadow	      (1U << 4)
#define XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share (1U << 5)
#define XEN_SYSCTL_PHYSCAP_vmtrace	      (1U << 6)
#define XEN_SYSCTL_PHYSCAP_vpmu		      (1U << 7)
#define XEN_SYSCTL_PHYSCAP_gnttab_v1	      (1U << 8)
#define XEN_SYSCTL_PHYSCAP_gnttab_v2	      (1U << 9)
#define XEN_SYSCTL_PHYSCAP_MAX		      XEN_SYSCTL_PHYSCAP_gnttab_v2

struct xen_sysctl_sched_id {
	uint32_t sched_id; /* XEN_SCHEDULER_* */
};

/* getdomaininfolist: domains from first_domain on, in order of their numbers. */
struct xen_sysctl_getdomaininfolist {
	domid_t first_domain;
	uint32_t max_domains;
	XEN_GUEST_HANDLE_64(xen_domctl_getdomaininfo_t) buffer;
	uint32_t num_domains; /* out */
};

/* debug_keys: as typed on the hypervisor's console. */
struct xen_sysctl_debug_keys {
	XEN_GUEST_HANDLE_64(const char) keys;
	uint32_t nr_keys;
};

struct xen_sysctl_cpuinfo {
	uint64_aligned_t idletime; /* ns */
};
typedef struct xen_sysctl_cpuinfo xen_sysctl_cpuinfo_t;

struct xen_sysctl_getcpuinfo {
	uint32_t max_cpus;
	XEN_GUEST_HANDLE_64(xen_sysctl_cpuinfo_t) info;
	uint32_t nr_cpus; /* out */
};

/* availheap: free memory with addresses of min_bitwidth to max_bitwidth bits (0: any). */
struct xen_sysctl_availheap {
	uint32_t min_bitwidth;
	uint32_t max_bitwidth;
	int32_t node;		      /* -1: all */
	uint64_aligned_t avail_bytes; /* out */
};

struct xen_sysctl_cpu_hotplug {
	uint32_t cpu;
	uint32_t op; /* XEN_SYSCTL_CPU_HOTPLUG_* */
};
#define XEN_SYSCTL_CPU_HOTPLUG_ONLINE	   0
#define XEN_SYSCTL_CPU_HOTPLUG_OFFLINE	   1
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE  2
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE 3

/* What the two topologies and numainfo say of something that is not there. */
#define XEN_INVALID_CORE_ID   (~0U)
#define XEN_INVALID_SOCKET_ID (~0U)
#define XEN_INVALID_NODE_ID   (~0U)
#define XEN_INVALID_MEM_SZ    (~0U)
#define XEN_INVALID_NODE_DIST (~0U)
#define XEN_INVALID_DEV	      (XEN_INVALID_NODE_ID - 1)

struct xen_sysctl_cputopo {
	uint32_t core;
	uint32_t socket;
	uint32_t node;
};
typedef struct xen_sysctl_cputopo xen_sysctl_cputopo_t;

/* cputopoinfo, numainfo: a null handle asks for the number, which comes back in num_*. */
struct xen_sysctl_cputopoinfo {
	uint32_t num_cpus;
	XEN_GUEST_HANDLE_64(xen_sysctl_cputopo_t) cputopo;
};

struct xen_sysctl_meminfo {
	uint64_t memsize; /* bytes */
	uint64_t memfree;
};
typedef struct xen_sysctl_meminfo xen_sysctl_meminfo_t;

struct xen_sysctl_numainfo {
	uint32_t num_nodes;
	XEN_GUEST_HANDLE_64(xen_sysctl_meminfo_t) meminfo;
	XEN_GUEST_HANDLE_64(uint32_t) distance; /* num_nodes squared; 10 to itself */
};

struct xen_sysctl_pcitopoinfo {
	uint32_t num_devs; /* in: of the array; out: done */
	XEN_GUEST_HANDLE_64(physdev_pci_device_t) devs;
	XEN_GUEST_HANDLE_64(uint32_t) nodes; /* out: or XEN_INVALID_DEV */
};

/* INFO gives the first pool of at least cpupool_id; -ENOENT after the last. */
struct xen_sysctl_cpupool_op {
	uint32_t op;
	uint32_t cpupool_id; /* in; CREATE, INFO: out too */
	uint32_t sched_id;
	uint32_t domid;		     /* MOVEDOMAIN */
	uint32_t cpu;		     /* ADDCPU, RMCPU; or XEN_SYSCTL_CPUPOOL_PAR_ANY */
	uint32_t n_dom;		     /* out: domains in the pool */
	struct xenctl_bitmap cpumap; /* INFO, FREEINFO */
};
#define XEN_SYSCTL_CPUPOOL_OP_CREATE	 1
#define XEN_SYSCTL_CPUPOOL_OP_DESTROY	 2
#define XEN_SYSCTL_CPUPOOL_OP_INFO	 3
#define XEN_SYSCTL_CPUPOOL_OP_ADDCPU	 4
#define XEN_SYSCTL_CPUPOOL_OP_RMCPU	 5
#define XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN 6
#define XEN_SYSCTL_CPUPOOL_OP_FREEINFO	 7
#define XEN_SYSCTL_CPUPOOL_PAR_ANY	 0xFFFFFFFF

#define XEN_SYSCTL_SCHED_RATELIMIT_MAX	 500000
#define XEN_SYSCTL_SCHED_RATELIMIT_MIN	 100
#define XEN_SYSCTL_CSCHED_TSLICE_MAX	 1000
#define XEN_SYSCTL_CSCHED_TSLICE_MIN	 1
#define XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US (100 * 1000)
struct xen_sysctl_credit_schedule {
	uint32_t tslice_ms;
	uint32_t ratelimit_us; /* a vcpu runs at least so long; 0: no such rule */
	uint32_t vcpu_migr_delay_us;
};

struct xen_sysctl_credit2_schedule {
	uint32_t ratelimit_us;
};

struct xen_sysctl_scheduler_op {
	uint32_t cpupool_id;
	uint32_t sched_id;
	uint32_t cmd; /* XEN_SYSCTL_SCHEDOP_* */
	union {
		struct xen_sysctl_sched_arinc653 {
			XEN_GUEST_HANDLE_64(void) schedule;
		} sched_arinc653;
		struct xen_sysctl_credit_schedule sched_credit;
		struct xen_sysctl_credit2_schedule sched_credit2;
	} u;
};
#define XEN_SYSCTL_SCHEDOP_putinfo 0
#define XEN_SYSCTL_SCHEDOP_getinfo 1

/* get_cpu_levelling_caps: which CPUID words the hardware can mask for PV guests. */
struct xen_sysctl_cpu_levelling_caps {
	uint32_t caps;
};
#define XEN_SYSCTL_CPU_LEVELCAP_faulting    (1UL << 0) /* CPUID faults: all of it */
#define XEN_SYSCTL_CPU_LEVELCAP_ecx	    (1UL << 1)
#define XEN_SYSCTL_CPU_LEVELCAP_edx	    (1UL << 2)
#define XEN_SYSCTL_CPU_LEVELCAP_extd_ecx    (1UL << 3)
#define XEN_SYSCTL_CPU_LEVELCAP_extd_edx    (1UL << 4)
#define XEN_SYSCTL_CPU_LEVELCAP_xsave_eax   (1UL << 5)
#define XEN_SYSCTL_CPU_LEVELCAP_thermal_ecx (1UL << 6)
#define XEN_SYSCTL_CPU_LEVELCAP_l7s0_eax    (1UL << 7)
#define XEN_SYSCTL_CPU_LEVELCAP_l7s0_ebx    (1UL << 8)

/* get_cpu_featureset: a null handle asks for the number of words. */
struct xen_sysctl_cpu_featureset {
	uint32_t index;	      /* in: XEN_SYSCTL_cpu_featureset_* */
	uint32_t nr_features; /* words; in: room; out: used; -ENOBUFS */
	XEN_GUEST_HANDLE_64(uint32_t) features;
};
#define XEN_SYSCTL_cpu_featureset_raw	  0
#define XEN_SYSCTL_cpu_featureset_host	  1
#define XEN_SYSCTL_cpu_featureset_pv	  2
#define XEN_SYSCTL_cpu_featureset_hvm	  3
#define XEN_SYSCTL_cpu_featureset_pv_max  4
#define XEN_SYSCTL_cpu_featureset_hvm_max 5

/* get_cpu_policy: the machine's, as xen_domctl_cpu_policy gives a domain's. */
struct xen_sysctl_cpu_policy {
	uint32_t index;	    /* in: XEN_SYSCTL_cpu_policy_* */
	uint32_t nr_leaves; /* in: room; out: used; -ENOBUFS */
	uint32_t nr_msrs;
	uint32_t _rsvd; /* must be 0 */
	XEN_GUEST_HANDLE_64(xen_cpuid_leaf_t) leaves;
	XEN_GUEST_HANDLE_64(xen_msr_entry_t) msrs;
};
typedef struct xen_sysctl_cpu_policy xen_sysctl_cpu_policy_t;
#define XEN_SYSCTL_cpu_policy_raw	  0
#define XEN_SYSCTL_cpu_policy_host	  1
#define XEN_SYSCTL_cpu_policy_pv_max	  2
#define XEN_SYSCTL_cpu_policy_hvm_max	  3
#define XEN_SYSCTL_cpu_policy_pv_default  4
#define XEN_SYSCTL_cpu_policy_hvm_default 5

/*
 * The operations whose structure is not here (performance counters, lock profiles, power
 * management, page offlining, coverage, cache allocation, live patches) are not part of this
 * hypervisor; pad keeps the size that the tools pass.
 */
struct xen_sysctl {
	uint32_t cmd;
	uint32_t interface_version; /* XEN_SYSCTL_INTERFACE_VERSION, or -EACCES */
	union {
		struct xen_sysctl_readconsole readconsole;
		struct xen_sysctl_tbuf_op tbuf_op;
		struct xen_sysctl_physinfo physinfo;
		struct xen_sysctl_cputopoinfo cputopoinfo;
		struct xen_sysctl_pcitopoinfo pcitopoinfo;
		struct xen_sysctl_numainfo numainfo;
		struct xen_sysctl_sched_id sched_id;
		struct xen_sysctl_getdomaininfolist getdomaininfolist;
		struct xen_sysctl_debug_keys debug_keys;
		struct xen_sysctl_getcpuinfo getcpuinfo;
		struct xen_sysctl_availheap availheap;
		struct xen_sysctl_cpu_hotplug cpu_hotplug;
		struct xen_sysctl_cpupool_op cpupool_op;
		struct xen_sysctl_scheduler_op scheduler_op;
		struct xen_sysctl_cpu_levelling_caps cpu_levelling_caps;
		struct xen_sysctl_cpu_featureset cpu_featureset;
		struct xen_sysctl_cpu_policy cpu_policy;
		uint8_t pad[128];
	} u;
};
typedef struct xen_sysctl xen_sysctl_t;
_Static_assert(sizeof(struct xen_sysctl) == 136, "the tools pass exactly this");

#endif
