/* emulate.h - what a PV guest's kernel cannot do in ring 3 and we do for it
 *
 * All run on the CPU whose current is v, with its address space loaded.
 */
#ifndef ARCH_X86_PV_EMULATE_H
#define ARCH_X86_PV_EMULATE_H

#include "core/cpuid_policy.h"
#include "core/decode.h"
#include "kern/domain.h"

/* On #GP with error code 0 from the guest. True: the instruction at rip is done and rip is behind it (or at it, with part of a
 * repetition done). False: it is not one of ours, or not allowed: the guest gets the fault. User mode may have ports only. */
bool pv_emulate_privileged(struct vcpu *v);

/* On #UD: CPUID behind `ud2; .ascii "xen"`, by which guests ask for our answer instead of the CPU's. Returns as above. */
bool pv_emulate_forced_cpuid(struct vcpu *v);

/* What v is told for a CPUID leaf. */
struct cpuid_leaf pv_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub);

/* False: the guest gets #GP. */
bool pv_read_msr(struct vcpu *v, uint32_t msr, uint64_t *value);
bool pv_write_msr(struct vcpu *v, uint32_t msr, uint64_t value);

/* Does one of IN, OUT, INS and OUTS. */
bool pv_emulate_port(struct vcpu *v, const struct insn *insn);

/* The bits of CR4 that a guest sees, and those it may choose. */
uint64_t pv_guest_cr4(const struct vcpu *v);

/* Ports of the hardware domain: fills d->ioports, and io_bitmap_direct with the ports its kernel reaches without us.
 * -ENOMEM. */
int hwdom_ports_init(struct domain *d);
void domain_ports_destroy(struct domain *d);

/* The bitmap behind every CPU's TSS, used while the hardware domain's kernel runs: bit set = the port traps. */
extern uint8_t *io_bitmap_direct;

#endif
