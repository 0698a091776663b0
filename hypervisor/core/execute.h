/* execute.h - what an instruction that writes to memory would write [pure]
 *
 * For emulating a guest kernel's writes into its page tables: decode, read the old value, compute,
 * write (by compare and exchange where it must be atomic), and only when that has succeeded commit
 * the rest to the registers.
 */
#ifndef CORE_EXECUTE_H
#define CORE_EXECUTE_H

#include "core/decode.h"

struct insn_effect {
	uint64_t value;	 /* to be written to memory, i->size bytes */
	bool write;	 /* false: memory stays (a CMPXCHG that did not match, CMP, a register as destination) */
	uint64_t rflags; /* as they are afterwards */
	uint8_t reg;	 /* register that changes, or INSN_NO_REGISTER */
	uint64_t reg_value;
};

/* -EOPNOTSUPP: a kind that has no single memory destination to be computed (privileged ones, MOVS,
 * CMPXCHG8B/16B). */
int insn_compute(const struct insn *i, const struct cpu_user_regs *regs, uint64_t old, struct insn_effect *effect);

/* The write is done: flags, registers and, for STOS, the pointer and count change; rip goes on
 * unless repeating. */
void insn_commit(const struct insn *i, struct cpu_user_regs *regs, const struct insn_effect *effect);

#endif
