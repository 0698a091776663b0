/* execute.c - what an instruction that writes to memory would write */
#include "core/execute.h"

#include "core/string_insn.h"
#include "lib/errno.h"

#define FLAG_CARRY    BIT(0)
#define FLAG_PARITY   BIT(2)
#define FLAG_ADJUST   BIT(4)
#define FLAG_ZERO     BIT(6)
#define FLAG_SIGN     BIT(7)
#define FLAG_OVERFLOW BIT(11)
#define FLAGS_ALL     (FLAG_CARRY | FLAG_PARITY | FLAG_ADJUST | FLAG_ZERO | FLAG_SIGN | FLAG_OVERFLOW)

static uint64_t operand_mask(unsigned size)
{
	return size >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * size)) - 1;
}

/* The flags that follow from a result alone. */
static uint64_t result_flags(uint64_t result, unsigned size)
{
	uint64_t flags = 0;

	if (!__builtin_parity((unsigned)(result & 0xff)))
		flags |= FLAG_PARITY;
	if (result == 0)
		flags |= FLAG_ZERO;
	if (result >> (8 * size - 1) & 1)
		flags |= FLAG_SIGN;
	return flags;
}

static uint64_t add(uint64_t a, uint64_t b, unsigned carry, unsigned size, uint64_t *flags)
{
	uint64_t mask = operand_mask(size), top = UINT64_C(1) << (8 * size - 1);
	uint64_t sum = (a + b + carry) & mask;
	uint64_t carries = (a & b) | ((a | b) & ~sum); /* out of each bit */

	*flags = result_flags(sum, size);
	*flags |= carries & top ? FLAG_CARRY : 0;
	*flags |= carries & 8 ? FLAG_ADJUST : 0;
	*flags |= (a ^ sum) & (b ^ sum) & top ? FLAG_OVERFLOW : 0;
	return sum;
}

static uint64_t subtract(uint64_t a, uint64_t b, unsigned borrow, unsigned size, uint64_t *flags)
{
	uint64_t mask = operand_mask(size), top = UINT64_C(1) << (8 * size - 1);
	uint64_t difference = (a - b - borrow) & mask;
	uint64_t borrows = (~a & b) | (~(a ^ b) & difference); /* into each bit from above */

	*flags = result_flags(difference, size);
	*flags |= borrows & top ? FLAG_CARRY : 0;
	*flags |= borrows & 8 ? FLAG_ADJUST : 0;
	*flags |= (a ^ b) & (a ^ difference) & top ? FLAG_OVERFLOW : 0;
	return difference;
}

static void compute_arithmetic(const struct insn *i, uint64_t old, uint64_t source, struct insn_effect *e)
{
	unsigned carry = e->rflags & FLAG_CARRY;
	uint64_t flags = 0;

	switch (i->kind) {
	case INSN_ADD:
	case INSN_XADD:
		e->value = add(old, source, 0, i->size, &flags);
		break;
	case INSN_ADC:
		e->value = add(old, source, carry, i->size, &flags);
		break;
	case INSN_SUB:
	case INSN_CMP:
		e->value = subtract(old, source, 0, i->size, &flags);
		break;
	case INSN_SBB:
		e->value = subtract(old, source, carry, i->size, &flags);
		break;
	case INSN_NEG:
		e->value = subtract(0, old, 0, i->size, &flags);
		break;
	case INSN_INC: /* the carry stays as it was */
		e->value = add(old, 1, 0, i->size, &flags);
		flags = (flags & ~FLAG_CARRY) | carry;
		break;
	case INSN_DEC:
		e->value = subtract(old, 1, 0, i->size, &flags);
		flags = (flags & ~FLAG_CARRY) | carry;
		break;
	default: /* AND, TEST, OR, XOR */
		e->value = i->kind == INSN_AND || i->kind == INSN_TEST ? old & source
			   : i->kind == INSN_OR			       ? old | source
								       : old ^ source;
		flags = result_flags(e->value, i->size);
	}
	e->rflags = (e->rflags & ~FLAGS_ALL) | flags;
}

/* With either operand as the destination, or none. */
static void compute_two(const struct insn *i, uint64_t memory, uint64_t other, struct insn_effect *e)
{
	bool compares = i->kind == INSN_CMP || i->kind == INSN_TEST;

	compute_arithmetic(i, i->to_register ? other : memory, i->to_register ? memory : other, e);
	e->write = !compares && !i->to_register;
	if (i->to_register && !compares) {
		e->reg = i->reg;
		e->reg_value = e->value;
	}
}

static void compute_bit(const struct insn *i, uint64_t old, uint64_t source, struct insn_effect *e)
{
	uint64_t bit = UINT64_C(1) << (source & (8u * i->size - 1));

	e->rflags = (e->rflags & ~FLAG_CARRY) | (old & bit ? FLAG_CARRY : 0);
	e->value = i->kind == INSN_BTS ? old | bit : i->kind == INSN_BTR ? old & ~bit : old ^ bit;
}

static void compute_cmpxchg(const struct insn *i, const struct cpu_user_regs *regs, uint64_t old, uint64_t source,
			    struct insn_effect *e)
{
	uint64_t flags;

	subtract(regs->rax & operand_mask(i->size), old, 0, i->size, &flags);
	e->rflags = (e->rflags & ~FLAGS_ALL) | flags;
	e->write = flags & FLAG_ZERO;
	e->value = e->write ? source : old;
	if (!e->write) {
		e->reg = 0;
		e->reg_value = old;
	}
}

int insn_compute(const struct insn *i, const struct cpu_user_regs *regs, uint64_t old, struct insn_effect *effect)
{
	uint64_t mask = operand_mask(i->size);
	uint64_t source = (i->has_imm ? (uint64_t)i->imm : insn_read_register(i, regs, i->reg, i->size)) & mask;

	*effect = (struct insn_effect){.write = true, .rflags = regs->rflags, .reg = INSN_NO_REGISTER};
	old &= mask;
	switch (i->kind) {
	case INSN_MOV:
		effect->value = source;
		return 0;
	case INSN_STOS:
		effect->value = regs->rax & mask;
		effect->write = !i->repeat || insn_read_register(i, regs, 1, i->address_size) != 0;
		return 0;
	case INSN_NOT:
		effect->value = ~old & mask;
		return 0;
	case INSN_ADD ... INSN_TEST:
		compute_two(i, old, source, effect);
		return 0;
	case INSN_INC:
	case INSN_DEC:
	case INSN_NEG:
		compute_arithmetic(i, old, source, effect);
		return 0;
	case INSN_XADD:
		compute_arithmetic(i, old, source, effect);
		effect->reg = i->reg;
		effect->reg_value = old;
		return 0;
	case INSN_XCHG:
		effect->value = source;
		effect->reg = i->reg;
		effect->reg_value = old;
		return 0;
	case INSN_CMPXCHG:
		compute_cmpxchg(i, regs, old, source, effect);
		return 0;
	case INSN_BTS:
	case INSN_BTR:
	case INSN_BTC:
		compute_bit(i, old, source, effect);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

void insn_commit(const struct insn *i, struct cpu_user_regs *regs, const struct insn_effect *effect)
{
	regs->rflags = effect->rflags;
	if (effect->reg != INSN_NO_REGISTER)
		insn_write_register(i, regs, effect->reg, i->size, effect->reg_value);
	if (i->kind == INSN_STOS && effect->write)
		string_insn_advance(i, regs, 1);
	else
		regs->rip += i->length;
}
