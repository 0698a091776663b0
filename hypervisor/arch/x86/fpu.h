/* fpu.h - FPU, SSE and AVX registers of vcpus
 *
 * State is switched eagerly, at the switch between vcpus: the hypervisor itself never touches these registers.
 */
#ifndef ARCH_X86_FPU_H
#define ARCH_X86_FPU_H

#include "lib/types.h"

struct vcpu;

/* In the CPU's format: FXSAVE's 512 bytes, then with XSAVE a header of 64 and the rest, fpu_size in all. */
struct fpu_area {
	uint16_t fcw, fsw;
	uint8_t ftw, reserved0;
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t registers[480];
	uint64_t xstate_bv, xcomp_bv;
	uint64_t reserved1[6];
	uint8_t extended[];
} __aligned(64);

#define XSTATE_FP  1
#define XSTATE_SSE 2
#define XSTATE_AVX 4

extern uint32_t fpu_size; /* bytes of an area that are used */

void fpu_init(void);	  /* once; panics when an area would not fit its pages */
void fpu_init_this(void); /* on each CPU, after cpu_init_this() */

int fpu_create(struct vcpu *v); /* its area, in the state after FNINIT. -ENOMEM */
void fpu_destroy(struct vcpu *v);
void fpu_reset(struct vcpu *v); /* the same state again */

/* Registers into v's area, and back. Both clear CR0.TS, which is the caller's to set if the guest wants it; fpu_load() also
 * loads XCR0 with what the guest has set. */
void fpu_save(struct vcpu *v);
void fpu_load(struct vcpu *v);

/* What CPUID's leaf 0xd says to a guest: the bits it may set in XCR0, and the bytes that XSAVEC writes with these. */
uint64_t fpu_xcr0_allowed(void);
uint32_t fpu_compact_size(uint64_t xcr0);

/* May a guest set XCR0 to this? */
bool fpu_xcr0_valid(uint64_t xcr0);
/* The current guest's XSETBV: now and after each switch. The value is valid. */
void fpu_set_xcr0(struct vcpu *v, uint64_t xcr0);

#endif
