/* emulate_msr.c - model-specific registers as a PV guest sees them: a list; the rest does not exist
 */
#include "arch/x86/cpu.h"
#include "arch/x86/pv/emulate.h"
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
		log_debug("domain %u: %s MSR %#x at %#lx: there is none\n", v->domain->id, what,
			  msr, v->regs.rip);
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
		*value = (msr_read(msr) | MISC_ENABLE_NO_COUNTERS) &
			 ~(MISC_ENABLE_PERFMON | MISC_ENABLE_MONITOR);
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

static uint64_t guest_apic_base(const struct vcpu *v)
{
	uint64_t base = msr_read(MSR_APIC_BASE) & ~(uint64_t)APIC_BASE_X2APIC;

	return v->domain->privileged ? base : base & ~(uint64_t)APIC_BASE_ENABLE;
}

bool pv_read_msr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE: /* in guest kernel mode: user space's GS */
		*value = msr_read(msr);
		return true;
	case MSR_TSC:
		*value = time_tsc();
		return true;
	case MSR_EFER:
		*value = EFER_SCE | EFER_LME | EFER_LMA | (cpu_has(CPU_NX) ? EFER_NX : 0);
		return true;
	case MSR_PAT:
		*value = PAT_VALUE;
		return true;
	case MSR_APIC_BASE:
		*value = guest_apic_base(v);
		return true;
	case MSR_MICROCODE_REV:
	case MSR_MTRR_CAP: /* without a single register */
	case MSR_MCG_CAP:  /* without a single bank */
	case MSR_DEBUGCTL:
		*value = 0;
		return true;
	default:
		if ((intel() && read_intel(msr, value)) || (amd() && read_amd(msr, value)))
			return true;
		return no_such(v, "reads", msr);
	}
}

bool pv_write_msr(struct vcpu *v, uint32_t msr, uint64_t value)
{
	uint64_t now;

	switch (msr) {
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE:
		if (!is_canonical(value))
			return false;
		msr_write(msr, value);
		return true;
	default: /* writing what is there is no change; kernels do it */
		if (pv_read_msr(v, msr, &now) && now == value)
			return true;
		return no_such(v, "writes", msr);
	}
}
