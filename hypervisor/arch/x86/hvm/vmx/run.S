/* run.S - into a guest under VT-x, and out of it
 *
 * The guest's general registers are loaded from v->regs. After the exit they are pushed back to this very place, as a PV guest's
 * entry does it: the VMCS's host stack pointer says where. What follows runs on the CPU's own stack.
 */
#include "arch/x86/layout.h"
#include "arch/x86/pv/offsets.h"

	.text
	.balign 16
	.globl vmx_run
vmx_run: /* %rbx: the vcpu; %rsp: the top of the CPU's stack */
	mov %rbx, %rdi
	call vmx_before_entry
	cmpl $0, CPU_PENDING - STACK_TOP(%rsp)
	jne return_to_guest
	mov VCPU_HVM(%rbx), %rax
	mov (%rax), %rax
	cmpq $0, (%rax) /* launched; the flags outlive the moves */
	mov VCPU_REGS + REGS_R15(%rbx), %r15
	mov VCPU_REGS + REGS_R14(%rbx), %r14
	mov VCPU_REGS + REGS_R13(%rbx), %r13
	mov VCPU_REGS + REGS_R12(%rbx), %r12
	mov VCPU_REGS + REGS_RBP(%rbx), %rbp
	mov VCPU_REGS + REGS_R11(%rbx), %r11
	mov VCPU_REGS + REGS_R10(%rbx), %r10
	mov VCPU_REGS + REGS_R9(%rbx), %r9
	mov VCPU_REGS + REGS_R8(%rbx), %r8
	mov VCPU_REGS + REGS_RAX(%rbx), %rax
	mov VCPU_REGS + REGS_RCX(%rbx), %rcx
	mov VCPU_REGS + REGS_RDX(%rbx), %rdx
	mov VCPU_REGS + REGS_RSI(%rbx), %rsi
	mov VCPU_REGS + REGS_RDI(%rbx), %rdi
	mov VCPU_REGS + REGS_RBX(%rbx), %rbx
	je 1f
	vmresume
	jmp 2f
1:	vmlaunch
2:	mov CPU_CURRENT - STACK_TOP(%rsp), %rdi
	call vmx_entry_failed
	jmp return_to_guest

	.balign 16
	.globl vmx_exit
vmx_exit:
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
	lea -VCPU_REGS(%rsp), %rdi
	mov VCPU_HOST_STACK(%rdi), %rsp
	call vmx_after_exit
	jmp return_to_guest

	.section .note.GNU-stack, "", @progbits
