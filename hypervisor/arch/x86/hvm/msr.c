/* msr.c - model-specific registers of a guest under hardware virtualization: a list; others do not exist
 *
 * Segment bases and those of SYSCALL and SYSENTER are in the vendor's control block and do not exit.
 */
#include "arch/x86/msr.h"
#include "arch/x86/guest_view.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/hvm/hypercall.h"

#define VECTOR_GP 13

/* Each byte a memory type: UC, WC, WT, WP, WB, UC-. */
static bool pat_valid(uint64_t pat)
{
	for (unsigned i = 0; i < 8; i++, pat >>= 8) {
		uint8_t type = pat & 0xff;

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

static bool write_efer(struct vcpu *v, uint64_t value)
{
	struct hvm_modes m = {v->hvm->cr0, v->hvm->cr4, v->hvm->efer};

	if (!hvm_write_efer(&m, &hvm_features, value))
		return false;
	v->hvm->efer = m.efer;
	hvm->update_mode(v);
	return true;
}

static bool write_pat(struct vcpu *v, uint64_t value)
{
	if (!pat_valid(value))
		return false;
	v->hvm->pat = value;
	hvm->update_mode(v);
	return true;
}

static bool is_x2apic(const struct vcpu *v, uint32_t msr)
{
	return msr - MSR_X2APIC < LAPIC_REGISTERS && lapic_is_x2(&v->hvm->lapic);
}

static bool read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_EFER:
		*value = v->hvm->efer;
		return true;
	case MSR_PAT:
		*value = v->hvm->pat;
		return true;
	case MSR_APIC_BASE:
		*value = v->hvm->lapic.base;
		return true;
	default:
		if (is_x2apic(v, msr))
			return hvm_lapic_read(v, msr - MSR_X2APIC, value);
		return guest_read_msr(v, msr, value);
	}
}

static bool write(struct vcpu *v, uint32_t msr, uint64_t value)
{
	switch (msr) {
	case MSR_EFER:
		return write_efer(v, value);
	case MSR_PAT:
		return write_pat(v, value);
	case MSR_APIC_BASE:
		return lapic_set_base(&v->hvm->lapic, value);
	case HVM_HYPERCALL_MSR:
		return hvm_write_hypercall_page(v->domain, value);
	default:
		if (is_x2apic(v, msr))
			return hvm_lapic_write(v, msr - MSR_X2APIC, value);
		return guest_write_msr(v, msr, value);
	}
}

void hvm_exit_msr(struct vcpu *v, bool is_write, uint64_t next_rip)
{
	uint64_t value = (v->regs.rdx << 32) | v->regs.eax;

	if (!hvm_find_next(v, is_write ? INSN_WRMSR : INSN_RDMSR, &next_rip))
		return;
	if (is_write ? !write(v, v->regs.ecx, value) : !read(v, v->regs.ecx, &value)) {
		hvm_inject(v, VECTOR_GP, 0);
		return;
	}
	if (!is_write) {
		v->regs.rax = (uint32_t)value;
		v->regs.rdx = value >> 32;
	}
	hvm_go_on(v, next_rip);
}
