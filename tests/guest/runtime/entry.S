/* entry.S - where the hypervisor enters a test guest: the start, traps, callbacks; and how code that may fault is run
 *
 * Every way in leaves a struct trap_frame on the stack and calls guest_trap(). The way out is the iret hypercall.
 */
#include <xen/elfnote.h>

#include "tests/guest/runtime/stacks.h"

.macro NOTE type, size, contents:vararg
	.pushsection .note.Xen, "a", @note
	.balign 4
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	\size \contents
2:	.balign 4
	.popsection
.endm
	NOTE XEN_ELFNOTE_GUEST_OS, .asciz, "plinth-test"
	NOTE XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
	NOTE XEN_ELFNOTE_VIRT_BASE, .quad, 0xffffffff80000000
	NOTE XEN_ELFNOTE_ENTRY, .quad, guest_entry
	NOTE XEN_ELFNOTE_LOADER, .asciz, "generic"

	.text
	.globl guest_entry
guest_entry:
	cld
	lea guest_stacks + GUEST_STACK_SIZE / 2(%rip), %rsp
	mov %rsi, %rdi
	xor %ebp, %ebp
	call guest_main
	ud2

/* A vcpu that start_vcpu() has started, on its own stack. */
	.globl guest_vcpu_entry
guest_vcpu_entry:
	cld
	xor %ebp, %ebp
	call guest_vcpu_main
	ud2

/* For each vcpu: its stack below, the one its traps from user mode come in on above. */
	.bss
	.balign GUEST_STACK_SIZE
	.globl guest_stacks
guest_stacks:
	.skip GUEST_STACK_SIZE * GUEST_VCPUS

/* Exceptions: 256 stubs of 16 bytes. */
#define HAS_ERROR_CODE 0x60227d00
	.text
	.balign 16
	.globl guest_trap_stubs
guest_trap_stubs:
	.set vector, 0
	.rept 256
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

.macro CALLBACK name, number
	.globl \name
\name:
	pop %rcx
	pop %r11
	push $0
	push $\number
	jmp trapped
.endm
	CALLBACK guest_event_callback, 0x100
	CALLBACK guest_syscall_callback, 0x101
	CALLBACK guest_nmi_callback, 0x103

/* rcx, r11, ds, es, fs, gs, then the frame: the selectors are left for the test to see. */
	.globl guest_failsafe_callback
guest_failsafe_callback:
	pop %rcx
	pop %r11
	popq guest_failsafe_selectors(%rip)
	popq guest_failsafe_selectors + 8(%rip)
	popq guest_failsafe_selectors + 16(%rip)
	popq guest_failsafe_selectors + 24(%rip)
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
	call guest_trap
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
	push $0
	push %rcx
	push %r11
	push %rax
	mov $23, %eax
	syscall
	ud2

/* bool attempt_at(struct attempt *a, void (*f)(void *), void *argument): false when f came to its end. */
	.globl attempt_at
attempt_at:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rdi)
	sub $8, %rsp
	mov %rdx, %rdi
	call *%rsi
	add $8, %rsp
	xor %eax, %eax
	jmp 1f
/* void attempt_ended(const struct attempt *): attempt_at() returns true, whatever f was at. */
	.globl attempt_ended
attempt_ended:
	mov (%rdi), %rsp
	mov $1, %eax
1:	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	cld
	ret

/* void guest_iret(const struct iret_context *): does not return. */
	.globl guest_iret
guest_iret:
	mov %rdi, %rsp
	mov $23, %eax
	syscall
	ud2

	.section .note.GNU-stack, "", @progbits
