/* run.S - into a guest under VT-x, and out of it
 *
 * The guest's general registers are loaded from v->regs. After the exit they are pushed back to this very place, as a PV guest's
 * entry does it: the VMCS's host stack pointer says where. What follows runs on the CPU's own stack.
 */
#include "arch/x86/layout.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/registers.inc"

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
	LOAD_REGS
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
	PUSH_REGS
	lea -VCPU_REGS(%rsp), %rdi
	mov VCPU_HOST_STACK(%rdi), %rsp
	call vmx_after_exit
	jmp return_to_guest

	.section .note.GNU-stack, "", @progbits
