/* exit.h - what the common code does for a guest that has exited: a vendor's handler calls these
 *
 * All are for the current vcpu, whose v->regs are as at the instruction that made it exit. next_rip is where the next
 * one begins, where the CPU tells; 0: the instruction is read and decoded to know. What a function cannot or will not
 * do becomes an exception of the guest's, or its end.
 */
#ifndef ARCH_X86_HVM_EXIT_H
#define ARCH_X86_HVM_EXIT_H

#include "arch/x86/hvm/hvm.h"
#include "core/cpuid_policy.h"
#include "core/decode.h"

void hvm_exit_cpuid(struct vcpu *v, uint64_t next_rip);
void hvm_exit_halt(struct vcpu *v, uint64_t next_rip);
void hvm_exit_pause(struct vcpu *v, uint64_t next_rip);
void hvm_exit_msr(struct vcpu *v, bool write, uint64_t next_rip); /* hvm/msr.c */
void hvm_exit_hypercall(struct vcpu *v, uint64_t next_rip);	  /* hvm/hypercall.c */
void hvm_exit_port(struct vcpu *v, const struct hvm_port *p);	  /* hvm/port.c */
/* An access to guest-physical memory that is not there, or not so. by_walk: it was the processor's own, to a page
 * table. */
void hvm_exit_memory(struct vcpu *v, uint64_t address, bool write, bool by_walk); /* hvm/mmio.c */
/* The same again, when an access has been answered (hvm/ioreq.h). */
void hvm_redo_port(struct vcpu *v, const struct hvm_port *p);
void hvm_redo_memory(struct vcpu *v, uint64_t address, bool write);
/* One of the others, which is decoded first: control registers, XSETBV, WBINVD, INVD, RDPMC, CLTS, LMSW. */
void hvm_exit_instruction(struct vcpu *v); /* hvm/control.c */

/* ---- what these share ------------------------------------------------------------------------------------------ */
/* The instruction at rip. False: it cannot be read or is not known. */
bool hvm_fetch(struct vcpu *v, struct insn *insn);
/* Where the instruction behind this one begins. False: it is not (any more) of this kind; let the guest try again. */
bool hvm_find_next(struct vcpu *v, enum insn_kind kind, uint64_t *next_rip);
/* Linear address of a string instruction's next element: that it reads, or writes. */
uint64_t hvm_string_linear(struct vcpu *v, const struct insn *i, bool write);
/* Go on there. */
void hvm_go_on(struct vcpu *v, uint64_t rip);
unsigned hvm_cpl(const struct vcpu *v);
bool hvm_is_64bit(const struct vcpu *v);      /* its code segment is */
unsigned hvm_code_bits(const struct vcpu *v); /* 64, 32 or 16 */

/* Its APIC, by MSR or memory: what an access does besides is done. False: as lapic_read and lapic_write. */
bool hvm_lapic_read(struct vcpu *v, unsigned reg, uint64_t *value);
bool hvm_lapic_write(struct vcpu *v, unsigned reg, uint64_t value);

/* What its CPUID offers, for core/hvm_modes.h. */
extern struct hvm_features hvm_features;
struct cpuid_leaf hvm_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub);

#endif
