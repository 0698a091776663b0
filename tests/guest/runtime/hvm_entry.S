/* hvm_entry.S - where a partner under hardware virtualization begins, and where its interrupts and exceptions come
 *
 * The runtime's hypercalls are made by SYSCALL, as a PV guest makes them: here that leads to a stub in its own ring 0, which goes
 * through the hypercall page.
 */
#include "tests/guest/runtime/stacks.h"

	.text
	.globl hvm_entry
hvm_entry:
	cld
	lea guest_stacks + GUEST_STACK_SIZE / 2(%rip), %rsp
	mov %rsi, %rdi
	xor %ebp, %ebp
	call hvm_main
	ud2

/* One that start_vcpu() has started, on its own stack. */
	.globl hvm_vcpu_entry
hvm_vcpu_entry:
	cld
	xor %ebp, %ebp
	call hvm_set_up
	call guest_vcpu_main
	ud2

/* In protected mode: tells %ecx and CR0 at %edi. */
	.code32
	.globl hvm_flat_entry
hvm_flat_entry:
	mov %ecx, (%edi)
	mov %cr0, %eax
	mov %eax, 4(%edi)
	cli
	hlt
	jmp hvm_flat_entry
	.code64

	.globl hvm_syscall
hvm_syscall:
	push %r11
	push %rcx
	lea hvm_call_page(%rip), %rcx
	shl $5, %eax
	add %rcx, %rax
	call *%rax
	pop %rcx
	popfq
	jmp *%rcx

#define HAS_ERROR_CODE 0x60227d00
	.balign 16
	.globl hvm_trap_stubs
hvm_trap_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if vector > 31
	push $0
	.elseif !((HAS_ERROR_CODE >> vector) & 1)
	push $0
	.endif
	push $vector
	jmp trapped
	.set vector, vector + 1
	.endr

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
	call hvm_trap
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
	iretq

	.section .note.GNU-stack, "", @progbits
