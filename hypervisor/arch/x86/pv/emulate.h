/* emulate.h - what a PV guest's kernel cannot do in ring 3 and we do for it
 *
 * All run on the CPU whose current is v, with its address space loaded. The ways in are pv.h's
 * pv_emulate_privileged() and pv_emulate_forced_cpuid(): true, and rip is behind the instruction
 * (or at it, with part of a repetition done); false: it is none of ours, or not allowed, and the
 * guest gets the fault. User mode may have ports only.
 */
#ifndef ARCH_X86_PV_EMULATE_H
#define ARCH_X86_PV_EMULATE_H

#include "arch/x86/pv/pv.h"
#include "core/cpuid_policy.h"
#include "core/decode.h"
#include "kern/domain.h"

/* What v is told for a CPUID leaf. */
struct cpuid_leaf pv_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub);

/* False: the guest gets #GP. */
bool pv_read_msr(struct vcpu *v, uint32_t msr, uint64_t *value);
bool pv_write_msr(struct vcpu *v, uint32_t msr, uint64_t value);

/* Does one of IN, OUT, INS and OUTS. */
bool pv_emulate_port(struct vcpu *v, const struct insn *insn);

/* The bits of CR4 that a guest sees, and those it may choose. */
uint64_t pv_guest_cr4(const struct vcpu *v);

/* Ports of the hardware domain: fills d->ioports, and io_bitmap_direct (descriptors.h) with the
 * ports its kernel reaches without us. -ENOMEM. */
int hwdom_ports_init(struct domain *d);
void domain_ports_destroy(struct domain *d);

#endif
