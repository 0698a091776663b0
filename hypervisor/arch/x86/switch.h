/* switch.h - one vcpu's state out of the CPU, another's in (machine_switch is in kern/machine.h) */
#ifndef ARCH_X86_SWITCH_H
#define ARCH_X86_SWITCH_H

struct domain;
struct vcpu;

/* No CPU has the state of a vcpu that does not run loaded any more. */
void vcpu_unload(struct vcpu *v);

/* No CPU has the domain's page tables loaded any more. None of its vcpus runs, or will. No lock held. */
void domain_leave_cpus(struct domain *d);

#endif
