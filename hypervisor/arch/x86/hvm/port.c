/* port.c - accesses to ports: of our own devices, of the device model's, of none
 *
 * Where there is no device, reading gives ones, and writing is forgotten. A string instruction is done in parts, of a page
 * at most; with each but the last it stays where it is, and exits again.
 */
#include "arch/x86/control.h"
#include "arch/x86/hvm/devices.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/hvm/ioreq.h"

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

struct string {
	const struct hvm_port *port;
	uint64_t mask;	 /* of addresses */
	uint64_t left;	 /* repetitions */
	uint64_t linear; /* where in memory the next one is */
	bool down;
};

/* INS writes to ES; OUTS reads DS, or what a prefix says. */
static enum hvm_segment_name segment_of(struct vcpu *v, const struct hvm_port *p)
{
	static const uint8_t names[] = {
		[INSN_SEGMENT_FLAT] = HVM_DS, [INSN_SEGMENT_FS] = HVM_FS, [INSN_SEGMENT_GS] = HVM_GS,
		[INSN_SEGMENT_ES] = HVM_ES,   [INSN_SEGMENT_CS] = HVM_CS, [INSN_SEGMENT_SS] = HVM_SS,
		[INSN_SEGMENT_DS] = HVM_DS,
	};
	struct insn insn;

	if (p->in)
		return HVM_ES;
	return hvm_fetch(v, &insn) ? (enum hvm_segment_name)names[insn.segment] : HVM_DS;
}

static struct string begin_string(struct vcpu *v, const struct hvm_port *p)
{
	unsigned address_size = p->address_size ? p->address_size : hvm_code_bits(v) / 8;
	struct string s = {.port = p, .down = v->regs.rflags & RFLAGS_DF};
	struct hvm_segment segment = {0};

	s.mask = address_size == 8 ? ~0ULL : BIT(8 * address_size) - 1;
	s.left = p->repeat ? v->regs.rcx & s.mask : 1;
	enum hvm_segment_name name = segment_of(v, p);

	/* In 64-bit code only FS and GS have a base. */
	if (!hvm_is_64bit(v) || name == HVM_FS || name == HVM_GS)
		hvm->get_segment(v, name, &segment);
	s.linear = ((p->in ? v->regs.rdi : v->regs.rsi) & s.mask) + segment.base;
	return s;
}

static void add_to(uint64_t *reg, uint64_t step, uint64_t mask)
{
	*reg = (*reg & ~mask) | ((*reg + step) & mask);
}

static void advance(struct vcpu *v, struct string *s, uint64_t count)
{
	uint64_t step = count * s->port->size;

	if (s->down)
		step = -step;
	add_to(s->port->in ? &v->regs.rdi : &v->regs.rsi, step, s->mask);
	if (s->port->repeat)
		add_to(&v->regs.rcx, -count, s->mask);
	s->linear += step;
	s->left -= count;
}

/* How many of them, from here on, lie in this page. */
static uint64_t in_this_page(const struct string *s)
{
	uint64_t offset = s->linear & ~PAGE_MASK, size = s->port->size;

	if (offset + size > PAGE_SIZE)
		return 0;
	return MIN(s->left, s->down ? offset / size + 1 : (PAGE_SIZE - offset) / size);
}

/* As many as lie in a page, by the device model, which finds them in the guest's memory. */
static enum hvm_io many(struct vcpu *v, struct string *s)
{
	struct hvm_access a = {
		.type = IOREQ_TYPE_PIO,
		.read = s->port->in,
		.down = s->down,
		.by_address = true,
		.size = s->port->size,
		.count = (uint32_t)in_this_page(s),
		.address = s->port->port,
	};
	enum hvm_io io;

	if (a.count < 2 || !hvm_translate(v, s->linear, s->port->in, &a.value))
		return HVM_IO_NOBODY;
	io = hvm_io(v, &a);
	if (io == HVM_IO_DONE)
		advance(v, s, a.count);
	return io;
}

/* One by one. False: it waits, or has met a page that is not there. */
static bool one(struct vcpu *v, struct string *s)
{
	const struct hvm_port *p = s->port;
	uint64_t value = 0;

	if (!p->in && hvm_copy(&value, s->linear, p->size, false)) {
		hvm_inject(v, VECTOR_GP, 0);
		return false;
	}
	if (!access_port(v, p, &value))
		return false;
	if (p->in && hvm_copy(&value, s->linear, p->size, true)) {
		hvm_inject(v, VECTOR_GP, 0);
		return false;
	}
	advance(v, s, 1);
	return true;
}

static void string_port(struct vcpu *v, const struct hvm_port *p)
{
	struct string s = begin_string(v, p);
	bool asked = false;

	if (s.left) {
		enum hvm_io io = many(v, &s);

		if (io == HVM_IO_WAIT)
			return;
		asked = io == HVM_IO_DONE;
	}
	for (unsigned done = 0; !asked && s.left && done < PORT_CHUNK; done += p->size) {
		if (!one(v, &s))
			return;
		hvm_io_begin(v); /* its access is over, and will not be made again */
	}
	if (!s.left)
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
