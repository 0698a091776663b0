/* domain.h - domains and their vcpus
 *
 * Key to locks: [I] immutable after creation, [d] domain's lock, [m] domain's mm_lock, [e] event lock, [s] the scheduler's,
 * [v] only by the CPU that runs the vcpu, or by anybody while it is paused, [a] atomic.
 */
#ifndef KERN_DOMAIN_H
#define KERN_DOMAIN_H

#include <xen/xen.h>
#include <xen/vcpu.h>

#include "arch/x86/pv/state.h"
#include "core/runqueue.h"
#include "kern/lock.h"
#include "kern/machine.h"
#include "kern/printk.h"
#include "lib/list.h"
#include "lib/rangeset.h"
#include "lib/work.h"

struct evtchn_table; /* event-channel/ports.h */
struct fpu_area;     /* XSAVE image, arch/x86/fpu.h */
struct grant_table;  /* kern/grant.h */
struct hvm_domain;   /* arch/x86/hvm/state.h */
struct hvm_vcpu;
struct memmap_e820; /* core/memmap.h */
struct pirq_table;  /* kern/irq.h */

#define MAX_VCPUS     128 /* a domain's, at most */
#define SHUTDOWN_NONE 0xff

/* Why a vcpu does not run. Bits of vcpu->pause_flags. */
#define VCPU_BLOCKED BIT(0) /* sched_op block or poll, until an event */
#define VCPU_DOWN    BIT(1) /* never initialised, or vcpu_op down */
#define VCPU_POLLING BIT(2) /* with BLOCKED: waits for one of the polled ports */
#define VCPU_IOREQ   BIT(3) /* HVM: waits for its device model's answer */

struct vcpu {
	uint64_t host_stack;	   /* [v] top of the stack of the CPU that runs it; entry code takes it from here */
	struct cpu_user_regs regs; /* [v] pushed here, at this very place, on each entry from the guest */
	struct vcpu_info *info;	   /* [v] in shared_info, or where the guest registered it; never NULL */
	struct hvm_vcpu *hvm; /* [I] what a vcpu under hardware virtualization has beside; NULL: a PV or idle one */
	struct pv_vcpu pv;    /* [v] what a PV vcpu has beside (arch/x86/pv/state.h) */

	struct domain *domain; /* [I] NULL: an idle vcpu */
	struct fpu_area *fpu;  /* [v] */
	uint64_t xcr0;	       /* [v] as the guest has set it */
	uint32_t loaded_cpu;   /* [v] where it was loaded last; valid if that CPU's `loaded` agrees */
	uint32_t id;	       /* [I] */
	mfn_t info_mfn;	       /* [d] frame of a registered vcpu_info, with a writable reference; or INVALID_MFN */

	uint32_t pause_flags;	 /* [a] VCPU_* */
	uint32_t pause_count;	 /* [a] toolstack's and the hypervisor's pauses */
	bool initialised;	 /* [d] VCPUOP_initialise or setvcpucontext has been done */
	bool initialising;	 /* [d] somebody is at it just now */
	bool running;		 /* [s] it is some CPU's current */
	uint32_t processor;	 /* [s] CPU it runs on or ran on last */
	struct sched_unit *unit; /* [I] its place in the scheduler */

	struct vcpu_runstate_info runstate; /* [s] */
	uint64_t runstate_guest;	    /* [v] address of the registered area in the guest, 0: none */
	uint64_t time_info_guest;	    /* [v] address of the secondary time info, 0: none */

	uint32_t virq_port[24]; /* [e] port bound to each VIRQ, 0: none */
	uint32_t poll_nr;	/* [e] with VCPU_POLLING */
	uint32_t poll_port;	/* [e] the one port polled, 0: several */

	struct timer *periodic; /* [I] the three timers of a vcpu (kern/timer.h) */
	struct timer *singleshot;
	struct timer *polling;
	uint64_t periodic_ns;	    /* [v] period, 0: off */
	uint64_t periodic_last;	    /* [v] when it fired last, or was set */
	bool time_filled;	    /* [v] its time info, where it is now, has been filled */
	struct vcpu_info *own_info; /* [I] of ours, until the guest registers one; NULL: it has one in shared_info */
};

struct domain {
	uint16_t id;		  /* [I] */
	bool privileged;	  /* [I] may use the control interfaces: Dom0 */
	bool dying;		  /* [d] being destroyed: no new resources */
	bool shut_down;		  /* [d] */
	bool relinquished;	  /* [d] all that can be taken from it has been; only foreign references keep it */
	bool relinquishing;	  /* [a] somebody is at it just now */
	bool gone;		  /* [a] its own reference has been dropped */
	uint8_t relinquish_phase; /* [d] how far domain_relinquish is */
	uint8_t shutdown_code;	  /* [d] SHUTDOWN_* of xen/sched.h; SHUTDOWN_NONE: not said yet */
	uint32_t refs;		  /* [a] domain_get/put; the structure goes with the last */
	uint32_t pause_count;	  /* [a] */
	uint32_t tool_pauses;	  /* [d] those of them that are domctl's */
	struct list link;	  /* [domains lock] all domains, by id */
	uint8_t handle[16];	  /* [d] UUID */
	uint32_t create_flags;	  /* [I] XEN_DOMCTL_CDF_* */
	uint32_t ssidref;	  /* [I] */
	spinlock_t lock;	  /* [d] */

	uint32_t max_vcpus;	      /* [I] */
	struct vcpu *vcpu[MAX_VCPUS]; /* [I] once made; NULL: not made */

	struct shared_info *shared_info; /* [I] a page of ours, shared with the domain */
	spinlock_t mm_lock;		 /* [m] page-table updates and type changes to table types */
	uint32_t pages;			 /* [a] frames it owns */
	uint32_t max_pages;		 /* [d] */
	uint64_t frame_low, frame_high;	 /* [a] all its frames lie in [low, high): bounds the scan at its end */
	uint64_t relinquish_next;	 /* [d] where that scan goes on */
	uint64_t cpu_mask;		 /* [a] CPUs that may hold its translations in their TLB */
	uint64_t vm_assist;		 /* [d] VMASST_TYPE_* bits */

	spinlock_t event_lock;	     /* [e] */
	struct evtchn_table *events; /* [I] */
	uint32_t *pirq_port;	     /* [e] NR_PIRQS ports bound to pirqs, 0: none; NULL: not one yet */
	uint32_t pollers;	     /* [a] vcpus in sched_op poll */
	uint32_t suspend_port;	     /* [e] told of a suspend instead of VIRQ_DOM_EXC; 0: none (domctl subscribe) */
	struct grant_table *grants;  /* [I] */
	struct pirq_table *pirqs;    /* [I] */
	struct rangeset iomem;	     /* [d] machine frames of devices it may map */
	struct rangeset irqs;	     /* [d] GSIs it may bind */
	uint8_t *ioports;	     /* [I] 8 KiB bitmap, bit set: NOT allowed (as in a TSS); NULL: none allowed */

	struct memmap_e820 *map; /* [d] its memory map, by the toolstack; NULL: none */
	uint32_t map_entries;	 /* [d] */

	int64_t time_offset;	   /* [d] seconds, for its wall clock (domctl settimeoffset) */
	uint32_t console_domid;	   /* unused by PV; kept for the store */
	uint64_t target_pages;	   /* [d] claimed but not yet allocated (XENMEM_claim_pages) */
	struct sched_group sched;  /* [s] weight and cap */
	struct timer *watchdog[2]; /* [I] once made: sched_op watchdog */
	uint8_t watchdogs_used;	   /* [d] bitmap */
	struct hvm_domain *hvm;	   /* [I] NULL: a PV domain */
	struct pv_domain pv;	   /* arch/x86/pv/state.h */
};

extern struct domain *dom0; /* the hardware domain, once built */

/* Make a domain without vcpus, paused once. -EEXIST, -ENOMEM, -EINVAL. *out with one reference. domctl's create and dom0's
 * builder. */
int domain_create(uint16_t id, uint32_t max_vcpus, uint32_t flags, const uint8_t handle[16], struct domain **out);
/* Undo domain_create: nothing has been given to it yet. The caller's reference stays the caller's. */
void domain_discard(struct domain *d);
/* Make vcpu `id`, DOWN. */
int domain_create_vcpu(struct domain *d, unsigned id, struct vcpu **out);
/* The domain by id with a reference, or NULL. DOMID_SELF is the caller's own. */
struct domain *domain_get(uint16_t id);
void domain_ref(struct domain *d);
void domain_put(struct domain *d);
/* Its vcpu_info is in shared_info (or ours) again, and its other registered areas are forgotten. It does not run. */
void vcpu_forget_info(struct vcpu *v);
/* First domain with an id >= `from`, with a reference, or NULL. */
struct domain *domain_get_next(uint16_t from);

void domain_pause(struct domain *d); /* counted; on return no vcpu of it runs. Not the caller's own. */
void domain_unpause(struct domain *d);
void vcpu_pause(struct vcpu *v); /* counted; on return it does not run */
void vcpu_unpause(struct vcpu *v);
/* Current does not run any more until another vcpu brings it up. If it was the last, nobody is left for that: the domain has
 * powered itself off. */
void vcpu_go_down(struct vcpu *v);
void domain_shutdown(struct domain *d, unsigned code); /* all vcpus stop; Dom0: the machine follows */
/* The guest broke a rule that has no error: say why, with registers and guest stack, and shut it down as crashed. */
void domain_crash(struct domain *d, const char *why, ...) __attribute__((format(printf, 2, 3)));
void domain_resume(struct domain *d); /* take back a shutdown (suspend): its vcpus go on */
/* Begin its end (dying) and take everything from it. Preemptible: -ERESTART until done. Not the caller's own. */
int domain_relinquish(struct domain *d, struct work *w);
/* The last frame it owned has become free (kern/memory.c): if that was all that kept it, it goes. */
void domain_frames_gone(struct domain *d);

/* Runs under VT-x or AMD-V, on a physical memory of its own (gfns), and not as a paravirtual guest. */
static inline bool domain_is_hvm(const struct domain *d)
{
	return d->hvm;
}

static inline bool is_idle_vcpu(const struct vcpu *v)
{
	return !v->domain;
}

#define for_each_vcpu(d, v)                                                                                            \
	for (unsigned v##_i = 0; v##_i < (d)->max_vcpus; v##_i++)                                                      \
		if (((v) = (d)->vcpu[v##_i]) != NULL)

#endif
