/* vmx_caps.h - which of VT-x's controls a CPU has, and how they are set [pure]
 *
 * Intel SDM vol. 3, appendix A: each capability register says of its controls which bits must be 1
 * (low half) and which may be (high half). Nothing but what these registers tell is taken for
 * granted.
 */
#ifndef CORE_VMX_CAPS_H
#define CORE_VMX_CAPS_H

#include "lib/types.h"

/* Pin-based controls. */
#define VMX_PIN_INTERRUPT   BIT(0) /* external interrupts exit */
#define VMX_PIN_NMI	    BIT(3)
#define VMX_PIN_VIRTUAL_NMI BIT(5)
#define VMX_PIN_TIMER	    BIT(6) /* the preemption timer exits */

/* Primary processor-based controls. */
#define VMX_PROC_INTERRUPT_WINDOW BIT(2)
#define VMX_PROC_TSC_OFFSET	  BIT(3)
#define VMX_PROC_HLT		  BIT(7)
#define VMX_PROC_INVLPG		  BIT(9)
#define VMX_PROC_MWAIT		  BIT(10)
#define VMX_PROC_RDPMC		  BIT(11)
#define VMX_PROC_CR3_LOAD	  BIT(15)
#define VMX_PROC_CR3_STORE	  BIT(16)
#define VMX_PROC_CR8_LOAD	  BIT(19)
#define VMX_PROC_CR8_STORE	  BIT(20)
#define VMX_PROC_NMI_WINDOW	  BIT(22)
#define VMX_PROC_IO		  BIT(24) /* every port */
#define VMX_PROC_MSR_BITMAP	  BIT(28)
#define VMX_PROC_MONITOR	  BIT(29)
#define VMX_PROC_SECONDARY	  BIT(31)

/* Secondary processor-based controls. */
#define VMX_PROC2_EPT	       BIT(1)
#define VMX_PROC2_VPID	       BIT(5)
#define VMX_PROC2_WBINVD       BIT(6)
#define VMX_PROC2_UNRESTRICTED BIT(7)

/* Controls of exits and of entries. */
#define VMX_EXIT_SAVE_DEBUG  BIT(2)
#define VMX_EXIT_HOST_64     BIT(9)
#define VMX_EXIT_LOAD_PAT    BIT(19)
#define VMX_EXIT_LOAD_EFER   BIT(21)
#define VMX_EXIT_SAVE_TIMER  BIT(22)
#define VMX_ENTRY_LOAD_DEBUG BIT(2)
#define VMX_ENTRY_GUEST_64   BIT(9) /* set while the guest is in long mode */
#define VMX_ENTRY_LOAD_PAT   BIT(14)
#define VMX_ENTRY_LOAD_EFER  BIT(15)

/* The capability registers; 0 for one that the CPU does not have. Controls from the "true"
 * registers where there are such. */
struct vmx_msrs {
	uint64_t basic, pin, proc, proc2, exit, entry, ept_vpid;
};

/* VMX_BASIC */
#define VMX_BASIC_REVISION  0x7fffffff
#define VMX_BASIC_STRINGS   BIT(54) /* exits by INS and OUTS tell the address size and the segment */
#define VMX_BASIC_TRUE	    BIT(55) /* the "true" registers are there */
#define VMX_BASIC_TYPE(msr) ((msr) >> 50 & 15)
#define VMX_TYPE_WB	    6

struct vmx_setup {
	uint32_t revision;
	uint32_t pin, proc, proc2, exit, entry; /* without windows and VMX_ENTRY_GUEST_64 */
	bool vpid;				/* with a way to flush one */
	bool invept_one;			/* INVEPT of one table; else only of all */
	bool invvpid_one;			/* INVVPID of one VPID; else only of all */
	bool timer;				/* the preemption timer, which goes on after an exit */
};

/* How guests are run on such a CPU. NULL; or what it lacks, to stand behind "this CPU lacks". */
const char *vmx_choose(const struct vmx_msrs *msrs, struct vmx_setup *setup);

#endif
