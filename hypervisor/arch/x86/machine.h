/* machine.h - bringing the machine up, in two steps */
#ifndef ARCH_X86_MACHINE_H
#define ARCH_X86_MACHINE_H

/* By the boot CPU, once its descriptors are loaded: ACPI, interrupt controllers, clocks, timers, FPU. */
void machine_init(void);
/* Then, when the scheduler is ready: all other CPUs, each of which enters cpu_run() at once. */
void machine_start_cpus(void);

#endif
