/* vcpu.h - vcpu_op(cmd, vcpu, arg): starting vcpus, their timers and shared areas */
#ifndef ABI_VCPU_H
#define ABI_VCPU_H

#include <xen/xen.h>

/* -ENOENT: no such vcpu. */
#define VCPUOP_initialise		      0 /* PV: vcpu_guest_context; HVM: vcpu_hvm_context */
#define VCPUOP_up			      1 /* -EINVAL if it was not initialised */
#define VCPUOP_down			      2
#define VCPUOP_is_up			      3 /* returns 0 or 1 */
#define VCPUOP_get_runstate_info	      4 /* vcpu_runstate_info */
#define VCPUOP_register_runstate_memory_area  5
#define VCPUOP_set_periodic_timer	      6
#define VCPUOP_stop_periodic_timer	      7
#define VCPUOP_set_singleshot_timer	      8	 /* of the calling vcpu only: -EINVAL */
#define VCPUOP_stop_singleshot_timer	      9	 /* likewise */
#define VCPUOP_register_vcpu_info	      10 /* once in a vcpu's life: -EINVAL */
#define VCPUOP_send_nmi			      11
#define VCPUOP_get_physid		      12 /* -EINVAL unless the vcpu is pinned */
#define VCPUOP_register_vcpu_time_memory_area 13

/* How long the vcpu was in each state; time[] sums to the ns since it was made. */
struct vcpu_runstate_info {
	int state;		   /* RUNSTATE_* */
	uint64_t state_entry_time; /* system time, ns; XEN_RUNSTATE_UPDATE while it is written */
	uint64_t time[4];	   /* ns, by RUNSTATE_* */
};
typedef struct vcpu_runstate_info vcpu_runstate_info_t;
#define XEN_RUNSTATE_UPDATE (1ULL << 63)
#define RUNSTATE_running    0
#define RUNSTATE_runnable   1
#define RUNSTATE_blocked    2
#define RUNSTATE_offline    3

struct vcpu_register_runstate_memory_area {
	union {
		XEN_GUEST_HANDLE(vcpu_runstate_info_t) h;
		struct vcpu_runstate_info *v;
		uint64_t p;
	} addr;
};
typedef struct vcpu_register_runstate_memory_area vcpu_register_runstate_memory_area_t;

struct vcpu_set_periodic_timer {
	uint64_t period_ns; /* -EINVAL under a millisecond */
};
typedef struct vcpu_set_periodic_timer vcpu_set_periodic_timer_t;

struct vcpu_set_singleshot_timer {
	uint64_t timeout_abs_ns; /* system time */
	uint32_t flags;
};
typedef struct vcpu_set_singleshot_timer vcpu_set_singleshot_timer_t;
#define VCPU_SSHOTTMR_future (1U << 0) /* -ETIME if the time has passed */

struct vcpu_register_vcpu_info {
	uint64_t mfn;
	uint32_t offset; /* the structure must not cross the frame's end */
	uint32_t rsvd;
};
typedef struct vcpu_register_vcpu_info vcpu_register_vcpu_info_t;

struct vcpu_get_physid {
	uint64_t phys_id; /* ACPI id << 32 | APIC id */
};
typedef struct vcpu_get_physid vcpu_get_physid_t;
#define xen_vcpu_physid_to_x86_apicid(physid) ((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid) ((uint32_t)((physid) >> 32))

struct vcpu_register_time_memory_area {
	union {
		XEN_GUEST_HANDLE(vcpu_time_info_t) h;
		struct vcpu_time_info *v;
		uint64_t p;
	} addr;
};
typedef struct vcpu_register_time_memory_area vcpu_register_time_memory_area_t;

#endif
