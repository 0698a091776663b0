/* entry.S - where the hypervisor enters the reference guest, and where one thread is left for another */
#include <xen/elfnote.h>

#include "frontend-drivers/guest/pv_entry.inc"

#define STACK_SIZE 16384

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

	TRAP_STUBS trap_stubs, 32
	CALLBACK event_callback, TRAP_EVENT
	CALLBACK syscall_callback, TRAP_SYSCALL

/* A selector that iret could not load: four selectors more. They are dropped, and the reason told. */
	.globl failsafe_callback
failsafe_callback:
	pop %rcx
	pop %r11
	add $32, %rsp
	push $0
	push $TRAP_FAILSAFE
	/* fall through */

	TRAPPED trap

/* void user_enter(const struct iret_context *): the first way into user mode. */
	.globl user_enter
user_enter:
	mov %rdi, %rsp
	IRET

/* void thread_switch(uint64_t *save, uint64_t load): returns when another switches back. */
	.globl thread_switch
thread_switch:
	PUSH_CALLEE_SAVED
	mov %rsp, (%rdi)
	mov %rsi, %rsp
	POP_CALLEE_SAVED
	ret

/* A new thread's first return comes here, with an aligned stack. */
	.globl thread_first
thread_first:
	xor %ebp, %ebp
	call thread_main
	ud2

	.section .note.GNU-stack, "", @progbits
