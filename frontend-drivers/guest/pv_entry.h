/* pv_entry.h - the ways into a PV guest's kernel and out of it, for the assembler; and the numbers that its C finds
 *
 * The hypervisor's way in leaves on the stack: rcx, r11, an error code if the exception has one, then what iret takes. These
 * macros make a struct trap_frame of it, with a number for what it is, and hand it to a C function.
 */
#ifndef GUEST_PV_ENTRY_H
#define GUEST_PV_ENTRY_H

/* What came, if not an exception: numbers beyond theirs. */
#define TRAP_EVENT    0x100
#define TRAP_SYSCALL  0x101
#define TRAP_FAILSAFE 0x102
#define TRAP_NMI      0x103

#ifdef __ASSEMBLER__

#define HYPERCALL_IRET 23

/* What the domain builder reads: where the kernel wants to lie and to start. */
.macro NOTE type, size, contents:vararg
	.pushsection .note.Xen, "a", @note
	.balign 4
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	\size \contents
2:	.balign 4
	.popsection
.endm

/* Stubs of 16 bytes for the exceptions from 0 on. */
#define HAS_ERROR_CODE 0x60227d00
.macro TRAP_STUBS name, count
	.text
	.balign 16
	.globl \name
\name:
	.set vector, 0
	.rept \count
	.balign 16
	pop %rcx
	pop %r11
	.if vector > 31
	push $0
	.elseif !((HAS_ERROR_CODE >> vector) & 1)
	push $0
	.endif
	push $vector
	jmp trapped
	.set vector, vector + 1
	.endr
.endm

.macro CALLBACK name, number
	.globl \name
\name:
	pop %rcx
	pop %r11
	push $0
	push $\number
	jmp trapped
.endm

.macro PUSH_CALLEE_SAVED
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
.endm

.macro POP_CALLEE_SAVED
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
.endm

/* The hypervisor's iret: it also unmasks events if the interrupt flag is set, in one go with the return. */
.macro IRET
	mov $HYPERCALL_IRET, %eax
	syscall
	ud2
.endm

/* Where stubs and callbacks meet: calls handler(struct trap_frame *), and goes back to what the frame then says. */
.macro TRAPPED handler
trapped:
	push %rdi
	push %rsi
	push %rdx
	push %rcx
	push %rax
	push %r8
	push %r9
	push %r10
	push %r11
	PUSH_CALLEE_SAVED
	cld
	mov %rsp, %rdi
	mov %rsp, %rbx
	and $-16, %rsp
	call \handler
	mov %rbx, %rsp
	POP_CALLEE_SAVED
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	add $16, %rsp
	/* What the hypercall finds above the frame: rax, r11, rcx and its flags. */
	push $0
	push %rcx
	push %r11
	push %rax
	IRET
.endm

#else
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
