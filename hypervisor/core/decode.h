/* decode.h - x86 instructions that a guest kernel cannot do by itself [pure]
 *
 * Three families are known: what faults outside ring 0 (ports, MSRs, control registers, ...);
 * what writes to memory, for guest kernels that write into their page tables; and what reads it, for those that read
 * an emulated device. Everything else is -EINVAL: the guest gets its fault.
 */
#ifndef CORE_DECODE_H
#define CORE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include "lib/types.h"

#define INSN_MAX_LENGTH 15

enum insn_kind {
	INSN_NONE,
	/* Privileged. */
	INSN_IN, /* port in imm (has_imm) or DX */
	INSN_OUT,
	INSN_INS,
	INSN_OUTS,
	INSN_HLT,
	INSN_PAUSE,
	INSN_CLI,
	INSN_STI,
	INSN_CLTS,
	INSN_INVD,
	INSN_WBINVD,
	INSN_SMSW,
	INSN_LMSW,
	INSN_INVLPG,
	INSN_XSETBV,
	INSN_RDTSCP,
	INSN_MOV_FROM_CR, /* reg: number of the control register, rm: the general one */
	INSN_MOV_TO_CR,
	INSN_MOV_FROM_DR,
	INSN_MOV_TO_DR,
	INSN_WRMSR,
	INSN_RDTSC,
	INSN_RDMSR,
	INSN_RDPMC,
	INSN_CPUID,
	INSN_VMCALL,
	INSN_VMMCALL,
	/* Writing to memory: the memory operand is the destination, if it is not the source of one that has two forms. */
	INSN_MOV,
	INSN_STOS,
	INSN_MOVS,
	INSN_ADD, /* ADD to XOR are in the order of their opcodes */
	INSN_OR,
	INSN_ADC,
	INSN_SBB,
	INSN_AND,
	INSN_SUB,
	INSN_XOR,
	INSN_CMP, /* this and TEST write nothing */
	INSN_TEST,
	INSN_INC,
	INSN_DEC,
	INSN_NOT,
	INSN_NEG,
	INSN_XCHG,
	INSN_XADD,
	INSN_CMPXCHG,
	INSN_CMPXCHG_PAIR, /* CMPXCHG8B, CMPXCHG16B: size is that of one half */
	INSN_BTS,
	INSN_BTR,
	INSN_BTC,
	/* Reading memory: the register is the destination. */
	INSN_LODS,
	INSN_LOAD,
	INSN_LOAD_BYTE, /* MOVZX: size is the register's */
	INSN_LOAD_WORD,
	INSN_LOAD_BYTE_SIGNED, /* MOVSX, likewise */
	INSN_LOAD_WORD_SIGNED,
};

#define INSN_NO_REGISTER  0xff
#define INSN_RIP_RELATIVE 16 /* as base */

/* What a prefix says; FLAT: none does. ES to DS come outside of 64-bit mode only, where they mean something. */
enum insn_segment {
	INSN_SEGMENT_FLAT,
	INSN_SEGMENT_FS,
	INSN_SEGMENT_GS,
	INSN_SEGMENT_ES,
	INSN_SEGMENT_CS,
	INSN_SEGMENT_SS,
	INSN_SEGMENT_DS
};

struct insn {
	uint8_t kind;	      /* enum insn_kind */
	uint8_t length;	      /* bytes, with prefixes */
	uint8_t size;	      /* of the operand, in bytes: 1, 2, 4, 8 */
	uint8_t address_size; /* 8, 4 or 2 */
	bool lock, repeat;    /* repeat: either REP prefix */
	bool memory;	      /* the ModRM operand is in memory, at base + index * scale + disp */
	bool to_register;     /* reg is the destination (ADD to CMP), and the operand in memory the source */
	bool has_imm;
	bool high_bytes; /* 8-bit registers 4-7 are AH, CH, DH, BH */
	uint8_t reg, rm; /* register numbers with REX's extensions; rm unless memory */
	uint8_t segment; /* enum insn_segment */
	uint8_t base, index, scale;
	int64_t disp, imm; /* sign-extended; a port is not */
};

/* Decodes the instruction at bytes[0..n) in 64-bit mode. 0, -EINVAL: none that is known here, or
 * longer than 15 bytes; -ENODATA: more than n bytes are needed to tell. */
int insn_decode(const uint8_t *bytes, size_t n, struct insn *out);

/* The same for a code segment of 64, 32 or 16 bits. */
int insn_decode_in(unsigned bits, const uint8_t *bytes, size_t n, struct insn *out);

/* The general register with this number (0 = RAX, 1 = RCX, ... as the CPU counts). */
uint64_t *insn_register(struct cpu_user_regs *regs, unsigned nr);

/* A register as an operand of `size` bytes: read, and written as the CPU does (4 bytes clear the
 * upper half). */
uint64_t insn_read_register(const struct insn *i, const struct cpu_user_regs *regs, unsigned nr, unsigned size);
void insn_write_register(const struct insn *i, struct cpu_user_regs *regs, unsigned nr, unsigned size, uint64_t value);

/* Offset within its segment of the memory operand, with regs.rip at the instruction. */
uint64_t insn_address(const struct insn *i, const struct cpu_user_regs *regs);

#endif
