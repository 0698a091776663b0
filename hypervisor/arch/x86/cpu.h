/* cpu.h - what this CPU can do, and putting it into the state we run in */
#ifndef ARCH_X86_CPU_H
#define ARCH_X86_CPU_H

#include "arch/x86/control.h"
#include "arch/x86/cpuid.h"
#include "arch/x86/msr.h"

/* PAT as the guest ABI has it: WB, WT, UC-, UC, WC, WP, UC, UC for index 0 to 7. */
#define PAT_VALUE 0x0000050100070406ULL

/* Fill cpu_info from the boot CPU. (What no CPU may lack has been checked before long mode, in boot/head.S.) */
void cpu_detect(void);

/* Control registers and MSRs of the CPU that calls, whose id this_cpu() knows already. Panics if it lacks what the
 * boot CPU has. */
void cpu_init_this(void);

/* The part of that which a guest of VT-x displaces: where SYSCALL and SYSENTER of PV guests go. */
void cpu_init_system_call(void);

/* The bits of CR4 that are set on every CPU while the hypervisor or a guest runs. [I] once the boot CPU has
 * switched VT-x on. */
extern uint64_t cpu_cr4;

#endif
