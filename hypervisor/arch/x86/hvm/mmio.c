/* mmio.c - accesses to guest-physical memory that is not there: the local APIC's registers, and holes
 *
 * A hole reads as ones, and forgets what is written. The instruction is decoded and done here; 64-bit code only. One
 * that is not known, or a processor's own access to a page table in a hole, ends the domain.
 */
#include "arch/x86/hvm/exit.h"
#include "core/execute.h"
#include "kern/printk.h"

static bool is_lapic(const struct vcpu *v, uint64_t address)
{
	const struct lapic *l = &v->hvm->lapic;

	return lapic_is_enabled(l) && !lapic_is_x2(l) && (address & PAGE_MASK) == LAPIC_BASE;
}

static uint64_t read(struct vcpu *v, uint64_t address, unsigned size)
{
	uint64_t value = 0;

	if (!is_lapic(v, address))
		return ~0ULL;
	/* Aligned words only; what is not is undefined, and there are no registers between. */
	if (size == 4 && !(address & 15))
		(void)hvm_lapic_read(v, (unsigned)(address >> 4 & 0xff), &value);
	return value;
}

static void write(struct vcpu *v, uint64_t address, unsigned size, uint64_t value)
{
	if (is_lapic(v, address) && size == 4 && !(address & 15))
		(void)hvm_lapic_write(v, (unsigned)(address >> 4 & 0xff), value);
}

static bool load(struct vcpu *v, const struct insn *insn, uint64_t address)
{
	unsigned size = insn->kind == INSN_LOAD_BYTE ? 1 : insn->kind == INSN_LOAD_WORD ? 2 : insn->size;
	uint64_t value = read(v, address, size);

	if (size < 8)
		value &= BIT(8 * size) - 1;
	insn_write_register(insn, &v->regs, insn->reg, insn->size, value);
	v->regs.rip += insn->length;
	return true;
}

static bool store(struct vcpu *v, const struct insn *insn, uint64_t address)
{
	bool needs_old = insn->kind != INSN_MOV && insn->kind != INSN_STOS;
	struct insn_effect effect;
	uint64_t old = needs_old ? read(v, address, insn->size) : 0;

	if (insn_compute(insn, &v->regs, old, &effect))
		return false;
	if (effect.write)
		write(v, address, insn->size, effect.value);
	insn_commit(insn, &v->regs, &effect);
	return true;
}

static bool emulate(struct vcpu *v, uint64_t address)
{
	struct insn insn;

	if (!hvm_is_64bit(v) || !hvm_fetch(v, &insn))
		return false;
	if (insn.kind == INSN_LOAD || insn.kind == INSN_LOAD_BYTE || insn.kind == INSN_LOAD_WORD)
		return load(v, &insn, address);
	return (insn.memory || insn.kind == INSN_STOS) && store(v, &insn, address);
}

void hvm_exit_memory(struct vcpu *v, uint64_t address, bool is_write, bool by_walk)
{
	enum p2m_type type = hvm_gfn_type(v->domain, address >> PAGE_SHIFT);

	/* It has come there meanwhile. */
	if (type != P2M_HOLE && !(is_write && type == P2M_GRANT_RO))
		return;
	if (by_walk) {
		domain_crash(v->domain, "a page table at %#lx, where it has no memory", (unsigned long)address);
		return;
	}
	if (emulate(v, address))
		hvm->end_shadow(v);
	else
		domain_crash(v->domain, "%s %#lx, where it has no memory, by an instruction that is not known",
			     is_write ? "writes to" : "reads from", (unsigned long)address);
}
