/* port.c - accesses to ports: of our own devices, of the device model's, of none
 *
 * Where there is no device, reading gives ones, and writing is forgotten. A string instruction is done in parts, of a page
 * at most; with each but the last it stays where it is, and exits again.
 */
#include "arch/x86/control.h"
#include "arch/x86/hvm/devices.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/hvm/ioreq.h"
#include "core/string_insn.h"

#define PORT_CHUNK 64 /* bytes of a string instruction at a time, where each is an access of its own */
#define VECTOR_GP  13

/* One access. What is not there is done, too. */
static bool access_port(struct vcpu *v, const struct hvm_port *p, uint64_t *value)
{
	struct hvm_access a = {
		.type = IOREQ_TYPE_PIO,
		.read = p->in,
		.size = p->size,
		.count = 1,
		.address = p->port,
		.value = *value,
	};
	uint8_t byte = (uint8_t)*value;

	if (p->size == 1 && (p->in ? hvm_device_read(v, p->port, &byte) : hvm_device_write(v, p->port, byte))) {
		*value = byte;
		return true;
	}
	switch (hvm_io(v, &a)) {
	case HVM_IO_DONE:
		*value = a.value;
		return true;
	case HVM_IO_NOBODY:
		*value = ~0ULL;
		return true;
	default:
		return false;
	}
}

static void plain_port(struct vcpu *v, const struct hvm_port *p)
{
	uint64_t mask = BIT(8 * p->size) - 1, value = v->regs.rax & mask;

	if (!access_port(v, p, &value))
		return;
	if (p->in)
		v->regs.rax = (p->size == 4 ? 0 : v->regs.rax & ~mask) | (value & mask);
	hvm_go_on(v, p->next_rip);
}

/* ---- strings --------------------------------------------------------------------------------------------------- */

/* The instruction, as far as the exit tells of it; a prefix for OUTS' segment is in its bytes. */
static struct insn string_of(struct vcpu *v, const struct hvm_port *p)
{
	struct insn fetched, i = {
				     .kind = p->in ? INSN_INS : INSN_OUTS,
				     .size = p->size,
				     .address_size = p->address_size,
				     .repeat = p->repeat,
			     };

	if (!i.address_size)
		i.address_size = (uint8_t)(hvm_code_bits(v) / 8);
	if (!p->in && hvm_fetch(v, &fetched))
		i.segment = fetched.segment;
	return i;
}

/* As many as lie in a page, by the device model, which finds them in the guest's memory. */
static enum hvm_io many(struct vcpu *v, const struct hvm_port *p, const struct insn *i)
{
	uint64_t linear = hvm_string_linear(v, i, p->in);
	struct hvm_access a = {
		.type = IOREQ_TYPE_PIO,
		.read = p->in,
		.down = string_insn_down(&v->regs),
		.by_address = true,
		.size = p->size,
		.count = (uint32_t)string_insn_in_page(i, &v->regs, linear, string_insn_left(i, &v->regs)),
		.address = p->port,
	};
	enum hvm_io io;

	if (a.count < 2 || !hvm_translate(v, linear, p->in, &a.value))
		return HVM_IO_NOBODY;
	io = hvm_io(v, &a);
	if (io == HVM_IO_DONE)
		string_insn_advance(i, &v->regs, a.count);
	return io;
}

/* One by one. False: it waits, or has met a page that is not there. */
static bool one(struct vcpu *v, const struct hvm_port *p, const struct insn *i)
{
	uint64_t linear = hvm_string_linear(v, i, p->in), value = 0;

	if (!p->in && hvm_copy(&value, linear, p->size, false)) {
		hvm_inject(v, VECTOR_GP, 0);
		return false;
	}
	if (!access_port(v, p, &value))
		return false;
	if (p->in && hvm_copy(&value, linear, p->size, true)) {
		hvm_inject(v, VECTOR_GP, 0);
		return false;
	}
	string_insn_advance(i, &v->regs, 1);
	return true;
}

static void string_port(struct vcpu *v, const struct hvm_port *p)
{
	struct insn i = string_of(v, p);
	uint64_t left = string_insn_left(&i, &v->regs);
	bool asked = false;

	if (left) {
		enum hvm_io io = many(v, p, &i);

		if (io == HVM_IO_WAIT)
			return;
		asked = io == HVM_IO_DONE;
	}
	for (unsigned done = 0; !asked && left && done < PORT_CHUNK; done += p->size, left--) {
		if (!one(v, p, &i))
			return;
		hvm_io_begin(v); /* its access is over, and will not be made again */
	}
	if (!i.repeat || !string_insn_left(&i, &v->regs))
		hvm_go_on(v, p->next_rip);
}

/* ---- the exit -------------------------------------------------------------------------------------------------- */

void hvm_redo_port(struct vcpu *v, const struct hvm_port *p)
{
	if (p->string)
		string_port(v, p);
	else
		plain_port(v, p);
}

void hvm_exit_port(struct vcpu *v, const struct hvm_port *p)
{
	v->hvm->io.is_port = true;
	v->hvm->io.port = *p;
	hvm_io_begin(v);
	hvm_redo_port(v, p);
}
