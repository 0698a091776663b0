/* switch.h - one vcpu's state out of the CPU, another's in (machine_switch is in kern/machine.h) */
#ifndef ARCH_X86_PV_SWITCH_H
#define ARCH_X86_PV_SWITCH_H

struct domain;
struct vcpu;

/* No CPU has the page tables of a vcpu that does not run loaded any more. */
void pv_unload(struct vcpu *v);

/* No CPU has the domain's page tables loaded any more. None of its vcpus runs, or will. No lock held. */
void pv_leave_domain(struct domain *d);

#endif
