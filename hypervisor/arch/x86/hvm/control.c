/* control.c - control registers, XCR0, and the few other instructions that are decoded before they are done */
#include "arch/x86/control.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hvm/exit.h"

#define VECTOR_UD 6
#define VECTOR_GP 13

#define LMSW_BITS 0xf /* PE, MP, EM, TS; PE cannot be cleared by it */

struct hvm_features hvm_features;

static bool write_cr0(struct vcpu *v, uint64_t value)
{
	struct hvm_modes m = {v->hvm->cr0, v->hvm->cr4, v->hvm->efer};

	if (!hvm_write_cr0(&m, &hvm_features, value, hvm_is_64bit(v)))
		return false;
	v->hvm->cr0 = m.cr0;
	v->hvm->efer = m.efer;
	hvm->update_mode(v);
	return true;
}

static bool write_cr4(struct vcpu *v, uint64_t value)
{
	struct hvm_modes m = {v->hvm->cr0, v->hvm->cr4, v->hvm->efer};

	if (!hvm_write_cr4(&m, &hvm_features, value))
		return false;
	v->hvm->cr4 = m.cr4;
	hvm->update_mode(v);
	return true;
}

static bool write_cr8(struct vcpu *v, uint64_t value)
{
	return value <= 15 && hvm_lapic_write(v, LAPIC_TPR, value << 4);
}

static bool move_to(struct vcpu *v, const struct insn *insn)
{
	uint64_t value = *insn_register(&v->regs, insn->rm);

	if (!hvm_is_64bit(v))
		value = (uint32_t)value;
	switch (insn->reg) {
	case 0:
		return write_cr0(v, value);
	case 4:
		return write_cr4(v, value);
	case 8:
		return write_cr8(v, value);
	default:
		return false;
	}
}

static bool move_from(struct vcpu *v, const struct insn *insn)
{
	uint64_t value = 0;

	switch (insn->reg) {
	case 0:
		value = v->hvm->cr0;
		break;
	case 4:
		value = v->hvm->cr4;
		break;
	case 8:
		if (!hvm_lapic_read(v, LAPIC_TPR, &value))
			return false;
		value >>= 4;
		break;
	default:
		return false;
	}
	*insn_register(&v->regs, insn->rm) = value;
	return true;
}

/* Its operand may be in memory: only the form with a register is known. */
static bool lmsw(struct vcpu *v, const struct insn *insn)
{
	uint64_t value = *insn_register(&v->regs, insn->rm) & LMSW_BITS;

	return !insn->memory && write_cr0(v, (v->hvm->cr0 & ~(uint64_t)(LMSW_BITS & ~CR0_PE)) | value);
}

static bool xsetbv(struct vcpu *v)
{
	uint64_t value = v->regs.rdx << 32 | v->regs.eax;

	if (v->regs.ecx || hvm_cpl(v) || !fpu_xcr0_valid(value))
		return false;
	fpu_set_xcr0(v, value);
	return true;
}

static bool execute(struct vcpu *v, const struct insn *insn)
{
	switch (insn->kind) {
	case INSN_MOV_TO_CR:
		return move_to(v, insn);
	case INSN_MOV_FROM_CR:
		return move_from(v, insn);
	case INSN_CLTS:
		return write_cr0(v, v->hvm->cr0 & ~(uint64_t)CR0_TS);
	case INSN_LMSW:
		return lmsw(v, insn);
	case INSN_XSETBV:
		return xsetbv(v);
	case INSN_WBINVD: /* no device of a guest's looks past the caches */
	case INSN_INVD:	  /* and losing what is in them is nothing to wait for */
		return true;
	default: /* RDPMC: there are no counters */
		return false;
	}
}

void hvm_exit_instruction(struct vcpu *v)
{
	struct insn insn;

	if (!hvm_fetch(v, &insn)) {
		hvm_inject(v, VECTOR_UD, HVM_NO_ERROR);
		return;
	}
	if (!execute(v, &insn)) {
		hvm_inject(v, VECTOR_GP, 0);
		return;
	}
	/* What was 64-bit code before goes on as what it is now. */
	hvm_go_on(v, v->regs.rip + insn.length);
}
