/* emulate_cpuid.c - what a PV guest is told by CPUID on this machine (the policy:
 * core/cpuid_policy.h) */
#include "arch/x86/cpu.h"
#include "arch/x86/fpu.h"
#include "arch/x86/pv/emulate.h"
#include "core/timescale.h"

struct cpuid_leaf pv_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub)
{
	uint64_t cr4 = pv_guest_cr4(v);
	struct timescale scale = timescale_make(tsc_hz, 1000000000);
	struct cpuid_guest guest = {
		.hardware_domain = v->domain == dom0,
		.osxsave = cr4 & CR4_OSXSAVE,
		.fsgsbase = cpu_cr4 & CR4_FSGSBASE,
		.xcr0_allowed = fpu_xcr0_allowed(),
		.vcpu_id = v->id,
		.tsc_native = true,
		.tsc_reliable = cpu_has(CPU_INVARIANT_TSC),
		.tsc_khz = (uint32_t)(tsc_hz / 1000),
		.tsc_multiplier = scale.mul,
		.tsc_shift = scale.shift,
		.address_bits = (uint8_t)cpu_info.phys_bits,
	};
	struct cpuid_leaf r = {0};

	if (leaf - CPUID_HYPERVISOR_LEAF >= CPUID_HYPERVISOR_LEAVES) {
		struct cpuid host = cpuid_count(leaf, sub);

		r = (struct cpuid_leaf){host.a, host.b, host.c, host.d};
	}
	cpuid_policy_pv(leaf, sub, &guest, &r);
	return r;
}
