/* trap_frame.h - what pv_entry.inc leaves on the stack of a PV guest's kernel for its C functions */
#ifndef GUEST_TRAP_FRAME_H
#define GUEST_TRAP_FRAME_H

/* What came, if not an exception: numbers beyond theirs. */
#define TRAP_EVENT    0x100
#define TRAP_SYSCALL  0x101
#define TRAP_FAILSAFE 0x102
#define TRAP_NMI      0x103

#ifndef __ASSEMBLER__
#include <stdint.h>

struct trap_frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector, error_code; /* an exception's, or TRAP_* */
	uint64_t rip;
	uint32_t cs, saved_mask;
	uint64_t rflags, rsp, ss;
};

#endif
#endif
