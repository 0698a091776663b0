/* trampoline.S - another processor's way from real mode to smp_main()
 *
 * The boot CPU copies the piece between trampoline and trampoline_end to a page below 1 MiB; the rest runs where it was
 * loaded. One processor at a time comes this way.
 */
#include "arch/x86/layout.h"

	.section .boot, "awx", @progbits
	.code16
trampoline:
	cli
	mov %cs, %ax
	mov %ax, %ds
	lgdtl trampoline_gdt_pointer - trampoline
	mov %cr0, %eax
	or $1, %al
	mov %eax, %cr0
	ljmpl $0x08, $trampoline_protected
	.balign 4
trampoline_gdt_pointer:
	.short trampoline_gdt_end - trampoline_gdt - 1
	.long trampoline_gdt
trampoline_end:

	.code32
trampoline_protected:
	mov $0x10, %ecx
	mov %ecx, %ds
	mov %ecx, %es
	mov %ecx, %ss
	mov $0x20, %eax /* CR4: PAE */
	mov %eax, %cr4
	mov $early_l4, %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx /* EFER: long mode, no-execute: the final tables use it */
	rdmsr
	or $0x900, %eax
	wrmsr
	mov $0x80010033, %eax /* CR0: PG, WP, NE, ET, MP, PE */
	mov %eax, %cr0
	ljmp $0x18, $trampoline_long

	.code64
trampoline_long:
	movabs $smp_entry, %rax
	jmp *%rax

	.balign 8
trampoline_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff /* 0x08: 32-bit code */
	.quad 0x00cf93000000ffff /* 0x10: data */
	.quad 0x00af9b000000ffff /* 0x18: 64-bit code */
trampoline_gdt_end:

	.text
/* At its place in the image, which the early tables and the final ones both have. */
smp_entry:
	mov smp_trampoline_cr3(%rip), %rax
	mov %rax, %cr3
	mov smp_trampoline_stack(%rip), %rsp
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %eax, %fs
	mov %eax, %gs
	xor %ebp, %ebp
	push %rbp /* flags without NT, AC and the like */
	popf
	call smp_main
	ud2

	.section .rodata.smp_trampoline, "a", @progbits
	.balign 8
	.globl smp_trampoline
smp_trampoline:
	.quad trampoline, trampoline_end - trampoline

	.data
	.balign 8
	.globl smp_trampoline_cr3, smp_trampoline_stack
smp_trampoline_cr3:   .quad 0
smp_trampoline_stack: .quad 0
	.section .note.GNU-stack, "", @progbits
