/* guest_view.h - what guests of both kinds are told of the CPU alike: facts for CPUID, and MSRs that are not theirs */
#ifndef ARCH_X86_GUEST_VIEW_H
#define ARCH_X86_GUEST_VIEW_H

#include "core/cpuid_policy.h"
#include "kern/domain.h"

/* For core/cpuid_policy.h. osxsave and fsgsbase are the caller's to say. */
struct cpuid_guest guest_cpuid_facts(const struct vcpu *v);

/* The CPU's own answer; zeros for the leaves that are the hypervisor's. */
struct cpuid_leaf guest_host_cpuid(uint32_t leaf, uint32_t sub);

/* Those MSRs that tell of the machine, or would control it. Reading: false, there is none; the first few are told in the log.
 * Writing what is there is no change, and kernels do it; true then. */
bool guest_read_msr(const struct vcpu *v, uint32_t msr, uint64_t *value);
bool guest_write_msr(const struct vcpu *v, uint32_t msr, uint64_t value);

#endif
