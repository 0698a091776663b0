/* entry.S - where the hypervisor enters the reference guest, and where one thread is left for another */
#include <xen/elfnote.h>

#define STACK_SIZE 16384

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
	NOTE XEN_ELFNOTE_GUEST_OS, .asciz, "refguest"
	NOTE XEN_ELFNOTE_GUEST_VERSION, .asciz, PLINTH_VERSION
	NOTE XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
	NOTE XEN_ELFNOTE_VIRT_BASE, .quad, 0xffffffff80000000
	NOTE XEN_ELFNOTE_ENTRY, .quad, guest_entry
	NOTE XEN_ELFNOTE_LOADER, .asciz, "generic"

	.text
/* rsi: start_info. The stack that we are given is left at once for one that a thread can keep. */
	.globl guest_entry
guest_entry:
	cld
	lea first_stack + STACK_SIZE(%rip), %rsp
	mov %rsi, %rdi
	xor %ebp, %ebp
	call guest_main
	ud2

/* Another vcpu, on its thread's stack; see vcpu.c. */
	.globl vcpu_entry
vcpu_entry:
	cld
	xor %ebp, %ebp
	call vcpu_main
	ud2

	.bss
	.balign STACK_SIZE
	.globl first_stack
first_stack:
	.skip STACK_SIZE

/* Exceptions: 32 stubs of 16 bytes. The frame begins with rcx and r11, which the hypervisor's way in has used. */
#define HAS_ERROR_CODE 0x60227d00
	.text
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 32
	.balign 16
	pop %rcx
	pop %r11
	.if !((HAS_ERROR_CODE >> vector) & 1)
	push $0
	.endif
	push $vector
	jmp trapped
	.set vector, vector + 1
	.endr

.macro CALLBACK name, number
	.globl \name
\name:
	pop %rcx
	pop %r11
	push $0
	push $\number
	jmp trapped
.endm
	CALLBACK event_callback, 0x100
	CALLBACK syscall_callback, 0x101

/* A selector that iret could not load: four selectors more. They are dropped, and the reason told. */
	.globl failsafe_callback
failsafe_callback:
	pop %rcx
	pop %r11
	add $32, %rsp
	push $0
	push $0x102
	/* fall through */

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
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	cld
	mov %rsp, %rdi
	mov %rsp, %rbx
	and $-16, %rsp
	call trap
	mov %rbx, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
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
	/* The hypervisor's iret: it also unmasks events if the interrupt flag is set, in one go with the return. */
	push $0
	push %rcx
	push %r11
	push %rax
	mov $23, %eax
	syscall
	ud2

/* void user_enter(const struct iret_context *): the first way into user mode. */
	.globl user_enter
user_enter:
	mov %rdi, %rsp
	mov $23, %eax
	syscall
	ud2

/* void thread_switch(uint64_t *save, uint64_t load): returns when another switches back. */
	.globl thread_switch
thread_switch:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rdi)
	mov %rsi, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret

/* A new thread's first return comes here, with an aligned stack. */
	.globl thread_first
thread_first:
	xor %ebp, %ebp
	call thread_main
	ud2

	.section .note.GNU-stack, "", @progbits
