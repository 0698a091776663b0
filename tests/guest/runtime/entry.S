/* entry.S - where the hypervisor enters a test guest: the start, traps, callbacks; and how code that may fault is run
 *
 * Every way in leaves a struct trap_frame on the stack and calls guest_trap(). The way out is the iret hypercall.
 */
#include <xen/elfnote.h>

#include "frontend-drivers/guest/pv_entry.inc"
#include "tests/guest/runtime/stacks.h"

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

	TRAP_STUBS guest_trap_stubs, 256
	CALLBACK guest_event_callback, TRAP_EVENT
	CALLBACK guest_syscall_callback, TRAP_SYSCALL
	CALLBACK guest_nmi_callback, TRAP_NMI

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
	push $TRAP_FAILSAFE
	/* fall through */

	TRAPPED guest_trap

/* bool attempt_at(struct attempt *a, void (*f)(void *), void *argument): false when f came to its end. */
	.globl attempt_at
attempt_at:
	PUSH_CALLEE_SAVED
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
1:	POP_CALLEE_SAVED
	cld
	ret

/* void guest_iret(const struct iret_context *): does not return. */
	.globl guest_iret
guest_iret:
	mov %rdi, %rsp
	IRET

	.section .note.GNU-stack, "", @progbits
