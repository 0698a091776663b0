/* smp.h - the other processors: starting them, asking something of them, stopping them */
#ifndef ARCH_X86_SMP_H
#define ARCH_X86_SMP_H

/* Start the CPUs that ACPI lists, as far as cpus= allows. Each enters cpu_run(). */
void smp_start_others(void);

/* Every other CPU stops for good, wherever it is (by NMI). May be called by several; one goes on, the others stop. */
void smp_stop_others(void);
/* In an NMI: does not return if it is such a stop. */
void smp_check_stop(void);

#endif
