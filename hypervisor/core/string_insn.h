/* string_insn.h - string instructions: where they read and write, how far at once, what they leave in the registers [pure]
 *
 * Of a decoded instruction (core/decode.h) that is one of MOVS, STOS, LODS, INS and OUTS. What is done of a repeated one shows
 * in its registers, so that it may be done in parts.
 */
#ifndef CORE_STRING_INSN_H
#define CORE_STRING_INSN_H

#include "core/decode.h"

bool string_insn(const struct insn *i);	       /* whether it is one */
bool string_insn_reads(const struct insn *i);  /* memory at the segment's rSI */
bool string_insn_writes(const struct insn *i); /* memory at ES:rDI */
/* Offsets within the segment. */
uint64_t string_insn_source(const struct insn *i, const struct cpu_user_regs *regs);
uint64_t string_insn_target(const struct insn *i, const struct cpu_user_regs *regs);
/* How many times it is still to be done. */
uint64_t string_insn_left(const struct insn *i, const struct cpu_user_regs *regs);
bool string_insn_down(const struct cpu_user_regs *regs);
/* How many, `most` at most, lie wholly in the page of the first, which is at this linear address. */
uint64_t string_insn_in_page(const struct insn *i, const struct cpu_user_regs *regs, uint64_t linear, uint64_t most);
/* `count` have been done, no more than were left; with the last rip goes on. */
void string_insn_advance(const struct insn *i, struct cpu_user_regs *regs, uint64_t count);

#endif
