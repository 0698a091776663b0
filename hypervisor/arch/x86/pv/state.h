/* state.h - what a PV vcpu and a PV domain are beside their registers */
#ifndef ARCH_X86_PV_STATE_H
#define ARCH_X86_PV_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/types.h"

struct fpu_area; /* XSAVE image, arch/x86/fpu.h */

/* What the guest registered for a vector (HYPERVISOR_set_trap_table). address 0: nothing. */
struct pv_trap {
	uint64_t address;
	uint16_t cs;
	uint8_t dpl;         /* who may `int` it */
	bool masks_events;
};

struct pv_vcpu {
	bool kernel_mode;            /* the guest kernel runs, not its user space */
	bool syscall_masks_events;   /* from callback registration */
	bool failsafe_masks_events;
	bool ts;                     /* the guest's CR0.TS (fpu_taskswitch) */
	bool fpu_used;               /* the FPU area holds something */
	uint8_t iopl;                /* virtual IOPL, 0-3 */
	bool nmi_pending, nmi_masked;
	mfn_t kernel_l4;             /* L4 tables, each with a type reference */
	mfn_t user_l4;               /* 0: none */

	uint64_t kernel_sp, kernel_ss;      /* stack_switch */
	uint64_t event_callback;            /* addresses registered by callback_op / set_callbacks; 0: none */
	uint64_t failsafe_callback;
	uint64_t syscall_callback;
	uint64_t syscall32_callback, syscall32_cs;
	uint64_t sysenter_callback, sysenter_cs;
	uint64_t nmi_callback;
	bool syscall32_masks_events, sysenter_masks_events;

	uint64_t fs_base, gs_base_kernel, gs_base_user; /* as saved when it is not loaded */
	uint64_t cr2;                       /* the last page fault's address (arch.cr2 in vcpu_info too) */
	uint64_t cr4;                       /* bits the guest believes in */
	uint64_t dr[8];                     /* 0-3, 6, 7 */
	uint64_t debug_enable;              /* DR7 as loaded in hardware */
	uint64_t io_emul_cr[2];

	uint64_t gdt_frames[14];
	uint32_t gdt_entries;
	uint64_t ldt_base;                  /* linear address in the guest */
	uint32_t ldt_entries;
	uint64_t ldt_frames[16];            /* 0: page not (validly) there */

	struct pv_trap traps[256];
	struct fpu_area *fpu;
	uint64_t xcr0;

	/* An interrupted validation or its undoing: the vcpu holds this type reference until somebody goes on (core/ptable.h) */
	mfn_t parked;                       /* 0: none */
	uint8_t parked_type;
	bool parked_undoing;
};

struct pv_domain {
	uint64_t pirq_eoi_mfn;              /* physdev pirq_eoi_gmfn: 0 none */
	void *pirq_eoi_map;
	bool auto_unmask;
	uint64_t tsc_mode;
};

#endif
