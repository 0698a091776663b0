/* hvm.h - guests under hardware virtualization: what these files offer, and what a vendor provides
 *
 * The way of an exit: the vendor's entry code (svm/run.S) leaves the guest's general registers in v->regs, where a PV
 * guest's would be, on the CPU's one stack, and calls the vendor's exit handler; this tells apart what happened and
 * asks the common code (exit.h) for the rest; then it goes to return_to_guest (pv/entry.S), which does what is
 * pending and comes back through hvm_run. docs/hvm.md has the picture.
 */
#ifndef ARCH_X86_HVM_HVM_H
#define ARCH_X86_HVM_HVM_H

#include "arch/x86/hvm/state.h"
#include "kern/domain.h"

struct hvm_hw_cpu; /* xen/hvm/save.h */

/* A segment register: access has the descriptor's bits 40-47 and, above them, 52-55. */
struct hvm_segment {
	uint16_t selector, access;
	uint32_t limit; /* in bytes */
	uint64_t base;
};

enum hvm_segment_name {
	HVM_ES,
	HVM_CS,
	HVM_SS,
	HVM_DS,
	HVM_FS,
	HVM_GS,
	HVM_LDTR,
	HVM_TR,
	HVM_GDTR,
	HVM_IDTR,
	HVM_SEGMENTS
};

#define HVM_SEGMENT_PRESENT 0x080
#define HVM_SEGMENT_LONG    0x200
#define HVM_SEGMENT_BIG	    0x400

/* What the hardware keeps for a guest, as a whole: to start a vcpu, and to tell about it. */
struct hvm_state {
	struct hvm_segment segment[HVM_SEGMENTS];
	uint64_t cr2, cr3, dr6, dr7;
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
};

/* What a vendor provides. The table is chosen once, at boot. All functions but init are called for a vcpu that is
 * current, or that does not run and is on no CPU. What the guest runs with besides is v->regs (with rip, rflags and
 * rsp) and the fields of struct hvm_vcpu.
 */
struct hvm_ops {
	const char *name;	/* as `hvctl info` shows it */
	uint8_t hypercall[3];	/* its instruction, */
	uint8_t hypercall_kind; /* as core/decode.h knows it */
	uint64_t p2m_leaf;	/* bits that its nested tables want in a leaf beside struct p2m's own */
	bool large_pages;	/* leaves of 2 MiB */

	/* On each CPU, before it runs a guest. -ENOMEM; -ENODEV: the firmware has switched it off. */
	int (*init_this)(void);
	int (*create)(struct vcpu *v); /* its control block. -ENOMEM */
	void (*destroy)(struct vcpu *v);
	void (*run)(void);	       /* enters the guest: %rbx is the vcpu; from and to pv/entry.S */
	void (*load)(struct vcpu *v);  /* it is this CPU's from now on; NULL: nothing to do */
	void (*evict)(struct vcpu *v); /* and now no longer; NULL: nothing to do */

	void (*get_state)(const struct vcpu *v, struct hvm_state *s);
	void (*set_state)(struct vcpu *v, const struct hvm_state *s);
	void (*get_segment)(const struct vcpu *v, enum hvm_segment_name name, struct hvm_segment *s);
	uint64_t (*get_cr3)(const struct vcpu *v);
	/* v->hvm's cr0, cr4, efer or pat have changed (they are valid): let the hardware know. */
	void (*update_mode)(struct vcpu *v);
	void (*flush_tlb)(struct vcpu *v); /* its guest-virtual translations, before it runs again */

	/* May an interrupt come at the guest's next instruction (rflags.IF, no shadow)? An NMI? */
	bool (*interruptible)(const struct vcpu *v);
	/* Exit as soon as interruptible() is true; off again after that. */
	void (*want_window)(struct vcpu *v, bool wanted);
	/* The instruction that was emulated is over: so is the shadow of an STI or MOV SS before it. */
	void (*end_shadow)(struct vcpu *v);
	/* An NMI is going to be injected: v->hvm->nmi_masked, until the guest's next IRET; or that has come. */
	void (*mask_nmi)(struct vcpu *v, bool masked);
};

extern const struct hvm_ops *hvm; /* [I] after hvm_init(): NULL where the machine has nothing of the kind */
extern void (*hvm_run)(void);	  /* its `run` */
extern const struct hvm_ops svm_ops, vmx_ops;
bool svm_usable(void); /* with nested paging; says in the log why not, if it is there */
bool vmx_usable(void); /* with EPT and unrestricted guests; likewise */
void svm_run(void);

/* ---- the machine (hvm/hvm.c) ----------------------------------------------------------------------------------- */
void hvm_init(void);	  /* once, on the boot CPU: chooses */
void hvm_init_this(void); /* on each CPU; panics where one cannot do what the boot CPU can */

/* ---- life (hvm/life.c) ----------------------------------------------------------------------------------------- */
int hvm_domain_init(struct domain *d); /* -EOPNOTSUPP: not on this machine; -ENOMEM */
void hvm_domain_free(struct domain *d);
/* At its end, when it no longer runs: its ioreq servers go, and its timer stops. */
void hvm_stop_devices(struct domain *d);
int hvm_vcpu_init(struct vcpu *v);
void hvm_vcpu_free(struct vcpu *v);
/* Give back all frames that its physical memory shows, and the tables, as a part of its end. -ERESTART: call again. */
int hvm_relinquish(struct domain *d, struct work *w);

/* ---- switching (hvm/switch.c): for arch/x86/switch.c ----------------------------------------------------------- */
void hvm_save(struct vcpu *v);
void hvm_load(struct vcpu *v);
void hvm_evict(struct vcpu *v);

/* ---- the vcpu's state (hvm/state.c) ---------------------------------------------------------------------------- */
void hvm_reset(struct vcpu *v);			   /* as after INIT; its APIC too */
void hvm_start_real(struct vcpu *v, uint8_t page); /* at page << 12, in real mode: after a start-up interrupt */
/* A record as sethvmcontext has it. -EINVAL: something in it that no CPU would accept. It does not run. */
int hvm_set_cpu(struct vcpu *v, const struct hvm_hw_cpu *c);
void hvm_get_cpu(struct vcpu *v, struct hvm_hw_cpu *c);
void hvm_show(const struct vcpu *v); /* to the log, but for v->regs */
struct vcpu_hvm_context;
int hvm_set_context(struct vcpu *v, const struct vcpu_hvm_context *c); /* VCPUOP_initialise; errors likewise */

/* ---- its memory (hvm/memory.c, hvm/walk.c) --------------------------------------------------------------------- */
void hvm_memory_init(struct domain *d);
/* The frame behind a gfn, with a reference to it as the domain's own (writable: and its type). -EINVAL: a hole, or
 * not its own. */
int hvm_gfn_get(struct domain *d, uint64_t gfn, bool writable, mfn_t *m);
/* The same without references, for one who asks again when it matters. INVALID_MFN: a hole. */
mfn_t hvm_gfn_lookup(struct domain *d, uint64_t gfn);
enum p2m_type hvm_gfn_type(struct domain *d, uint64_t gfn);
/* Let 2^order frames that are d's own appear from gfn on. -EEXIST: something is there; -ENOMEM. */
int hvm_populate(struct domain *d, uint64_t gfn, mfn_t first, unsigned order);
/* Take what is at gfn away. RAM goes back to the free memory (with its last use); a page of ours just disappears.
 * -EINVAL: a hole, or a grant's, which unmapping ends. */
int hvm_depopulate(struct domain *d, uint64_t gfn, bool ram_only);
/* A page of ours that is shared with d appears at gfn; where it is already, it stays. RAM that was at gfn is freed. */
int hvm_show_page(struct domain *d, uint64_t gfn, mfn_t m);
/* RAM moves from one gfn to another. */
int hvm_move_page(struct domain *d, uint64_t from, uint64_t to);
/* Grants of others, as pv_map_grant and pv_unmap_grant: at a guest-physical address. */
int hvm_map_grant(struct vcpu *v, uint64_t address, mfn_t m, bool readonly);
int hvm_unmap_grant(struct vcpu *v, uint64_t address, mfn_t m, bool readonly);
uint64_t hvm_max_gfn(struct domain *d);
/* How much its tables may take and take, in pages. */
int hvm_set_pool(struct domain *d, uint32_t pages);
uint32_t hvm_pool(struct domain *d, uint32_t *used);

/* Current's memory by linear address, as its kernel would reach it. The number of bytes not copied. */
size_t hvm_copy(void *ours, uint64_t guest, size_t size, bool to_guest);
size_t hvm_zero(uint64_t guest, size_t size);
/* Where in its physical memory that is. False: not mapped, or no memory there. */
bool hvm_translate(struct vcpu *v, uint64_t linear, bool write, uint64_t *physical);
/* The same, memory or not, for an access of kind WALK_* (core/guest_walk.h). False: *error is the page fault's code. */
bool hvm_walk(struct vcpu *v, uint64_t linear, unsigned access, uint64_t *physical, uint32_t *error);

/* ---- interrupts (hvm/interrupt.c) ------------------------------------------------------------------------------ */
/* An exception at the instruction that is being emulated; with one that is still to be delivered it makes a double
 * fault, or a triple one, which ends the domain. error: HVM_NO_ERROR or the code. */
#define HVM_NO_ERROR UINT32_MAX
void hvm_inject(struct vcpu *v, unsigned vector, uint32_t error);
void hvm_inject_page_fault(struct vcpu *v, uint64_t linear, uint32_t error);
void hvm_triple_fault(struct vcpu *v);
/* Would something wake the vcpu out of HLT? */
bool hvm_interrupt_pending(const struct vcpu *v);
/* An event channel's upcall became pending: where the guest wants it as an interrupt of its APIC, raise that. */
void hvm_upcall(struct vcpu *v);
/* Before each entry: decides what is injected (v->hvm->event), and may find that the vcpu is not to run now: then
 * something is pending in the CPU. */
void hvm_before_entry(struct vcpu *v);

/* An INIT has come for current: as after reset, it waits for a start-up interrupt, or has one already. (hvm/lapic.c) */
void hvm_take_init(struct vcpu *v);
void hvm_lapic_timer(void *vcpu); /* its APIC's timer is due */

/* ---- interface to guests and tools (hvm/params.c) -------------------------------------------------------------- */
long hvm_set_param(struct domain *d, uint32_t index, uint64_t value);
long hvm_get_param(struct domain *d, uint32_t index, uint64_t *value);
int hvm_set_upcall_vector(struct domain *d, uint32_t vcpu, uint8_t vector);

#endif
