/* state.h - what a PV vcpu and a PV domain are beside their registers */
#ifndef ARCH_X86_PV_STATE_H
#define ARCH_X86_PV_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ptable.h"
#include "lib/types.h"

/* What the guest registered for a vector (HYPERVISOR_set_trap_table). address 0: nothing. */
struct pv_trap {
	uint64_t address;
	uint16_t cs;
	uint8_t dpl; /* who may `int` it */
	bool masks_events;
};

struct pv_vcpu {
	/* Entry code knows these by offset (arch/x86/pv/offsets.h). */
	bool kernel_mode;	       /* the guest kernel runs, not its user space */
	bool syscall_masks_events;     /* from callback registration */
	bool nmi_masked;	       /* from an NMI's delivery to the guest's next iret */
	uint64_t kernel_cr3, user_cr3; /* physical addresses of its L4 tables, each with a type reference; 0: none */
	uint64_t kernel_sp;	       /* stack_switch: aligned to 16, in the guest's part */
	uint64_t syscall_callback;     /* callback_op; 0: none */
	uint16_t *iomap;	       /* the loaded CPU's TSS.iomap_base, or a word nobody looks at */

	bool failsafe_masks_events;
	bool syscall32_masks_events, sysenter_masks_events;
	bool ts; /* the guest's CR0.TS (fpu_taskswitch) */
	bool nmi_pending;
	bool direct_ports; /* its kernel mode has the ports of io_bitmap_direct */
	uint8_t iopl;	   /* virtual IOPL, 0-3 */
	uint16_t kernel_ss;
	uint16_t syscall32_cs, sysenter_cs;
	uint64_t event_callback; /* addresses in the guest; 0: none */
	uint64_t failsafe_callback;
	uint64_t syscall32_callback, sysenter_callback, nmi_callback;

	uint64_t fs_base, gs_base_kernel, gs_base_user; /* as saved when it is not loaded */
	uint16_t ds, es, fs, gs;			/* likewise */
	uint64_t cr2;					/* the last page fault's address, as vcpu_info shows it */
	uint64_t cr4;					/* bits the guest believes in */
	uint64_t dr[8];					/* 0-3, 6, 7 */
	uint64_t debug_enable;				/* DR7 as loaded in hardware */
	const uint8_t *user_port_bitmap; /* in the guest: ports user space may use, bit clear (physdev set_iobitmap) */
	uint32_t user_ports;		 /* how many ports that bitmap has */

	uint64_t gdt_frames[14];
	uint32_t gdt_entries;
	uint64_t ldt_base; /* linear address in the guest */
	uint32_t ldt_entries;
	uint64_t ldt_frames[16]; /* 0: page not (validly) there */

	struct pv_trap traps[256];
	struct parked parked; /* interrupted work on a page table (core/ptable.h); [m] */
};

struct pv_domain {
	uint64_t pirq_eoi_mfn; /* physdev pirq_eoi_gmfn: 0 none */
	void *pirq_eoi_map;
	bool auto_unmask;
	uint64_t tsc_mode;
	uint64_t unpinned_up_to; /* pv_relinquish_mm: frames below this are looked through, */
	struct parked unpinning; /* and this it was at; [m] */
	uint32_t pci_address;	 /* what the hardware domain last wrote to port 0xcf8 */
};

#endif
