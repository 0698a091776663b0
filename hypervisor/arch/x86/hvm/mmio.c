/* mmio.c - accesses to guest-physical memory that is not there: APICs, the device model's devices, and holes
 *
 * A hole reads as ones, and forgets what is written. The instruction is decoded and done here. One that is not known,
 * or a processor's own access to a page table in a hole, ends the domain.
 */
#include "arch/x86/hvm/devices.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/hvm/ioreq.h"
#include "core/execute.h"
#include "kern/printk.h"

enum outcome {
	DONE,
	WAIT,	 /* for the device model: the exit is handled again */
	UNKNOWN, /* no such instruction is */
};

static bool is_lapic(const struct vcpu *v, uint64_t address)
{
	const struct lapic *l = &v->hvm->lapic;

	return lapic_is_enabled(l) && !lapic_is_x2(l) && (address & PAGE_MASK) == LAPIC_BASE;
}

static enum outcome ask(struct vcpu *v, struct hvm_access *a)
{
	switch (hvm_io(v, a)) {
	case HVM_IO_NOBODY:
		a->value = ~0ULL;
		return DONE;
	case HVM_IO_WAIT:
		return WAIT;
	default:
		return DONE;
	}
}

static enum outcome read(struct vcpu *v, uint64_t address, unsigned size, uint64_t *value)
{
	struct hvm_access a = {
		.type = IOREQ_TYPE_COPY,
		.read = true,
		.size = (uint8_t)size,
		.count = 1,
		.address = address,
	};
	enum outcome outcome = DONE;

	*value = 0;
	if (!is_lapic(v, address) && !hvm_is_ioapic(v, address)) {
		outcome = ask(v, &a);
		*value = a.value;
	} else if (size == 4 && !(address & 15)) {
		/* Aligned words only; what is not is undefined, and there are no registers between. */
		if (is_lapic(v, address))
			(void)hvm_lapic_read(v, (unsigned)(address >> 4 & 0xff), value);
		else
			*value = hvm_ioapic_read(v, address);
	}
	return outcome;
}

static enum outcome write(struct vcpu *v, uint64_t address, unsigned size, uint64_t value)
{
	struct hvm_access a = {
		.type = IOREQ_TYPE_COPY,
		.size = (uint8_t)size,
		.count = 1,
		.address = address,
		.value = value,
	};

	if (!is_lapic(v, address) && !hvm_is_ioapic(v, address))
		return ask(v, &a);
	if (size == 4 && !(address & 15)) {
		if (is_lapic(v, address))
			(void)hvm_lapic_write(v, (unsigned)(address >> 4 & 0xff), value);
		else
			hvm_ioapic_write(v, address, (uint32_t)value);
	}
	return DONE;
}

static enum outcome load(struct vcpu *v, const struct insn *insn, uint64_t address)
{
	unsigned size = insn->kind == INSN_LOAD_BYTE ? 1 : insn->kind == INSN_LOAD_WORD ? 2 : insn->size;
	uint64_t value;

	if (read(v, address, size, &value) == WAIT)
		return WAIT;
	if (size < 8)
		value &= BIT(8 * size) - 1;
	insn_write_register(insn, &v->regs, insn->reg, insn->size, value);
	v->regs.rip += insn->length;
	return DONE;
}

static enum outcome store(struct vcpu *v, const struct insn *insn, uint64_t address)
{
	bool needs_old = insn->kind != INSN_MOV && insn->kind != INSN_STOS;
	struct insn_effect effect;
	uint64_t old = 0;

	if (needs_old && read(v, address, insn->size, &old) == WAIT)
		return WAIT;
	if (insn_compute(insn, &v->regs, old, &effect))
		return UNKNOWN;
	if (effect.write && write(v, address, insn->size, effect.value) == WAIT)
		return WAIT;
	insn_commit(insn, &v->regs, &effect);
	return DONE;
}

static enum outcome emulate(struct vcpu *v, uint64_t address)
{
	struct insn insn;

	if (!hvm_fetch(v, &insn))
		return UNKNOWN;
	if (insn.kind == INSN_LOAD || insn.kind == INSN_LOAD_BYTE || insn.kind == INSN_LOAD_WORD)
		return load(v, &insn, address);
	return insn.memory || insn.kind == INSN_STOS ? store(v, &insn, address) : UNKNOWN;
}

void hvm_redo_memory(struct vcpu *v, uint64_t address, bool is_write)
{
	switch (emulate(v, address)) {
	case DONE:
		hvm->end_shadow(v);
		break;
	case UNKNOWN:
		domain_crash(v->domain, "%s %#lx, where it has no memory, by an instruction that is not known",
			     is_write ? "writes to" : "reads from", (unsigned long)address);
		break;
	default:
		break;
	}
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
	v->hvm->io.is_port = false;
	v->hvm->io.address = address;
	v->hvm->io.write = is_write;
	hvm_io_begin(v);
	hvm_redo_memory(v, address, is_write);
}
