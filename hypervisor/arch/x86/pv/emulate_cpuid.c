/* emulate_cpuid.c - what a PV guest is told by CPUID on this machine (the policy:
 * core/cpuid_policy.h) */
#include "arch/x86/cpu.h"
#include "arch/x86/guest_view.h"
#include "arch/x86/pv/emulate.h"

struct cpuid_leaf pv_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub)
{
	struct cpuid_leaf r = guest_host_cpuid(leaf, sub);
	struct cpuid_guest guest = guest_cpuid_facts(v);

	guest.osxsave = pv_guest_cr4(v) & CR4_OSXSAVE;
	guest.fsgsbase = cpu_cr4 & CR4_FSGSBASE;
	cpuid_policy_pv(leaf, sub, &guest, &r);
	return r;
}
