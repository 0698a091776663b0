/* mmio_string.c - string instructions to and from memory that is not there: a device model's, an APIC's, holes
 *
 * Whatever lies within a page on both sides is one request, which the device model fetches or stores in the guest's memory itself. What
 * is left is done when the guest comes here again.
 */
#include "arch/x86/hvm/exit.h"
#include "arch/x86/hvm/ioreq.h"
#include "arch/x86/hvm/mmio.h"
#include "core/guest_walk.h"
#include "core/string_insn.h"

/* Where it reads, or writes. */
struct operand {
	uint64_t linear, physical;
	bool memory;
};

static bool is_memory(const struct vcpu *v, uint64_t physical, bool write)
{
	enum p2m_type type = hvm_gfn_type(v->domain, physical >> PAGE_SHIFT);

	return type != P2M_HOLE && !(write && type == P2M_GRANT_RO);
}

/* False: the guest has a page fault now. */
static bool walk(struct vcpu *v, uint64_t linear, bool write, uint64_t *physical)
{
	unsigned access = (write ? WALK_WRITE : 0) | (hvm_cpl(v) == 3 ? WALK_USER : 0);
	uint32_t error;

	if (hvm_walk(v, linear, access, physical, &error))
		return true;
	hvm_inject_page_fault(v, linear, error);
	return false;
}

/* An element that crosses a page's end is known where both parts are of a kind, and what is not memory follows on. */
static enum hvm_mmio find(struct vcpu *v, const struct insn *i, bool write, struct operand *o, bool *there)
{
	uint64_t last, end;

	*there = false;
	o->linear = hvm_string_linear(v, i, write);
	if (!walk(v, o->linear, write, &o->physical))
		return HVM_MMIO_DONE;
	o->memory = is_memory(v, o->physical, write);
	end = o->linear + i->size - 1;
	if ((o->linear ^ end) & PAGE_MASK) {
		if (!walk(v, end & PAGE_MASK, write, &last))
			return HVM_MMIO_DONE;
		if (is_memory(v, last, write) != o->memory ||
		    (!o->memory && last != (o->physical & PAGE_MASK) + PAGE_SIZE))
			return HVM_MMIO_UNKNOWN;
	}
	*there = true;
	return HVM_MMIO_DONE;
}

static enum hvm_io many(struct vcpu *v, const struct insn *i, const struct operand *from, const struct operand *to)
{
	bool stores = i->kind == INSN_STOS, to_device = stores || !to->memory;
	const struct operand *device = to_device ? to : from, *other = to_device ? from : to;
	uint64_t count = string_insn_in_page(i, &v->regs, to->linear, string_insn_left(i, &v->regs));
	struct hvm_access a = {
		.type = IOREQ_TYPE_COPY,
		.read = !to_device,
		.down = string_insn_down(&v->regs),
		.by_address = !stores,
		.from_device = !stores && !other->memory,
		.size = i->size,
		.address = device->physical,
		.value = stores ? insn_read_register(i, &v->regs, 0, i->size) : other->physical,
	};
	enum hvm_io io;

	if (!stores)
		count = string_insn_in_page(i, &v->regs, from->linear, count);
	a.count = (uint32_t)count;
	/* All lie in the page of the first: its answer is theirs. */
	if (count < 2 || hvm_mmio_is_ours(v, a.address, a.size) ||
	    (a.from_device && hvm_mmio_is_ours(v, a.value, a.size)) || !hvm_io_has(v, &a))
		return HVM_IO_NOBODY;
	io = hvm_io(v, &a);
	if (io == HVM_IO_DONE)
		string_insn_advance(i, &v->regs, count);
	return io;
}

/* If memory has gone away meanwhile, it is tried again. */
static enum hvm_mmio one(struct vcpu *v, const struct insn *i, const struct operand *from, const struct operand *to)
{
	uint64_t value = insn_read_register(i, &v->regs, 0, i->size);

	if (string_insn_reads(i)) {
		value = 0;
		if (from->memory ? hvm_copy(&value, from->linear, i->size, false)
				 : hvm_mmio_read(v, from->physical, i->size, &value))
			return from->memory ? HVM_MMIO_DONE : HVM_MMIO_WAIT;
	}
	if (i->kind == INSN_LODS)
		insn_write_register(i, &v->regs, 0, i->size, value);
	else if (to->memory ? hvm_copy(&value, to->linear, i->size, true)
			    : hvm_mmio_write(v, to->physical, i->size, value))
		return to->memory ? HVM_MMIO_DONE : HVM_MMIO_WAIT;
	string_insn_advance(i, &v->regs, 1);
	return HVM_MMIO_DONE;
}

enum hvm_mmio hvm_mmio_string(struct vcpu *v, const struct insn *i)
{
	struct operand from = {0}, to = {0};
	enum hvm_mmio found = HVM_MMIO_DONE;
	bool there = true;

	if (!string_insn_left(i, &v->regs)) {
		string_insn_advance(i, &v->regs, 0);
		return HVM_MMIO_DONE;
	}
	if (string_insn_reads(i))
		found = find(v, i, false, &from, &there);
	if (there && string_insn_writes(i))
		found = find(v, i, true, &to, &there);
	if (!there)
		return found;
	switch (i->kind == INSN_LODS ? HVM_IO_NOBODY : many(v, i, &from, &to)) {
	case HVM_IO_WAIT:
		return HVM_MMIO_WAIT;
	case HVM_IO_DONE:
		return HVM_MMIO_DONE;
	default:
		return one(v, i, &from, &to);
	}
}
