/* mmio.h - what mmio.c and mmio_string.c share: accesses to memory that is not there, and their ends */
#ifndef ARCH_X86_HVM_MMIO_H
#define ARCH_X86_HVM_MMIO_H

#include "arch/x86/hvm/hvm.h"
#include "core/decode.h"

enum hvm_mmio {
	HVM_MMIO_DONE,	  /* or the guest shall try again, or has an exception */
	HVM_MMIO_WAIT,	  /* for the device model: the exit is handled again */
	HVM_MMIO_UNKNOWN, /* no such instruction is */
};

/* Of 1, 2, 4 or 8 bytes; never UNKNOWN. */
enum hvm_mmio hvm_mmio_read(struct vcpu *v, uint64_t address, unsigned size, uint64_t *value);
enum hvm_mmio hvm_mmio_write(struct vcpu *v, uint64_t address, unsigned size, uint64_t value);
/* Does it touch a page of ours: a local APIC's, or the I/O APIC's? No device model hears of that. */
bool hvm_mmio_is_ours(const struct vcpu *v, uint64_t address, unsigned size);
/* MOVS, STOS, LODS, of which an operand is no memory: as many as a device model can do at once, or one. */
enum hvm_mmio hvm_mmio_string(struct vcpu *v, const struct insn *i);

#endif
