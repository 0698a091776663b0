/* modes.S - a processor's way through the modes that 64-bit kernels leave behind: for hvm-modes.c, which copies it to 0x90000
 *
 * It begins in real mode, by a start-up interrupt, and notes what it finds in modes_results, one word after the other. Exceptions go on
 * at `resume`; what they were stays in `trap`, with the bytes that their delivery has pushed in its upper half.
 */
#define BASE	 0x90000
#define SEGMENT	 0x9000
#define AT(x)	 ((x) - modes_start)	    /* in code of 16 bits */
#define FLAT(x)	 (BASE + (x) - modes_start) /* in code of 32 */
#define STACK	 0xf000
#define BUFFER	 0x7000
#define IVT	 0x8000
#define IDT16	 0x8400
#define IDT32	 0x8800
#define TSS	 0x8c00
#define TABLES	 0xa000
#define VECTORS	 0x67
#define NONE	 0xffff
#define LAPIC	 0xfee00000
#define HOLE	 0xe0000000
#define INTERRUPT 0x41
#define SOFTWARE 0x66
#define BAD_MSR	 0x12345

#define SEL_FLAT_DATA 0x10
#define SEL_CODE16    0x18
#define SEL_DATA16    0x20
#define SEL_CODE32    0x28
#define SEL_TSS	      0x30

/* Notes a register of 32 bits. */
.macro note16 reg
	mov AT(next), %bp
	mov \reg, AT(modes_results)(%bp)
	addw $4, AT(next)
.endm
.macro note32 reg
	movzwl FLAT(next), %ebp
	mov \reg, FLAT(modes_results)(%ebp)
	addw $4, FLAT(next)
.endm

/* One instruction, and how it ended. */
.macro try16 instruction:vararg
	movw $AT(9f), AT(resume)
	movl $NONE, AT(trap)
	\instruction
9:	mov AT(trap), %eax
	note16 %eax
.endm
.macro try32 instruction:vararg
	movw $AT(9f), FLAT(resume)
	movl $NONE, FLAT(trap)
	\instruction
9:	mov FLAT(trap), %eax
	note32 %eax
.endm

.macro hypercall intel
	cmpl $0, \intel
	je 7f
	vmcall
	jmp 8f
7:	vmmcall
8:
.endm

	.section .text.modes, "ax"
	.globl modes_start
	.code16
modes_start:
	cli
	cld
	mov %cs, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $STACK, %esp
	call make_ivt

/* ---- real mode: exceptions, by the CPU and by the hypervisor ---------------------------------------------------------- */

	try16 int $SOFTWARE
	xor %ecx, %ecx
	try16 div %cl
	try16 ud2
	mov $BAD_MSR, %ecx
	try16 rdmsr
	try16 wrmsr
	mov $1 << 13, %eax
	try16 mov %eax, %cr4
	mov $0x20000010, %eax
	try16 mov %eax, %cr0
	pushf
	mov %sp, %bx
	orw $0x100, (%bx)
	try16 popf
	mov %cr0, %eax
	note16 %eax
	xor %eax, %eax
	hypercall AT(modes_intel)
	note16 %eax
	mov $0x40000000, %eax
	cpuid
	note16 %ebx

/* ---- ports ------------------------------------------------------------------------------------------------------------ */

	mov $0x12345678, %eax
	in $0x60, %al
	note16 %eax
	mov $0xcfc, %dx
	in %dx, %eax
	note16 %eax
	mov $0x60, %edx
	mov $5, %ecx
	mov $BUFFER, %edi
	rep insb
	note16 %edi
	note16 %ecx
	mov AT(modes_start) + BUFFER + 3, %eax
	note16 %eax
	mov $0xabcd0003, %ecx /* CX alone counts */
	mov $0x12340000 + BUFFER + 0x10, %edi
	rep insw
	note16 %ecx
	note16 %edi
	mov $2, %ecx
	mov $BUFFER + 0x20, %edi
	addr32 rep insl
	note16 %edi
	mov $4, %ecx
	mov $0xfffe, %edi /* to the end of the segment, and on from its beginning */
	rep insb
	note16 %edi
	mov AT(modes_start), %eax
	note16 %eax
	mov $AT(modes_start) + BUFFER, %esi
	mov $3, %ecx
	rep outsb %cs:(%si), (%dx)
	note16 %esi

/* ---- segments of 4 GiB in real mode: devices' memory by code of 16 bits ----------------------------------------------- */

	lgdtl AT(gdtr)
	mov %cr0, %eax
	or $1, %al
	mov %eax, %cr0
	mov $SEL_FLAT_DATA, %bx
	mov %bx, %fs
	and $0xfe, %al
	mov %eax, %cr0
	mov $LAPIC, %esi
	mov %fs:0x30(%esi), %eax
	movzbl %al, %eax
	note16 %eax
	mov $HOLE, %edi
	movl $5, %fs:(%edi)
	mov $0x11223344, %eax
	mov %fs:(%edi), %al
	note16 %eax
	movl $0x1ff, %fs:0xf0(%esi)

/* ---- interrupts in real mode ------------------------------------------------------------------------------------------ */

	movl $0x40000 | INTERRUPT, %fs:0x300(%esi)
	sti
	nop
	nop
	cli
	movzwl AT(interrupts), %eax
	note16 %eax
	movl $0xb, %fs:0x3e0(%esi)
	movl $INTERRUPT, %fs:0x320(%esi)
	movl $200000, %fs:0x380(%esi)
	sti
	hlt
	cli
	movzwl AT(interrupts), %eax
	note16 %eax
	movl $0x40400, %fs:0x300(%esi)
	movl $0x40400, %fs:0x300(%esi)
	movzwl AT(nmis), %eax
	note16 %eax

/* ---- protected mode, segments of 16 bits ------------------------------------------------------------------------------ */

	call make_idts
	lidtl AT(idtr16)
	smsw %ax
	or $1, %ax
	lmsw %ax
	ljmp $SEL_CODE16, $AT(1f)
1:	mov $SEL_DATA16, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	try16 int $SOFTWARE
	try16 ud2
	mov $BAD_MSR, %ecx
	try16 rdmsr
	mov $SEL_TSS + 8, %ax
	try16 mov %ax, %fs /* behind the GDT's limit */
	mov $0x12345678, %eax
	in $0x60, %al
	note16 %eax
	mov $0x10002, %ecx
	mov $BUFFER + 0x30, %edi
	rep insb
	note16 %ecx
	xor %eax, %eax
	hypercall AT(modes_intel)
	note16 %eax

/* ---- and of 32 bits ---------------------------------------------------------------------------------------------------- */

	lidtl AT(idtr32)
	ljmpl $SEL_CODE32, $FLAT(protected)
	.code32
protected:
	mov $SEL_FLAT_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $BASE + STACK, %esp
	mov $SEL_TSS, %eax
	ltr %ax
	try32 int $SOFTWARE
	try32 ud2
	mov $BAD_MSR, %ecx
	try32 rdmsr
	mov HOLE, %eax
	note32 %eax
	xor %eax, %eax
	hypercall FLAT(modes_intel)
	note32 %eax
	mov $2, %ecx
	mov $BASE + BUFFER + 0x40, %edi
	rep insb
	note32 %edi

/* ---- virtual 8086 mode, with an interrupt that comes at its beginning ---------------------------------------------------- */

	movl $0x40000 | INTERRUPT, LAPIC + 0x300
	movw $0, FLAT(interrupts)
	movl $FLAT(v86_over), FLAT(software_goes)
	pushl $0
	pushl $0
	pushl $SEGMENT
	pushl $SEGMENT
	pushl $SEGMENT
	pushl $STACK - 0x100
	pushl $0x23202 /* VM, IOPL 3, IF */
	pushl $SEGMENT
	pushl $AT(v86)
	iret
	.code16
v86:	movzwl AT(interrupts), %eax
	note16 %eax
	mov $0x40000000, %eax
	cpuid
	note16 %ebx
	mov $0x12345678, %eax
	in $0x60, %al
	note16 %eax
	try16 in $0x62, %al
	try16 hlt
	try16 rdmsr
	try16 ud2
	mov $2, %ecx
	mov $BUFFER + 0x50, %edi
	mov $0x60, %edx
	rep insb
	note16 %edi
	int $SOFTWARE
	.code32
v86_over:
	mov $SEL_FLAT_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov $BASE + STACK, %esp
	movl $0, FLAT(software_goes)

/* ---- paging: of three levels, of two, and of four from code of 32 bits ---------------------------------------------------- */

	/* PDPT at TABLES, its page directory behind it: 2 MiB twice. The second GiB comes later. */
	movl $BASE + TABLES + 0x1001, BASE + TABLES
	movl $0x83, BASE + TABLES + 0x1000
	movl $0x83, BASE + TABLES + 0x1008
	mov $0x20, %eax
	mov %eax, %cr4
	mov $BASE + TABLES, %eax
	mov %eax, %cr3
	mov $0x80000011, %eax
	mov %eax, %cr0
	mov 0x200000 + FLAT(modes_marker), %eax
	note32 %eax
	try32 mov 0x40200000 + FLAT(modes_marker), %eax
	mov %cr2, %eax
	sub $0x40200000 + FLAT(modes_marker), %eax
	note32 %eax
	movl $BASE + TABLES + 0x1001, BASE + TABLES + 8
	mov %cr3, %eax
	mov %eax, %cr3
	mov 0x40200000 + FLAT(modes_marker), %eax
	note32 %eax
	mov $0x80000019, %eax /* TS, and away again */
	mov %eax, %cr0
	clts
	mov 0x40200000 + FLAT(modes_marker), %eax
	note32 %eax
	mov $BAD_MSR, %ecx
	try32 rdmsr
	mov $0x11, %eax
	mov %eax, %cr0

	movl $0x83, BASE + TABLES + 0x2000
	movl $0x83, BASE + TABLES + 0x2004
	mov $0x10, %eax
	mov %eax, %cr4
	mov $BASE + TABLES + 0x2000, %eax
	mov %eax, %cr3
	mov $0x80000011, %eax
	mov %eax, %cr0
	mov 0x400000 + FLAT(modes_marker), %eax
	note32 %eax
	mov $BAD_MSR, %ecx
	try32 rdmsr
	mov $0x11, %eax
	mov %eax, %cr0

	movl $BASE + TABLES + 0x4003, BASE + TABLES + 0x3000
	movl $BASE + TABLES + 0x1003, BASE + TABLES + 0x4000
	mov $0x20, %eax
	mov %eax, %cr4
	mov $BASE + TABLES + 0x3000, %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx
	mov $0x100, %eax
	xor %edx, %edx
	wrmsr
	mov $0x80000011, %eax
	mov %eax, %cr0
	rdmsr
	note32 %eax
	mov 0x200000 + FLAT(modes_marker), %eax
	note32 %eax
	mov $0x40000000, %eax
	cpuid
	note32 %ebx
	mov $0x11, %eax
	mov %eax, %cr0
	mov $0xc0000080, %ecx
	rdmsr
	note32 %eax
	xor %eax, %eax
	wrmsr
	mov %eax, %cr4

/* ---- and back ------------------------------------------------------------------------------------------------------------ */

	mov $SEL_DATA16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $STACK, %esp
	ljmp $SEL_CODE16, $AT(1f)
	.code16
1:	mov $0x10, %eax
	mov %eax, %cr0
	ljmp $SEGMENT, $AT(1f)
1:	mov %cs, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	lidtl AT(idtr)
	try16 int $SOFTWARE
	mov $BAD_MSR, %ecx
	try16 rdmsr
	movw $0, AT(interrupts)
	mov $LAPIC, %esi
	movl $0x40000 | INTERRUPT, %fs:0x300(%esi)
	sti
	nop
	nop
	cli
	movzwl AT(interrupts), %eax
	note16 %eax
	movl $1, AT(modes_done)
	hlt

/* ---- handlers of 16 bits --------------------------------------------------------------------------------------------------- */

	.balign 8
stubs16:
	.set vector, 0
	.rept VECTORS
	.balign 8
	push $vector
	jmp trapped16
	.set vector, vector + 1
	.endr

trapped16: /* above the vector: an error code in protected mode, IP, CS, flags */
	push %eax
	push %bp
	mov %sp, %bp
	mov 6(%bp), %ax
	cmp $INTERRUPT, %al
	je interrupt16
	cmp $2, %al
	je nmi16
	mov %ax, AT(trap)
	mov AT(trap_stack), %ax
	sub %bp, %ax
	sub $8, %ax
	mov %ax, AT(trap) + 2
	cmp $8, %ax
	jne 1f
	pop %bp /* over the error code */
	pop %eax
	add $4, %sp
	jmp 2f
1:	pop %bp
	pop %eax
	add $2, %sp
2:	push %bp
	mov %sp, %bp
	push %eax
	mov AT(resume), %ax
	mov %ax, 2(%bp)
	andw $0xfeff, 6(%bp)
	pop %eax
	pop %bp
	iret

interrupt16:
	incw AT(interrupts)
	mov $LAPIC, %eax
	movl $0, %fs:0xb0(%eax)
	jmp 1f
nmi16:	incw AT(nmis)
1:	pop %bp
	pop %eax
	add $2, %sp
	iret

make_ivt:
	mov $IVT, %di
	mov $AT(stubs16), %ax
	mov $VECTORS, %cx
1:	mov %ax, (%di)
	movw $SEGMENT, 2(%di)
	add $4, %di
	add $8, %ax
	loop 1b
	lidtl AT(idtr)
	ret

make_idts:
	mov $IDT16, %di
	mov $AT(stubs16), %ax
	mov $VECTORS, %cx
1:	mov %ax, (%di)
	movw $SEL_CODE16, 2(%di)
	movl $0x8600, 4(%di)
	add $8, %di
	add $8, %ax
	loop 1b
	mov $IDT32, %di
	mov $AT(stubs32), %ax
	mov $VECTORS, %cx
1:	mov %ax, (%di)
	movw $SEL_CODE32, 2(%di)
	movl $(BASE & 0xffff0000) | 0xee00, 4(%di)
	add $8, %di
	add $8, %ax
	loop 1b
	movl $BASE + STACK - 0x400, TSS + 4
	movl $SEL_FLAT_DATA, TSS + 8
	movl $104 << 16, TSS + 100 /* the ports behind it: all but 0x62 to 0x67 */
	movb $0xfc, TSS + 104 + 0x60 / 8
	movb $0xff, TSS + 104 + 32
	ret

/* ---- and of 32 --------------------------------------------------------------------------------------------------------------- */

	.code32
	.balign 8
stubs32:
	.set vector, 0
	.rept VECTORS
	.balign 8
	push $vector
	jmp trapped32
	.set vector, vector + 1
	.endr

trapped32:
	push %ds
	push %eax
	push %ebp
	mov %esp, %ebp
	mov $SEL_FLAT_DATA, %eax
	mov %eax, %ds
	mov 12(%ebp), %eax
	cmp $INTERRUPT, %al
	je interrupt32
	cmp $SOFTWARE, %al
	jne 1f
	cmpl $0, FLAT(software_goes)
	je 1f
	jmp *FLAT(software_goes)
1:	mov %ax, FLAT(trap)
	mov $BASE + STACK, %eax
	sub %ebp, %eax
	sub $16, %eax
	mov %ax, FLAT(trap) + 2
	mov 12(%ebp), %eax
	cmp $31, %eax
	ja 1f
	bt %eax, FLAT(with_error)
	jnc 1f
	pop %ebp
	pop %eax
	pop %ds
	add $8, %esp
	jmp 2f
1:	pop %ebp
	pop %eax
	pop %ds
	add $4, %esp
2:	push %ds
	push %eax
	mov $SEL_FLAT_DATA, %eax
	mov %eax, %ds
	movzwl FLAT(resume), %eax
	testl $0x20000, 16(%esp)
	jnz 3f
	add $BASE, %eax
3:	mov %eax, 8(%esp)
	pop %eax
	pop %ds
	iret

interrupt32:
	incw FLAT(interrupts)
	movl $0, LAPIC + 0xb0
	pop %ebp
	pop %eax
	pop %ds
	add $4, %esp
	iret

/* ---- data ---------------------------------------------------------------------------------------------------------------------- */

	.balign 8
gdt:	.quad 0, 0
	.quad 0x00cf93000000ffff
	.quad 0x00009b000000ffff | BASE << 16
	.quad 0x000093000000efff | BASE << 16
	.quad 0x00cf9b000000ffff
	.quad 0x0000890000000000 | (BASE + TSS) << 16 | 136
gdtr:	.word gdtr - gdt - 1
	.long FLAT(gdt)
idtr:	.word 4 * VECTORS - 1
	.long BASE + IVT
idtr16:	.word 8 * VECTORS - 1
	.long BASE + IDT16
idtr32:	.word 8 * VECTORS - 1
	.long BASE + IDT32
	.balign 4
with_error: .long 0x27d00
modes_marker: .long 0x600df00d
software_goes: .long 0
trap:	.long 0
next:	.word 0
resume:	.word 0
trap_stack: .word STACK
interrupts: .word 0
nmis:	.word 0
	.balign 4
	.globl modes_marker, modes_intel, modes_done, modes_results, modes_end
modes_intel: .long 0
modes_done: .long 0
modes_results: .fill 100, 4, 0
modes_end:

	.section .note.GNU-stack, "", @progbits
