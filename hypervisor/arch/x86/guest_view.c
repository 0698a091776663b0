/* guest_view.c - what guests of both kinds are told of the CPU alike: facts for CPUID, and MSRs that are not theirs */
#include "arch/x86/guest_view.h"
#include "arch/x86/control.h"
#include "arch/x86/cpu.h"
#include "arch/x86/fpu.h"
#include "core/timescale.h"
#include "kern/printk.h"

#define MSR_PLATFORM_ID	    0x00000017
#define MSR_MICROCODE_REV   0x0000008b
#define MSR_MTRR_CAP	    0x000000fe
#define MSR_PLATFORM_INFO   0x000000ce
#define MSR_DEBUGCTL	    0x000001d9
#define MSR_MISC_ENABLE	    0x000001a0
#define MSR_AMD_INT_PENDING 0xc0010055
#define MSR_AMD_HWCR	    0xc0010015
#define MSR_AMD_DE_CFG	    0xc0011029

#define HWCR_TSC_CONSTANT	BIT(24) /* the TSC counts at P0's rate */
#define DE_CFG_LFENCE_SERIAL	BIT(1)
#define MISC_ENABLE_NO_COUNTERS (BIT(11) | BIT(12)) /* neither BTS nor PEBS */
#define MISC_ENABLE_PERFMON	BIT(7)
#define MISC_ENABLE_MONITOR	BIT(18)

#define COMPLAINTS_MAX 32 /* in the log, of all domains together */

struct cpuid_guest guest_cpuid_facts(const struct vcpu *v)
{
	struct timescale scale = timescale_make(tsc_hz, 1000000000);

	return (struct cpuid_guest){
		.hardware_domain = v->domain == dom0,
		.xcr0_allowed = fpu_xcr0_allowed(),
		.vcpu_id = v->id,
		.domain_id = v->domain->id,
		.tsc_native = true,
		.tsc_reliable = cpu_has(CPU_INVARIANT_TSC),
		.tsc_khz = (uint32_t)(tsc_hz / 1000),
		.tsc_multiplier = scale.mul,
		.tsc_shift = scale.shift,
		.address_bits = (uint8_t)cpu_info.phys_bits,
	};
}

struct cpuid_leaf guest_host_cpuid(uint32_t leaf, uint32_t sub)
{
	struct cpuid host;

	if (leaf - CPUID_HYPERVISOR_LEAF < CPUID_HYPERVISOR_LEAVES)
		return (struct cpuid_leaf){0};
	host = cpuid_count(leaf, sub);
	if (leaf == 0xd && sub == 1 && host.b)
		host.b = fpu_compact_size(xcr0_read());
	return (struct cpuid_leaf){host.a, host.b, host.c, host.d};
}

static bool intel(void)
{
	return cpu_info.vendor == CPU_VENDOR_INTEL;
}

static bool amd(void)
{
	return cpu_info.vendor == CPU_VENDOR_AMD;
}

static bool no_such(const struct vcpu *v, const char *what, uint32_t msr)
{
	static uint32_t complaints;

	if (__atomic_fetch_add(&complaints, 1, __ATOMIC_RELAXED) < COMPLAINTS_MAX)
		log_debug("domain %u: %s MSR %#x at %#lx: there is none\n", v->domain->id, what, msr, v->regs.rip);
	return false;
}

static bool read_intel(uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_PLATFORM_ID:
	case MSR_PLATFORM_INFO: /* no CPUID faulting, no ratio */
		*value = 0;
		return true;
	case MSR_MISC_ENABLE:
		*value = (msr_read(msr) | MISC_ENABLE_NO_COUNTERS) & ~(MISC_ENABLE_PERFMON | MISC_ENABLE_MONITOR);
		return true;
	default:
		return false;
	}
}

static bool read_amd(uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_AMD_INT_PENDING: /* C1E is not entered */
		*value = 0;
		return true;
	case MSR_AMD_HWCR:
		*value = HWCR_TSC_CONSTANT;
		return true;
	case MSR_AMD_DE_CFG:
		*value = DE_CFG_LFENCE_SERIAL;
		return true;
	default:
		return false;
	}
}

static bool read_msr(uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_TSC:
		*value = time_tsc();
		return true;
	case MSR_MICROCODE_REV:
	case MSR_MTRR_CAP: /* without a single register */
	case MSR_MCG_CAP:  /* without a single bank */
	case MSR_DEBUGCTL:
		*value = 0;
		return true;
	default:
		return (intel() && read_intel(msr, value)) || (amd() && read_amd(msr, value));
	}
}

bool guest_read_msr(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
	return read_msr(msr, value) || no_such(v, "reads", msr);
}

bool guest_write_msr(const struct vcpu *v, uint32_t msr, uint64_t value)
{
	uint64_t now;

	return (read_msr(msr, &now) && now == value) || no_such(v, "writes", msr);
}
