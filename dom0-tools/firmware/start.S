/* start.S - the firmware's first and last instructions: from the builder's protected mode, to SeaBIOS's real mode */

#define REAL 0x8000 /* where it leaves for real mode */

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 4, 18 /* PHYS32_ENTRY */
	.asciz "Xen"
	.long start

	.section .text.start, "ax"
	.code32
	.globl start
start:
	mov $stack_top, %esp
	call plug
	/* Real mode is reached from a segment of 16 bits, in memory that it can address. */
	mov $real_begin, %esi
	mov $REAL, %edi
	mov $real_end - real_begin, %ecx
	rep movsb
	lgdt descriptors
	ljmp $8, $REAL

	.code16
real_begin:
	mov $16, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %fs
	mov %ax, %gs
	mov %ax, %ss
	lidt REAL + (vectors - real_begin)
	mov %cr0, %eax
	and $~1, %al
	mov %eax, %cr0
	ljmp $0xf000, $0xfff0 /* as after reset */
vectors:
	.word 0x3ff
	.long 0
real_end:

	.data
	.balign 8
table:	.quad 0
	.quad 0x00009b000000ffff /* code, 16 bits */
	.quad 0x000093000000ffff
descriptors:
	.word . - table - 1
	.long table

	.bss
	.balign 16
	.skip 4096
stack_top:
	.section .note.GNU-stack, "", @progbits
