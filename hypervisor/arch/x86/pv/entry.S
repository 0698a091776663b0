/* entry.S - from the guest into the hypervisor, and back
 *
 * Registers are pushed straight into the running vcpu: TSS.rsp0, and the slot that each CPU's syscall stub loads, point behind
 * v->regs. C code then runs on the CPU's own stack, whose top is v->host_stack, with interrupts off and to completion:
 * nothing on that stack outlives the way back to the guest.
 *
 * The two hottest ways, a system call of the guest's user space and the iret hypercall that ends it, do not leave this file.
 */
#include "arch/x86/layout.h"
#include "arch/x86/pv/entry.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/registers.inc"

#define RFLAGS_IF 0x200

/* A fault at the instruction that follows goes on at `to` (extable: pairs of self-relative offsets). */
.macro FAULT_TO to
	.pushsection .extable, "a"
	.balign 4
	.long 771f - .
	.long \to - .
	.popsection
771:
.endm

/* Three bytes of nothing; where the CPU has SMAP, stac and clac are put there at boot (pv/smap.c). */
.macro SMAP_SITE low
770:	.byte 0x0f, 0x1f, 0x00
	.pushsection smap_sites, "a"
	.long 770b - .
	.long \low
	.popsection
.endm
#define STAC SMAP_SITE 0xcb
#define CLAC SMAP_SITE 0xca

/* ---- SYSCALL --------------------------------------------------------------------------------------------------- */

/* The CPU changes nothing but rip, rcx, r11 and flags. Each CPU has a stub of its own, which thereby knows where to save. */
	.text
	.balign SYSCALL_STUB_SIZE
	.globl syscall_stubs, syscall32_stubs, sysenter_stubs
syscall_stubs:
	.set cpu, 0
	.rept MAX_CPUS
	.balign SYSCALL_STUB_SIZE
	mov %rsp, syscall_slots + 16 * cpu(%rip)
	mov syscall_slots + 16 * cpu + 8(%rip), %rsp
	pushq $SEL_GUEST_DS
	pushq syscall_slots + 16 * cpu(%rip)
	jmp syscall_entry
	.set cpu, cpu + 1
	.endr

	.balign SYSCALL_STUB_SIZE
syscall32_stubs:
	.set cpu, 0
	.rept MAX_CPUS
	.balign SYSCALL_STUB_SIZE
	mov %rsp, syscall_slots + 16 * cpu(%rip)
	mov syscall_slots + 16 * cpu + 8(%rip), %rsp
	pushq $SEL_GUEST_DS
	pushq syscall_slots + 16 * cpu(%rip)
	jmp syscall32_entry
	.set cpu, cpu + 1
	.endr

/* SYSENTER loses rip and rsp: the guest's convention knows them. */
	.balign SYSCALL_STUB_SIZE
sysenter_stubs:
	.set cpu, 0
	.rept MAX_CPUS
	.balign SYSCALL_STUB_SIZE
	mov syscall_slots + 16 * cpu + 8(%rip), %rsp
	pushq $SEL_GUEST_DS
	pushq $0
	jmp sysenter_entry
	.set cpu, cpu + 1
	.endr

	.bss
	.balign 64
	.globl syscall_slots
syscall_slots:
	.skip 16 * MAX_CPUS

	.text
syscall32_entry:
	push %r11
	pushq $SEL_GUEST_CS32
	push %rcx
	pushq $0
	movl $ENTRY_SYSCALL32, 4(%rsp)
	jmp entry_from_guest

sysenter_entry:
	pushfq
	cld
	orl $RFLAGS_IF, (%rsp)
	andl $USER_RFLAGS | RFLAGS_IF, (%rsp)
	pushq $3
	pushq $0
	pushq $0
	movl $ENTRY_SYSENTER, 4(%rsp)
	/* NT may be set, and would stay until it makes an iretq fail. */
	pushq $2
	popfq
	jmp entry_from_guest

/* Where things are while %rsp is at v->regs.rip. */
#define AT_RIP(offset) (offset - VCPU_REGS - REGS_RIP)
#define AT_REG(reg)    (reg - REGS_RIP)

	.balign 16
syscall_entry:
short_ways: /* from here to short_ways_end faults find %rsp in v->regs: see trap_from_hypervisor */
	push %r11
	pushq $SEL_GUEST_CS64
	push %rcx
	cmpb $0, AT_RIP(VCPU_KERNEL_MODE)(%rsp)
	je user_syscall
	cmp $23, %eax
	je fast_iret
hypercall:
	pushq $-256 /* the upper half is ENTRY_SYSCALL */
	PUSH_REGS
	mov %rsp, %rbx
	mov VCPU_HOST_STACK - VCPU_REGS(%rbx), %rsp
	movq $HYPERCALL_WORK, CPU_WORK_LEFT - STACK_TOP(%rsp)
	cmp $HYPERCALLS, %rax
	jae 1f
	lea hypercall_table(%rip), %r11
	mov (%r11, %rax, 8), %r11
	mov %r10, %rcx
	test %r11, %r11
	jz 1f
	call *%r11
2:	cmp $-85, %rax /* -ERESTART */
	je 3f
	mov %rax, REGS_RAX(%rbx)
	jmp return_to_guest
1:	call hypercall_unknown
	jmp 2b
3:	mov %rbx, %rdi
	call hypercall_restart
	jmp return_to_guest

/* The guest kernel's frame, from its stack's top down: ss, rsp, rflags, cs, rip, r11, rcx. */
	.balign 16
user_syscall:
	mov AT_RIP(VCPU_INFO)(%rsp), %rcx
	cmpq $0, AT_RIP(VCPU_SYSCALL_CALLBACK)(%rsp)
	je slow_user_syscall
	cmpb $0, INFO_MASK(%rcx)
	jne slow_user_syscall
	mov AT_RIP(VCPU_SYSCALL_MASKS_EVENTS)(%rsp), %r11b
	mov %r11b, INFO_MASK(%rcx)
	mov AT_RIP(VCPU_KERNEL_CR3)(%rsp), %rcx
	mov %rcx, %cr3
	swapgs
	movb $1, AT_RIP(VCPU_KERNEL_MODE)(%rsp)
	mov AT_RIP(VCPU_IOMAP)(%rsp), %rcx
	movw $IOMAP_ON, (%rcx)
	mov AT_RIP(VCPU_KERNEL_SP)(%rsp), %rcx
	STAC
	FAULT_TO user_syscall_failed
	movq $SEL_GUEST_DS, -8(%rcx)
	mov AT_REG(REGS_RSP)(%rsp), %r11
	FAULT_TO user_syscall_failed
	mov %r11, -16(%rcx)
	mov AT_REG(REGS_RFLAGS)(%rsp), %r11
	FAULT_TO user_syscall_failed
	mov %r11, -24(%rcx)
	FAULT_TO user_syscall_failed
	mov %r11, -48(%rcx)
	FAULT_TO user_syscall_failed
	movq $SEL_GUEST_CS64, -32(%rcx)
	mov AT_REG(REGS_RIP)(%rsp), %r11
	FAULT_TO user_syscall_failed
	mov %r11, -40(%rcx)
	FAULT_TO user_syscall_failed
	mov %r11, -56(%rcx)
	CLAC
	sub $56, %rcx
	mov AT_RIP(VCPU_SYSCALL_CALLBACK)(%rsp), %r11
	mov %rcx, %rsp
	mov %r11, %rcx
	mov $0x202, %r11d
	sysretq

/* Its stack is not there. The guest kernel's mode is loaded already; let C say what follows. */
user_syscall_failed:
	CLAC
	pushq $-256
	PUSH_REGS
	mov %rsp, %rbx
	mov VCPU_HOST_STACK - VCPU_REGS(%rbx), %rsp
	call pv_syscall_stack_failed
	jmp return_to_guest

slow_user_syscall:
	pushq $-256
	jmp entry_from_guest

/* HYPERVISOR_iret to user space. On the guest's stack, upwards: rax, r11, rcx, flags, rip, cs, rflags, rsp, ss. Everything
 * out of the ordinary goes to call_iret(): so nothing may be changed before all of that is behind us. */
	.balign 16
fast_iret:
	mov AT_REG(REGS_RSP)(%rsp), %rax
	mov $OUR_VIRT_END, %rcx
	cmp %rcx, %rax
	jb slow_iret
	STAC
	FAULT_TO slow_iret
	mov 40(%rax), %ecx
	not %ecx
	test $3, %cl
	jnz slow_iret
	cmpq $0, AT_RIP(VCPU_USER_CR3)(%rsp)
	je slow_iret
	cmpb $0, AT_RIP(VCPU_NMI_MASKED)(%rsp)
	jne slow_iret
	FAULT_TO slow_iret
	testl $RFLAGS_IF, 48(%rax)
	jz slow_iret
	mov AT_RIP(VCPU_INFO)(%rsp), %rcx
	movb $0, INFO_MASK(%rcx)
	cmpb $0, INFO_PENDING(%rcx)
	jne slow_iret
	mov AT_RIP(VCPU_HOST_STACK)(%rsp), %r11
	cmpl $0, CPU_PENDING - STACK_TOP(%r11)
	jne slow_iret
	FAULT_TO slow_iret
	testl $256, 24(%rax) /* VGCF_in_syscall: rcx and r11 need not be restored */
	jz iret_by_iretq
	FAULT_TO slow_iret
	mov 32(%rax), %rcx
	mov %rcx, AT_REG(REGS_RIP)(%rsp)
	shr $47, %rcx
	jnz slow_iret
	FAULT_TO slow_iret
	mov 48(%rax), %r11
	and $USER_RFLAGS, %r11d
	or $RFLAGS_IF, %r11d
	FAULT_TO slow_iret
	mov 56(%rax), %rcx
	FAULT_TO slow_iret
	mov (%rax), %rax
	CLAC
	mov %rcx, AT_REG(REGS_RSP)(%rsp)
	mov AT_RIP(VCPU_USER_CR3)(%rsp), %rcx
	mov %rcx, %cr3
	movb $0, AT_RIP(VCPU_KERNEL_MODE)(%rsp)
	swapgs
	mov AT_RIP(VCPU_IOMAP)(%rsp), %rcx
	movw $IOMAP_OFF, (%rcx)
	mov AT_REG(REGS_RIP)(%rsp), %rcx
	mov AT_REG(REGS_RSP)(%rsp), %rsp
	sysretq

slow_iret:
	CLAC
	mov $23, %eax
	mov AT_REG(REGS_RFLAGS)(%rsp), %r11
	mov AT_REG(REGS_RIP)(%rsp), %rcx
	jmp hypercall

/* The same with all registers: the frame is built on the CPU's stack (%r11 its top), where a fault of iretq can do no harm. */
iret_by_iretq:
	FAULT_TO slow_iret
	mov 64(%rax), %rcx
	mov %rcx, -8(%r11)
	FAULT_TO slow_iret
	mov 56(%rax), %rcx
	mov %rcx, -16(%r11)
	FAULT_TO slow_iret
	mov 48(%rax), %rcx
	and $USER_RFLAGS, %ecx
	or $RFLAGS_IF, %ecx
	mov %rcx, -24(%r11)
	/* Read anew, and another vcpu may have changed it: RPL 3, whatever it is. */
	FAULT_TO slow_iret
	mov 40(%rax), %ecx
	or $3, %ecx
	mov %rcx, -32(%r11)
	FAULT_TO slow_iret
	mov 32(%rax), %rcx
	mov %rcx, -40(%r11)
	FAULT_TO slow_iret
	mov 16(%rax), %rcx
	mov %rcx, -48(%r11)
	FAULT_TO slow_iret
	mov 8(%rax), %rcx
	mov %rcx, -56(%r11)
	FAULT_TO slow_iret
	mov (%rax), %rax
	CLAC
	mov AT_RIP(VCPU_USER_CR3)(%rsp), %rcx
	mov %rcx, %cr3
	movb $0, AT_RIP(VCPU_KERNEL_MODE)(%rsp)
	swapgs
	mov AT_RIP(VCPU_IOMAP)(%rsp), %rcx
	movw $IOMAP_OFF, (%rcx)
	lea -56(%r11), %rsp
short_ways_end:
	pop %r11
	pop %rcx
	FAULT_TO iret_failed
	iretq

/* ---- exceptions and interrupts ---------------------------------------------------------------------------------- */

	.balign 16
trap_entry:
	cld
	CLAC
	testb $3, 16(%rsp)
	jz trap_from_hypervisor
entry_from_guest:
	PUSH_REGS
	mov %rsp, %rbx
	mov VCPU_HOST_STACK - VCPU_REGS(%rbx), %rsp
	mov %rbx, %rdi
	call trap_from_guest
	/* fall through */

/* The way back: %rsp is the top of the CPU's stack. Nothing may be pending, for the CPU or for the guest. */
	.globl return_to_guest
return_to_guest:
	cmpl $0, CPU_PENDING - STACK_TOP(%rsp)
	jne 5f
	mov CPU_CURRENT - STACK_TOP(%rsp), %rbx
	mov VCPU_INFO(%rbx), %rax
	cmpb $0, INFO_PENDING(%rax)
	je 1f
	cmpb $0, INFO_MASK(%rax)
	je 6f
1:	cmpl $ENTRY_SYSCALL, VCPU_REGS + REGS_VECTOR(%rbx)
	jne 2f
	mov VCPU_REGS + REGS_RIP(%rbx), %rax
	mov %rax, %rdx
	shl $16, %rdx
	sar $16, %rdx
	cmp %rax, %rdx
	jne 2f
	lea VCPU_REGS(%rbx), %rsp
	POP_REGS
	mov AT_REG(REGS_RSP) + 8(%rsp), %rsp
	sysretq

2:	cmpq $0, VCPU_HVM(%rbx)
	jne 7f
	pushq VCPU_REGS + REGS_SS(%rbx)
	pushq VCPU_REGS + REGS_RSP(%rbx)
	pushq VCPU_REGS + REGS_RFLAGS(%rbx)
	pushq VCPU_REGS + REGS_CS(%rbx)
	pushq VCPU_REGS + REGS_RIP(%rbx)
	movzwl 8(%rsp), %eax /* cs shares its word with the saved event mask */
	mov %rax, 8(%rsp)
	LOAD_REGS
	FAULT_TO iret_failed
	iretq

5:	call cpu_do_pending
	jmp return_to_guest
6:	cmpq $0, VCPU_HVM(%rbx)
	jne 7f
	call pv_deliver_event
	jmp return_to_guest
7:	jmp *hvm_run(%rip)

/* The guest's frame was not one to return to. All registers are the guest's; its frame is on our stack. */
iret_failed:
	pushq $0
	PUSH_REGS
	mov %rsp, %rdi
	mov %rsp, %rax
	and $-STACK_SIZE, %rax
	lea STACK_TOP - 256(%rax), %rsp
	call pv_iret_failed
	add $256, %rsp
	jmp return_to_guest

/* Nothing that happens in the hypervisor itself is ordinary, but an interrupt in idle, and faults at a guest's stack. On the short
 * ways %rsp is at v->regs.rip: below, there is room for the CPU's frame and a little more, but not for C. */
trap_from_hypervisor:
	push %rax
	push %rcx
	lea short_ways(%rip), %rax
	mov 16 + 8(%rsp), %rcx
	sub %rax, %rcx
	cmp $short_ways_end - short_ways, %rcx
	jae 1f
	mov 16 + 32(%rsp), %rax
	mov %rsp, %rcx
	mov AT_RIP(VCPU_HOST_STACK)(%rax), %rsp
	pushq 16 + 40(%rcx)
	pushq 16 + 32(%rcx)
	pushq 16 + 24(%rcx)
	pushq 16 + 16(%rcx)
	pushq 16 + 8(%rcx)
	pushq 16(%rcx)
	pushq 8(%rcx)
	pushq (%rcx)
1:	pop %rcx
	pop %rax
	PUSH_REGS
	mov %rsp, %rbx
	and $-16, %rsp
	mov %rbx, %rdi
	cmpl $32, REGS_VECTOR(%rbx)
	jae 1f
	call trap_from_host
	jmp 2f
1:	call interrupt
2:	mov %rbx, %rsp
	POP_REGS
	add $8, %rsp
	iretq

/* #DB, NMI, #DF, #MC come on stacks of their own, since they can come before a stack is loaded. trap_on_ist() says true when it has
 * moved a guest's #DB into its vcpu and it is to go the ordinary way. */
ist_entry:
	cld
	PUSH_REGS
	mov %rsp, %rbx
	and $-16, %rsp
	mov %rbx, %rdi
	call trap_on_ist
	test %al, %al
	jnz 1f
	mov %rbx, %rsp
	POP_REGS
	add $8, %rsp
	iretq
1:	and $-STACK_SIZE, %rsp
	mov CPU_CURRENT(%rsp), %rdi
	add $STACK_TOP, %rsp
	add $VCPU_REGS, %rdi
	call trap_from_guest
	jmp return_to_guest

/* Vectors for which the CPU pushes an error code: 8, 10-14, 17, 21, 29, 30. */
#define ERROR_CODES 0x60227d00

	.balign 16
trap_stub_0:
	.set vector, 0
	.rept 256
	.balign 16
	.if vector >= 32
	pushq $0
	.elseif !((ERROR_CODES >> vector) & 1)
	pushq $0
	.endif
	movl $vector, 4(%rsp)
	.if vector == 1 || vector == 2 || vector == 8 || vector == 18
	jmp ist_entry
	.else
	jmp trap_entry
	.endif
	.set vector, vector + 1
	.endr

	.section .rodata
	.balign 8
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.quad trap_stub_0 + 16 * vector
	.set vector, vector + 1
	.endr

/* ---- starting --------------------------------------------------------------------------------------------------- */

	.text
/* void cpu_run(void): this CPU's stack is empty from now on; whoever is chosen runs. */
	.globl cpu_run
cpu_run:
	and $-STACK_SIZE, %rsp
	add $STACK_TOP, %rsp
	lock orl $1, CPU_PENDING - STACK_TOP(%rsp) /* CPU_PENDING_SCHEDULE */
	jmp return_to_guest

/* ---- guest memory ------------------------------------------------------------------------------------------------ */

/* size_t guest_copy(void *to, const void *from, size_t size): the number of bytes not copied. Eight bytes a step. */
	.globl guest_copy
guest_copy:
	mov %rdx, %rcx
	mov %edx, %eax
	shr $3, %rcx
	and $7, %eax
	STAC
	FAULT_TO 2f
	rep movsq
	mov %eax, %ecx
	FAULT_TO 1f
	rep movsb
1:	CLAC
	mov %ecx, %eax
	ret
2:	CLAC
	lea (%rax, %rcx, 8), %rax
	ret

/* size_t guest_zero(void *to, size_t size): likewise. */
	.globl guest_zero
guest_zero:
	mov %rsi, %rcx
	mov %esi, %edx
	xor %eax, %eax
	shr $3, %rcx
	and $7, %edx
	STAC
	FAULT_TO 2f
	rep stosq
	mov %edx, %ecx
	FAULT_TO 1f
	rep stosb
1:	CLAC
	mov %ecx, %eax
	ret
2:	CLAC
	lea (%rdx, %rcx, 8), %rax
	ret

/* bool pv_load_segment_*(uint16_t selector): load a data segment register, false: it cannot be, and null is in it. The guest's
 * other GS base is swapped in around gs_user's. */
.macro LOAD_SEGMENT name, reg
	.globl pv_load_\name
pv_load_\name:
	mov $1, %eax
	FAULT_TO 1f
	mov %di, %\reg
	ret
1:	xor %eax, %eax
	mov %ax, %\reg
	ret
.endm
LOAD_SEGMENT ds, ds
LOAD_SEGMENT es, es
LOAD_SEGMENT fs, fs
LOAD_SEGMENT gs, gs

	.section .note.GNU-stack, "", @progbits
