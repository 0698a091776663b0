/* string_insn.c - string instructions: where they read and write, how far at once, what they leave in the registers */
#include "core/string_insn.h"

#define FLAG_DIRECTION BIT(10)
enum { RCX = 1, RSI = 6, RDI = 7 };

bool string_insn(const struct insn *i)
{
	return string_insn_reads(i) || string_insn_writes(i);
}

bool string_insn_reads(const struct insn *i)
{
	return i->kind == INSN_MOVS || i->kind == INSN_LODS || i->kind == INSN_OUTS;
}

bool string_insn_writes(const struct insn *i)
{
	return i->kind == INSN_MOVS || i->kind == INSN_STOS || i->kind == INSN_INS;
}

uint64_t string_insn_source(const struct insn *i, const struct cpu_user_regs *regs)
{
	return insn_read_register(i, regs, RSI, i->address_size);
}

uint64_t string_insn_target(const struct insn *i, const struct cpu_user_regs *regs)
{
	return insn_read_register(i, regs, RDI, i->address_size);
}

uint64_t string_insn_left(const struct insn *i, const struct cpu_user_regs *regs)
{
	return i->repeat ? insn_read_register(i, regs, RCX, i->address_size) : 1;
}

bool string_insn_down(const struct cpu_user_regs *regs)
{
	return regs->rflags & FLAG_DIRECTION;
}

uint64_t string_insn_in_page(const struct insn *i, const struct cpu_user_regs *regs, uint64_t linear, uint64_t most)
{
	uint64_t offset = linear & ~PAGE_MASK, size = i->size;

	if (offset + size > PAGE_SIZE)
		return 0;
	return MIN(most, string_insn_down(regs) ? offset / size + 1 : (PAGE_SIZE - offset) / size);
}

static void move(const struct insn *i, struct cpu_user_regs *regs, unsigned nr, uint64_t step)
{
	insn_write_register(i, regs, nr, i->address_size, *insn_register(regs, nr) + step);
}

void string_insn_advance(const struct insn *i, struct cpu_user_regs *regs, uint64_t count)
{
	uint64_t step = count * i->size;

	if (string_insn_down(regs))
		step = -step;
	if (string_insn_reads(i))
		move(i, regs, RSI, step);
	if (string_insn_writes(i))
		move(i, regs, RDI, step);
	if (i->repeat) {
		move(i, regs, RCX, -count);
		if (string_insn_left(i, regs))
			return;
	}
	regs->rip += i->length;
}
