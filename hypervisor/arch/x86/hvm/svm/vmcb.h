/* vmcb.h - AMD-V's control block of a vcpu, and the numbers in it (AMD APM vol. 2, chapter 15 and appendix B and C) */
#ifndef ARCH_X86_HVM_SVM_VMCB_H
#define ARCH_X86_HVM_SVM_VMCB_H

#include <stddef.h>

#include "lib/types.h"

/* Of a segment: limit in bytes; access as in struct hvm_segment. */
struct vmcb_segment {
	uint16_t selector, access;
	uint32_t limit;
	uint64_t base;
};

struct vmcb {
	uint16_t cr_reads, cr_writes; /* intercepts: a bit for each register */
	uint16_t dr_reads, dr_writes;
	uint32_t exceptions;
	uint32_t intercepts1, intercepts2, intercepts3;
	uint8_t reserved0[36];
	/* An exit comes after so many PAUSEs, each within so many cycles of the one before. */
	uint16_t pause_threshold, pause_count;
	uint64_t io_bitmap, msr_bitmap; /* physical addresses */
	uint64_t tsc_offset;
	uint32_t asid;
	uint8_t tlb_control;
	uint8_t reserved1[3];
	uint64_t vintr;
	uint64_t shadow; /* bit 0: the guest is in an interrupt shadow */
	uint64_t exit_code, exit_info1, exit_info2, exit_event;
	uint64_t nested_control; /* bit 0: nested paging */
	uint8_t reserved2[16];
	uint64_t event;
	uint64_t nested_cr3;
	uint64_t lbr_control;
	uint32_t clean, reserved3;
	uint64_t next_rip;
	uint8_t fetched, fetched_bytes[15];
	uint8_t reserved4[800];

	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t reserved5[43];
	uint8_t cpl;
	uint32_t reserved6;
	uint64_t efer;
	uint8_t reserved7[112];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t reserved8[88];
	uint64_t rsp;
	uint8_t reserved9[24];
	uint64_t rax, star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip, cr2;
	uint8_t reserved10[32];
	uint64_t pat, debug_control;
	uint8_t reserved11[2440];
};

_Static_assert(offsetof(struct vmcb, io_bitmap) == 0x40 && offsetof(struct vmcb, vintr) == 0x60 &&
		       offsetof(struct vmcb, exit_code) == 0x70 && offsetof(struct vmcb, event) == 0xa8 &&
		       offsetof(struct vmcb, next_rip) == 0xc8 && offsetof(struct vmcb, es) == 0x400 &&
		       offsetof(struct vmcb, cpl) == 0x4cb && offsetof(struct vmcb, efer) == 0x4d0 &&
		       offsetof(struct vmcb, cr4) == 0x548 && offsetof(struct vmcb, rsp) == 0x5d8 &&
		       offsetof(struct vmcb, rax) == 0x5f8 && offsetof(struct vmcb, cr2) == 0x640 &&
		       offsetof(struct vmcb, pat) == 0x668 && sizeof(struct vmcb) == 4096,
	       "the CPU's layout");

enum vmcb_intercept1 {
	INTERCEPT_INTR = 1 << 0,
	INTERCEPT_NMI = 1 << 1,
	INTERCEPT_INIT = 1 << 3,
	INTERCEPT_VINTR = 1 << 4,
	INTERCEPT_RDPMC = 1 << 15,
	INTERCEPT_CPUID = 1 << 18,
	INTERCEPT_RSM = 1 << 19,
	INTERCEPT_IRET = 1 << 20,
	INTERCEPT_INVD = 1 << 22,
	INTERCEPT_PAUSE = 1 << 23,
	INTERCEPT_HLT = 1 << 24,
	INTERCEPT_INVLPGA = 1 << 26,
	INTERCEPT_IO = 1 << 27,
	INTERCEPT_MSR = 1 << 28,
	INTERCEPT_FERR = 1 << 30,
};
#define INTERCEPT_SHUTDOWN (1u << 31)

enum vmcb_intercept2 {
	INTERCEPT_VMRUN = 1 << 0,
	INTERCEPT_VMMCALL = 1 << 1,
	INTERCEPT_VMLOAD = 1 << 2,
	INTERCEPT_VMSAVE = 1 << 3,
	INTERCEPT_STGI = 1 << 4,
	INTERCEPT_CLGI = 1 << 5,
	INTERCEPT_SKINIT = 1 << 6,
	INTERCEPT_RDTSCP = 1 << 7,
	INTERCEPT_WBINVD = 1 << 9,
	INTERCEPT_MONITOR = 1 << 10,
	INTERCEPT_MWAIT = 1 << 11,
	INTERCEPT_XSETBV = 1 << 13,
};

enum vmcb_exit {
	EXIT_CR_READ = 0x00,
	EXIT_CR_WRITE = 0x10,
	EXIT_EXCEPTION = 0x40,
	EXIT_INTR = 0x60,
	EXIT_NMI = 0x61,
	EXIT_INIT = 0x63,
	EXIT_VINTR = 0x64,
	EXIT_RDPMC = 0x6f,
	EXIT_CPUID = 0x72,
	EXIT_RSM = 0x73,
	EXIT_IRET = 0x74,
	EXIT_INVD = 0x76,
	EXIT_PAUSE = 0x77,
	EXIT_HLT = 0x78,
	EXIT_IO = 0x7b,
	EXIT_MSR = 0x7c,
	EXIT_FERR = 0x7e,
	EXIT_SHUTDOWN = 0x7f,
	EXIT_VMMCALL = 0x81,
	EXIT_WBINVD = 0x89,
	EXIT_XSETBV = 0x8d,
	EXIT_NESTED_FAULT = 0x400,
};

/* vintr */
#define VINTR_REQUEST	  BIT(8)
#define VINTR_PRIORITY	  (15ULL << 16)
#define VINTR_IGNORE_TPR  BIT(20)
#define VINTR_MASKING	  BIT(24) /* the guest's IF masks virtual interrupts only */
#define VINTR_ASK(vector) (VINTR_MASKING | VINTR_REQUEST | VINTR_PRIORITY | VINTR_IGNORE_TPR | (uint64_t)(vector) << 32)

/* event and exit_event */
#define VMCB_EVENT_ERROR BIT(11)
#define VMCB_EVENT_VALID BIT(31)

#define TLB_CONTROL_ALL 1 /* drop all translations of all guests, and ours */

#endif
