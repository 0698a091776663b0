/* entry.h - what entry.S defines and the machine code points the CPU at */
#ifndef ARCH_X86_PV_ENTRY_H
#define ARCH_X86_PV_ENTRY_H

#define SYSCALL_STUB_SIZE 64 /* one stub for each CPU, which loads that CPU's stack */

#ifndef __ASSEMBLY__
extern const char syscall_stubs[], syscall32_stubs[], sysenter_stubs[];

/* A CPU's life: runs what the scheduler chooses, for ever. Called once, on the CPU's own stack. */
_Noreturn void cpu_run(void);
#endif

#endif
