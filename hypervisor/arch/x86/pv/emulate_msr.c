/* emulate_msr.c - model-specific registers as a PV guest sees them: a list; the rest does not exist
 */
#include "arch/x86/cpu.h"
#include "arch/x86/guest_view.h"
#include "arch/x86/pv/emulate.h"

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
	case MSR_EFER:
		*value = EFER_SCE | EFER_LME | EFER_LMA | (cpu_has(CPU_NX) ? EFER_NX : 0);
		return true;
	case MSR_PAT:
		*value = PAT_VALUE;
		return true;
	case MSR_APIC_BASE:
		*value = guest_apic_base(v);
		return true;
	default:
		return guest_read_msr(v, msr, value);
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
	case MSR_EFER:
	case MSR_PAT:
	case MSR_APIC_BASE: /* fixed, but writing what is there is no change */
		return pv_read_msr(v, msr, &now) && now == value;
	default:
		return guest_write_msr(v, msr, value);
	}
}
