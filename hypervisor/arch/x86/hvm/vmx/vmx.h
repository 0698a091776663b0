/* vmx.h - what the files of VT-x share */
#ifndef ARCH_X86_HVM_VMX_VMX_H
#define ARCH_X86_HVM_VMX_VMX_H

#include "arch/x86/hvm/hvm.h"
#include "arch/x86/hvm/vmx/vmcs.h"

/*
 * Of a vcpu. Its VMCS is in the CPU that has it loaded (active), or in memory (after VMCLEAR): fields can only be reached while
 * it is this CPU's current one, which vmcs_enter() sees to. MSRs that VMCSs do not hold are the guest's in the CPU while its vcpu
 * is loaded, and here otherwise.
 */
struct vmx_vcpu {
	uint64_t launched; /* [v] run.S: since the last VMCLEAR, so VMRESUME enters it */
	paddr_t vmcs;	   /* [I] physical address */
	uint16_t vpid;	   /* [I] 0: none, and each entry flushes */
	bool loaded;	   /* [v] on this CPU: the MSRs are there */
	uint32_t cpu;	   /* [v] that entered it last; MAX_CPUS: its translations are void on all */
	uint64_t flushes;  /* [v] that CPU's `flushes` then: later ones make them void as well */
	uint32_t proc;	   /* [v] the primary controls, with the windows that are asked for */
	uint64_t cr2;	   /* [v] while the guest does not run */
	uint64_t dr6;	   /* [v] while it is not loaded, and the next five too */
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
};

extern struct vmx_setup vmx_setup; /* [I] how guests are run (core/vmx_caps.h) */
extern uint32_t vmx_slice;	   /* [I] of the preemption timer, in its ticks */
extern paddr_t vmx_msr_bitmap;	   /* [I] physical address; shared by all */

static inline struct vmx_vcpu *vmx_of(const struct vcpu *v)
{
	return v->hvm->vmx;
}

/* v's VMCS becomes this CPU's current one. What was there before, for vmcs_leave(). (vmx/vcpu.c) */
struct vmcs_before {
	paddr_t vmcs; /* the one to go back to; 0: none */
	bool changed;
};
struct vmcs_before vmcs_enter(const struct vcpu *v);
void vmcs_leave(const struct vcpu *v, struct vmcs_before before);

/* ---- vmx/init.c ---- */
int vmx_init_this(void);

/* ---- vmx/vcpu.c ---- */
int vmx_create(struct vcpu *v);
void vmx_destroy(struct vcpu *v);
void vmx_load(struct vcpu *v);
void vmx_evict(struct vcpu *v);

/* ---- vmx/state.c ---- */
void vmx_get_state(const struct vcpu *v, struct hvm_state *s);
void vmx_set_state(struct vcpu *v, const struct hvm_state *s);
void vmx_get_segment(const struct vcpu *v, enum hvm_segment_name name, struct hvm_segment *s);
uint64_t vmx_get_cr3(const struct vcpu *v);
void vmx_update_mode(struct vcpu *v);

/* ---- vmx/exit.c for run.S; and run.S: in (struct hvm_ops), and out ---- */
void vmx_before_entry(struct vcpu *v);
void vmx_after_exit(struct vcpu *v);
void vmx_entry_failed(struct vcpu *v);
extern void vmx_run(void);
extern void vmx_exit(void);

/* ---- vmx/exit.c ---- */
void vmx_flush_tlb(struct vcpu *v);
bool vmx_interruptible(const struct vcpu *v);
void vmx_want_window(struct vcpu *v, bool wanted);
void vmx_end_shadow(struct vcpu *v);
void vmx_mask_nmi(struct vcpu *v, bool masked);

#endif
