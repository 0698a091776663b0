/* decode.c - x86-64 instructions that a guest kernel cannot do by itself */
#include "core/decode.h"

#include "core/string_insn.h"
#include "lib/errno.h"

/* What follows an opcode, and what it works on. */
#define MODRM  0x01  /* a ModRM byte; its memory form only, but for the kinds that say otherwise */
#define BYTE   0x02  /* operands of one byte */
#define IMM8   0x04  /* an immediate byte */
#define IMMZ   0x08  /* an immediate of the operand's size, four bytes at most */
#define GROUP  0x10  /* ModRM.reg chooses the kind: `kind` is the number of a group */
#define MOFFS  0x20  /* an absolute address of address size */
#define ATOMIC 0x40  /* may have LOCK */
#define ANY_RM 0x80  /* ModRM may name a register */
#define NO16   0x100 /* the operand-size prefix does not make it two bytes */
#define TO_REG 0x200 /* the register is the destination, memory the source */

struct opcode {
	uint8_t kind;
	uint16_t form;
};

enum {
	GROUP_IMM_B,
	GROUP_IMM_Z,
	GROUP_IMM_SX,
	GROUP_MOV_B,
	GROUP_MOV_Z,
	GROUP_UNARY_B,
	GROUP_UNARY_Z,
	GROUP_INC_B,
	GROUP_INC_Z,
	GROUP_BIT,
	GROUP_PAIR,
	GROUP_SYSTEM
};

#define BOTH_SIZES(op, k, form) [op] = {k, MODRM | BYTE | (form)}, [(op) + 1] = {k, MODRM | (form)}
#define ATOMICS(op, k)		BOTH_SIZES(op, k, ATOMIC)
#define ARITHMETIC(op, k)	ATOMICS(op, k), BOTH_SIZES((op) + 2, k, TO_REG)

static const struct opcode one_byte[256] = {
	ARITHMETIC(0x00, INSN_ADD),
	ARITHMETIC(0x08, INSN_OR),
	ARITHMETIC(0x10, INSN_ADC),
	ARITHMETIC(0x18, INSN_SBB),
	ARITHMETIC(0x20, INSN_AND),
	ARITHMETIC(0x28, INSN_SUB),
	ARITHMETIC(0x30, INSN_XOR),
	BOTH_SIZES(0x38, INSN_CMP, 0),
	BOTH_SIZES(0x3a, INSN_CMP, TO_REG),
	[0x6c] = {INSN_INS, BYTE},
	[0x6d] = {INSN_INS, 0},
	[0x6e] = {INSN_OUTS, BYTE},
	[0x6f] = {INSN_OUTS, 0},
	[0x80] = {GROUP_IMM_B, MODRM | GROUP},
	[0x81] = {GROUP_IMM_Z, MODRM | GROUP},
	[0x83] = {GROUP_IMM_SX, MODRM | GROUP},
	BOTH_SIZES(0x84, INSN_TEST, 0),
	ATOMICS(0x86, INSN_XCHG),
	[0x88] = {INSN_MOV, MODRM | BYTE},
	[0x89] = {INSN_MOV, MODRM},
	[0x8a] = {INSN_LOAD, MODRM | BYTE},
	[0x8b] = {INSN_LOAD, MODRM},
	[0x90] = {INSN_PAUSE, 0}, /* with REP; else it is NOP or XCHG */
	[0xa0] = {INSN_LOAD, MOFFS | BYTE},
	[0xa1] = {INSN_LOAD, MOFFS},
	[0xa2] = {INSN_MOV, MOFFS | BYTE},
	[0xa3] = {INSN_MOV, MOFFS},
	[0xa4] = {INSN_MOVS, BYTE},
	[0xa5] = {INSN_MOVS, 0},
	[0xaa] = {INSN_STOS, BYTE},
	[0xab] = {INSN_STOS, 0},
	[0xac] = {INSN_LODS, BYTE},
	[0xad] = {INSN_LODS, 0},
	[0xc6] = {GROUP_MOV_B, MODRM | GROUP},
	[0xc7] = {GROUP_MOV_Z, MODRM | GROUP},
	[0xe4] = {INSN_IN, BYTE | IMM8},
	[0xe5] = {INSN_IN, IMM8},
	[0xe6] = {INSN_OUT, BYTE | IMM8},
	[0xe7] = {INSN_OUT, IMM8},
	[0xec] = {INSN_IN, BYTE},
	[0xed] = {INSN_IN, 0},
	[0xee] = {INSN_OUT, BYTE},
	[0xef] = {INSN_OUT, 0},
	[0xf4] = {INSN_HLT, 0},
	[0xf6] = {GROUP_UNARY_B, MODRM | GROUP},
	[0xf7] = {GROUP_UNARY_Z, MODRM | GROUP},
	[0xfa] = {INSN_CLI, 0},
	[0xfb] = {INSN_STI, 0},
	[0xfe] = {GROUP_INC_B, MODRM | GROUP},
	[0xff] = {GROUP_INC_Z, MODRM | GROUP},
};

static const struct opcode two_byte[256] = {
	[0x01] = {GROUP_SYSTEM, MODRM | GROUP},
	[0x06] = {INSN_CLTS, 0},
	[0x08] = {INSN_INVD, 0},
	[0x09] = {INSN_WBINVD, 0},
	[0x20] = {INSN_MOV_FROM_CR, MODRM | ANY_RM},
	[0x21] = {INSN_MOV_FROM_DR, MODRM | ANY_RM},
	[0x22] = {INSN_MOV_TO_CR, MODRM | ANY_RM},
	[0x23] = {INSN_MOV_TO_DR, MODRM | ANY_RM},
	[0x30] = {INSN_WRMSR, 0},
	[0x31] = {INSN_RDTSC, 0},
	[0x32] = {INSN_RDMSR, 0},
	[0x33] = {INSN_RDPMC, 0},
	[0xa2] = {INSN_CPUID, 0},
	[0xab] = {INSN_BTS, MODRM | ATOMIC},
	[0xb3] = {INSN_BTR, MODRM | ATOMIC},
	[0xb6] = {INSN_LOAD_BYTE, MODRM},
	[0xb7] = {INSN_LOAD_WORD, MODRM},
	[0xba] = {GROUP_BIT, MODRM | GROUP},
	[0xbe] = {INSN_LOAD_BYTE_SIGNED, MODRM},
	[0xbf] = {INSN_LOAD_WORD_SIGNED, MODRM},
	[0xbb] = {INSN_BTC, MODRM | ATOMIC},
	ATOMICS(0xb0, INSN_CMPXCHG),
	ATOMICS(0xc0, INSN_XADD),
	[0xc3] = {INSN_MOV, MODRM | NO16}, /* MOVNTI */
	[0xc7] = {GROUP_PAIR, MODRM | GROUP},
};

#define IMMEDIATES(form)                                                                                               \
	{                                                                                                              \
		{INSN_ADD, (form) | ATOMIC}, {INSN_OR, (form) | ATOMIC}, {INSN_ADC, (form) | ATOMIC},                  \
			{INSN_SBB, (form) | ATOMIC}, {INSN_AND, (form) | ATOMIC}, {INSN_SUB, (form) | ATOMIC},         \
			{INSN_XOR, (form) | ATOMIC}, {INSN_CMP, form},                                                 \
	}
#define UNARIES(form, immediate)                                                                                       \
	{                                                                                                              \
		[0] = {INSN_TEST, (form) | (immediate)}, [1] = {INSN_TEST, (form) | (immediate)},                      \
		[2] = {INSN_NOT, (form) | ATOMIC}, [3] = {                                                             \
			INSN_NEG,                                                                                      \
			(form) | ATOMIC                                                                                \
		}                                                                                                      \
	}

static const struct opcode groups[][8] = {
	[GROUP_IMM_B] = IMMEDIATES(BYTE | IMM8),
	[GROUP_IMM_Z] = IMMEDIATES(IMMZ),
	[GROUP_IMM_SX] = IMMEDIATES(IMM8),
	[GROUP_MOV_B] = {{INSN_MOV, BYTE | IMM8}},
	[GROUP_MOV_Z] = {{INSN_MOV, IMMZ}},
	[GROUP_UNARY_B] = UNARIES(BYTE, IMM8),
	[GROUP_UNARY_Z] = UNARIES(0, IMMZ),
	[GROUP_INC_B] = {{INSN_INC, BYTE | ATOMIC}, {INSN_DEC, BYTE | ATOMIC}},
	[GROUP_INC_Z] = {{INSN_INC, ATOMIC}, {INSN_DEC, ATOMIC}},
	[GROUP_BIT] =
		{[5] = {INSN_BTS, IMM8 | ATOMIC}, [6] = {INSN_BTR, IMM8 | ATOMIC}, [7] = {INSN_BTC, IMM8 | ATOMIC}},
	[GROUP_PAIR] = {[1] = {INSN_CMPXCHG_PAIR, ATOMIC}},
	[GROUP_SYSTEM] = {[4] = {INSN_SMSW, ANY_RM}, [6] = {INSN_LMSW, ANY_RM}, [7] = {INSN_INVLPG, 0}},
};

struct cursor {
	const uint8_t *at, *end;
	bool short_of; /* something was read behind the end */
};

static uint8_t next_byte(struct cursor *c)
{
	if (c->at == c->end) {
		c->short_of = true;
		return 0;
	}
	return *c->at++;
}

static int64_t next_signed(struct cursor *c, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)next_byte(c) << (8 * i);
	return (int64_t)(value << (64 - 8 * size)) >> (64 - 8 * size);
}

struct prefixes {
	bool operand_size, address_size, lock, repeat; /* each prefix is there */
	uint8_t segment, rex;
	uint8_t bits; /* of the code segment: 16, 32, 64 */
};

static bool is_rex(const struct prefixes *p, uint8_t b)
{
	return p->bits == 64 && (b & 0xf0) == 0x40;
}

/* Reads prefixes; returns the first byte of the opcode. A REX prefix counts only right before it.
 */
static uint8_t read_prefixes(struct cursor *c, struct prefixes *p)
{
	for (;;) {
		uint8_t b = next_byte(c);

		if (c->short_of || (!is_rex(p, b) && b != 0x66 && b != 0x67 && b != 0xf0 && b != 0xf2 && b != 0xf3 &&
				    (b & 0xe7) != 0x26 && b != 0x64 && b != 0x65))
			return b;
		p->rex = 0;
		switch (b) {
		case 0x66:
			p->operand_size = true;
			break;
		case 0x67:
			p->address_size = true;
			break;
		case 0xf0:
			p->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			p->repeat = true;
			break;
		case 0x64:
			p->segment = INSN_SEGMENT_FS;
			break;
		case 0x65:
			p->segment = INSN_SEGMENT_GS;
			break;
		default: /* ES, CS, SS and DS, in this order, mean nothing in 64-bit mode */
			if (is_rex(p, b))
				p->rex = b;
			else if (p->bits != 64)
				p->segment = (uint8_t)(INSN_SEGMENT_ES + (b >> 3 & 3));
		}
	}
}

/* With addresses of 16 bits: BX or BP, and SI or DI, or one of them. */
static void read_memory16(struct cursor *c, uint8_t mod, uint8_t rm, struct insn *out)
{
	static const uint8_t base[8] = {3, 3, 5, 5, 6, 7, 5, 3};
	static const uint8_t index[4] = {6, 7, 6, 7};

	out->base = base[rm];
	if (rm < 4)
		out->index = index[rm];
	if (mod == 0 && rm == 6) {
		out->base = INSN_NO_REGISTER;
		mod = 2;
	}
	if (mod)
		out->disp = next_signed(c, mod);
}

/* The memory operand behind a ModRM byte with this mod (0-2) and rm. */
static void read_memory(struct cursor *c, uint8_t mod, uint8_t rm, const struct prefixes *p, struct insn *out)
{
	uint8_t rex = p->rex;

	out->memory = true;
	if (out->address_size == 2) {
		read_memory16(c, mod, rm, out);
		return;
	}
	out->base = (uint8_t)(rm | (rex & 1) << 3);
	if (rm == 4) {
		uint8_t sib = next_byte(c);
		uint8_t index = (uint8_t)((sib >> 3 & 7) | (rex & 2) << 2);

		out->base = (uint8_t)((sib & 7) | (rex & 1) << 3);
		out->scale = (uint8_t)(1u << (sib >> 6));
		if (index != 4)
			out->index = index;
		if ((sib & 7) == 5 && mod == 0) {
			out->base = INSN_NO_REGISTER;
			mod = 2;
		}
	} else if (rm == 5 && mod == 0) {
		out->base = p->bits == 64 ? INSN_RIP_RELATIVE : INSN_NO_REGISTER;
		mod = 2;
	}
	if (mod == 1)
		out->disp = next_signed(c, 1);
	else if (mod == 2)
		out->disp = next_signed(c, 4);
}

/* 0F 01 with a register form: opcodes of their own. */
static uint8_t system_register_form(uint8_t modrm)
{
	switch (modrm) {
	case 0xc1:
		return INSN_VMCALL;
	case 0xd1:
		return INSN_XSETBV;
	case 0xd9:
		return INSN_VMMCALL;
	case 0xf9:
		return INSN_RDTSCP;
	default:
		return INSN_NONE;
	}
}

/* Reads the ModRM byte and what belongs to it. False: not an instruction we know. */
static bool read_modrm(struct cursor *c, struct opcode *op, const struct prefixes *p, struct insn *out)
{
	uint8_t modrm = next_byte(c), rex = p->rex;
	bool is_register = modrm >= 0xc0;

	out->reg = (uint8_t)((modrm >> 3 & 7) | (rex & 4) << 1);
	if (op->form & GROUP) {
		uint8_t group = op->kind;

		*op = groups[group][modrm >> 3 & 7];
		if (group == GROUP_SYSTEM && is_register && !(op->form & ANY_RM))
			*op = (struct opcode){system_register_form(modrm), ANY_RM};
	}
	/* MOV to and from control registers ignores mod: always a register. */
	if (op->kind >= INSN_MOV_FROM_CR && op->kind <= INSN_MOV_TO_DR)
		is_register = true;
	if (is_register) {
		out->rm = (uint8_t)((modrm & 7) | (rex & 1) << 3);
		return op->form & ANY_RM;
	}
	read_memory(c, modrm >> 6, modrm & 7, p, out);
	return true;
}

static uint8_t address_size(const struct prefixes *p)
{
	if (p->bits == 64)
		return p->address_size ? 4 : 8;
	return (p->bits == 32) != p->address_size ? 4 : 2;
}

static uint8_t operand_size(const struct opcode *op, const struct prefixes *p)
{
	uint8_t size = (p->bits == 16) != p->operand_size ? 2 : 4;

	if (op->form & BYTE)
		return 1;
	if (op->kind >= INSN_MOV_FROM_CR && op->kind <= INSN_MOV_TO_DR)
		return p->bits == 64 ? 8 : 4;
	if ((op->kind >= INSN_IN && op->kind <= INSN_OUTS) || op->kind == INSN_CMPXCHG_PAIR)
		return op->kind == INSN_CMPXCHG_PAIR ? (p->rex & 8 ? 8 : 4) : size;
	if (p->rex & 8)
		return 8;
	return op->form & NO16 ? 4 : size;
}

static void read_immediate(struct cursor *c, const struct opcode *op, struct insn *out)
{
	out->has_imm = op->form & (IMM8 | IMMZ);
	if (op->form & IMM8)
		out->imm = next_signed(c, 1);
	if (op->form & IMMZ)
		out->imm = next_signed(c, MIN(out->size, 4));
	if (op->kind == INSN_IN || op->kind == INSN_OUT)
		out->imm &= 0xff;
}

int insn_decode(const uint8_t *bytes, size_t n, struct insn *out)
{
	return insn_decode_in(64, bytes, n, out);
}

int insn_decode_in(unsigned bits, const uint8_t *bytes, size_t n, struct insn *out)
{
	struct cursor c = {bytes, bytes + MIN(n, (size_t)INSN_MAX_LENGTH), false};
	struct prefixes p = {.bits = (uint8_t)bits};
	uint8_t b = read_prefixes(&c, &p);
	struct opcode op;
	bool known = true;

	*out = (struct insn){
		.base = INSN_NO_REGISTER, .index = INSN_NO_REGISTER, .scale = 1, .address_size = address_size(&p)};
	op = b == 0x0f ? two_byte[next_byte(&c)] : one_byte[b];
	if (op.kind == INSN_NONE && !(op.form & GROUP) && !c.short_of)
		return -EINVAL;
	if (op.form & MODRM)
		known = read_modrm(&c, &op, &p, out);
	out->kind = op.kind;
	out->size = operand_size(&op, &p);
	out->segment = p.segment;
	out->lock = p.lock;
	out->repeat = p.repeat;
	out->high_bytes = !p.rex;
	out->to_register = op.form & TO_REG;
	if (op.form & MOFFS) {
		out->memory = true;
		out->disp = next_signed(&c, out->address_size);
		if (out->address_size == 4)
			out->disp &= 0xffffffff;
	}
	read_immediate(&c, &op, out);
	if (c.short_of)
		return n < INSN_MAX_LENGTH ? -ENODATA : -EINVAL;
	if (!known || op.kind == INSN_NONE || (p.lock && !(op.form & ATOMIC)) ||
	    (op.kind == INSN_PAUSE && (!p.repeat || p.rex & 1)))
		return -EINVAL;
	out->length = (uint8_t)(c.at - bytes);
	return 0;
}

uint64_t *insn_register(struct cpu_user_regs *regs, unsigned nr)
{
	static const uint8_t offset[16] = {
		offsetof(struct cpu_user_regs, rax), offsetof(struct cpu_user_regs, rcx),
		offsetof(struct cpu_user_regs, rdx), offsetof(struct cpu_user_regs, rbx),
		offsetof(struct cpu_user_regs, rsp), offsetof(struct cpu_user_regs, rbp),
		offsetof(struct cpu_user_regs, rsi), offsetof(struct cpu_user_regs, rdi),
		offsetof(struct cpu_user_regs, r8),  offsetof(struct cpu_user_regs, r9),
		offsetof(struct cpu_user_regs, r10), offsetof(struct cpu_user_regs, r11),
		offsetof(struct cpu_user_regs, r12), offsetof(struct cpu_user_regs, r13),
		offsetof(struct cpu_user_regs, r14), offsetof(struct cpu_user_regs, r15),
	};

	return (uint64_t *)((uint8_t *)regs + offset[nr & 15]);
}

static uint64_t size_mask(unsigned size)
{
	return size >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * size)) - 1;
}

uint64_t insn_read_register(const struct insn *i, const struct cpu_user_regs *regs, unsigned nr, unsigned size)
{
	/* Only the address is taken: nothing is written through it. */
	struct cpu_user_regs *r = (struct cpu_user_regs *)(uintptr_t)regs;

	if (size == 1 && i->high_bytes && nr >= 4 && nr < 8)
		return *insn_register(r, nr - 4) >> 8 & 0xff;
	return *insn_register(r, nr) & size_mask(size);
}

void insn_write_register(const struct insn *i, struct cpu_user_regs *regs, unsigned nr, unsigned size, uint64_t value)
{
	uint64_t *reg = insn_register(regs, nr), mask = size_mask(size);
	unsigned shift = 0;

	if (size == 1 && i->high_bytes && nr >= 4 && nr < 8) {
		reg = insn_register(regs, nr - 4);
		shift = 8;
	}
	if (size == 4)
		*reg = 0;
	*reg = (*reg & ~(mask << shift)) | (value & mask) << shift;
}

/* BTS and its kin with the bit's number in a register reach beyond the operand. */
static int64_t bit_displacement(const struct insn *i, const struct cpu_user_regs *regs)
{
	unsigned unused = 64 - 8 * i->size;
	int64_t bit = (int64_t)(insn_read_register(i, regs, i->reg, i->size) << unused) >> unused;

	return (bit >> (i->size == 8 ? 6 : i->size == 4 ? 5 : 4)) * i->size;
}

uint64_t insn_address(const struct insn *i, const struct cpu_user_regs *regs)
{
	uint64_t address = (uint64_t)i->disp;

	if (i->base == INSN_RIP_RELATIVE)
		address += regs->rip + i->length;
	else if (i->base != INSN_NO_REGISTER)
		address += insn_read_register(i, regs, i->base, 8);
	if (i->index != INSN_NO_REGISTER)
		address += insn_read_register(i, regs, i->index, 8) * i->scale;
	if (string_insn_writes(i))
		address = regs->rdi;
	else if (string_insn_reads(i))
		address = regs->rsi;
	if ((i->kind == INSN_BTS || i->kind == INSN_BTR || i->kind == INSN_BTC) && !i->has_imm)
		address += (uint64_t)bit_displacement(i, regs);
	return address & size_mask(i->address_size);
}
