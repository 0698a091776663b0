/* mmio.c - accesses to guest-physical memory that is not there: APICs, the device model's devices, and holes
 *
 * A hole reads as ones, and forgets what is written. The instruction is decoded and done here. One that is not known,
 * or a processor's own access to a page table in a hole, ends the domain.
 */
#include "arch/x86/hvm/devices.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/hvm/ioreq.h"
#include "arch/x86/hvm/mmio.h"
#include "core/execute.h"
#include "core/string_insn.h"
#include "kern/printk.h"

static bool is_lapic(const struct vcpu *v, uint64_t address, unsigned size)
{
	return lapic_is_touched(&v->hvm->lapic, address, size);
}

bool hvm_mmio_is_ours(const struct vcpu *v, uint64_t address, unsigned size)
{
	return is_lapic(v, address, size) || hvm_is_ioapic(v, address, size);
}

static enum hvm_mmio ask(struct vcpu *v, struct hvm_access *a)
{
	switch (hvm_io(v, a)) {
	case HVM_IO_NOBODY:
		a->value = ~0ULL;
		return HVM_MMIO_DONE;
	case HVM_IO_WAIT:
		return HVM_MMIO_WAIT;
	default:
		return HVM_MMIO_DONE;
	}
}

enum hvm_mmio hvm_mmio_read(struct vcpu *v, uint64_t address, unsigned size, uint64_t *value)
{
	struct hvm_access a = {
		.type = IOREQ_TYPE_COPY,
		.read = true,
		.size = (uint8_t)size,
		.count = 1,
		.address = address,
	};
	enum hvm_mmio outcome = HVM_MMIO_DONE;

	*value = 0;
	if (!hvm_mmio_is_ours(v, address, size)) {
		outcome = ask(v, &a);
		*value = a.value;
	} else if (size == 4 && !(address & 15)) {
		/* Aligned words only; what is not, or is but half on the page, is undefined, and there are no registers between. */
		if (is_lapic(v, address, size))
			(void)hvm_lapic_read(v, (unsigned)(address >> 4 & 0xff), value);
		else
			*value = hvm_ioapic_read(v, address);
	}
	return outcome;
}

enum hvm_mmio hvm_mmio_write(struct vcpu *v, uint64_t address, unsigned size, uint64_t value)
{
	struct hvm_access a = {
		.type = IOREQ_TYPE_COPY,
		.size = (uint8_t)size,
		.count = 1,
		.address = address,
		.value = value,
	};

	if (!hvm_mmio_is_ours(v, address, size))
		return ask(v, &a);
	if (size == 4 && !(address & 15)) {
		if (is_lapic(v, address, size))
			(void)hvm_lapic_write(v, (unsigned)(address >> 4 & 0xff), value);
		else
			hvm_ioapic_write(v, address, (uint32_t)value);
	}
	return HVM_MMIO_DONE;
}

/* How many bytes a load reads; 0: it is none. */
static unsigned loads(const struct insn *insn, bool *is_signed)
{
	*is_signed = insn->kind == INSN_LOAD_BYTE_SIGNED || insn->kind == INSN_LOAD_WORD_SIGNED;
	switch (insn->kind) {
	case INSN_LOAD:
		return insn->size;
	case INSN_LOAD_BYTE:
	case INSN_LOAD_BYTE_SIGNED:
		return 1;
	case INSN_LOAD_WORD:
	case INSN_LOAD_WORD_SIGNED:
		return 2;
	default:
		return 0;
	}
}

static enum hvm_mmio load(struct vcpu *v, const struct insn *insn, uint64_t address)
{
	bool is_signed;
	unsigned size = loads(insn, &is_signed), unused = 64 - 8 * size;
	uint64_t value;

	if (hvm_mmio_read(v, address, size, &value) == HVM_MMIO_WAIT)
		return HVM_MMIO_WAIT;
	value = is_signed ? (uint64_t)((int64_t)(value << unused) >> unused) : value << unused >> unused;
	insn_write_register(insn, &v->regs, insn->reg, insn->size, value);
	v->regs.rip += insn->length;
	return HVM_MMIO_DONE;
}

static enum hvm_mmio store(struct vcpu *v, const struct insn *insn, uint64_t address)
{
	struct insn_effect effect;
	uint64_t old = 0;

	if (insn->kind != INSN_MOV && hvm_mmio_read(v, address, insn->size, &old) == HVM_MMIO_WAIT)
		return HVM_MMIO_WAIT;
	if (insn_compute(insn, &v->regs, old, &effect))
		return HVM_MMIO_UNKNOWN;
	if (effect.write && hvm_mmio_write(v, address, insn->size, effect.value) == HVM_MMIO_WAIT)
		return HVM_MMIO_WAIT;
	insn_commit(insn, &v->regs, &effect);
	return HVM_MMIO_DONE;
}

static enum hvm_mmio emulate(struct vcpu *v, uint64_t address)
{
	struct insn insn;
	bool is_signed;

	if (!hvm_fetch(v, &insn))
		return HVM_MMIO_UNKNOWN;
	if (loads(&insn, &is_signed))
		return load(v, &insn, address);
	if (string_insn(&insn))
		return hvm_mmio_string(v, &insn);
	return insn.memory ? store(v, &insn, address) : HVM_MMIO_UNKNOWN;
}

void hvm_redo_memory(struct vcpu *v, uint64_t address, bool is_write)
{
	switch (emulate(v, address)) {
	case HVM_MMIO_DONE:
		hvm->end_shadow(v);
		break;
	case HVM_MMIO_UNKNOWN:
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
