/* run.S - into a guest under AMD-V, and out of it
 *
 * The guest's general registers are loaded from v->regs and, after the exit, pushed back to this very place, as a PV
 * guest's entry does it; what follows runs on the CPU's own stack. The global interrupt flag keeps everything away
 * while the host's task register and MSRs are the guest's.
 */
#include "arch/x86/layout.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/registers.inc"

	.text
	.balign 16
	.globl svm_run
svm_run: /* %rbx: the vcpu; %rsp: the top of the CPU's stack */
	mov %rbx, %rdi
	call svm_before_entry
	cmpl $0, CPU_PENDING - STACK_TOP(%rsp)
	jne return_to_guest
	mov %rax, VCPU_REGS + REGS_ERROR(%rbx)
	lea VCPU_REGS(%rbx), %rsp
	POP_REGS
	mov (%rsp), %rax /* REGS_ERROR: the control block; the guest's %rax is in it */
	clgi
	sti /* an interrupt is to make the guest exit; it is taken later, as the global flag says no until then */
	vmload %rax
	vmrun %rax
	vmsave %rax
	PUSH_REGS
	mov VCPU_HOST_STACK - VCPU_REGS(%rsp), %rbx
	lea -VCPU_REGS(%rsp), %rdi
	mov %rbx, %rsp
	mov CPU_HOST_BLOCK - STACK_TOP(%rsp), %rax
	vmload %rax
	cli
	stgi
	call svm_after_exit
	jmp return_to_guest

	.section .note.GNU-stack, "", @progbits
