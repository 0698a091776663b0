/* head.S - from a multiboot loader's 32-bit protected mode to hypervisor code in long mode
 *
 * Everything here lies in .boot, linked at the physical address it is loaded at. Two page tables' lifetimes matter:
 * the early ones below serve the boot CPU until paging_init() and each other CPU until its first C code.
 */
#include "arch/x86/layout.h"

#define MULTIBOOT1_HEADER_MAGIC 0x1badb002
#define MULTIBOOT1_FLAGS        0x3 /* modules on page boundaries; memory map wanted */
#define MULTIBOOT2_HEADER_MAGIC 0xe85250d6

#define COM1       0x3f8
#define VGA_TEXT   0xb8000

#define PAGE_RW    0x003 /* present, writable */
#define PAGE_LARGE 0x083 /* present, writable, 2 MiB */

#define SLOT(va)     (((va) >> 39) & 511)
#define L3_INDEX(va) (((va) >> 30) & 511)

	.section .boot.header, "a", @progbits
	.balign 8
multiboot1_header:
	.long MULTIBOOT1_HEADER_MAGIC, MULTIBOOT1_FLAGS, -(MULTIBOOT1_HEADER_MAGIC + MULTIBOOT1_FLAGS)

	.balign 8
multiboot2_header:
	.long MULTIBOOT2_HEADER_MAGIC, 0, multiboot2_header_end - multiboot2_header
	.long -(MULTIBOOT2_HEADER_MAGIC + (multiboot2_header_end - multiboot2_header))
	.short 6, 0 /* modules on page boundaries */
	.long 8
	.short 0, 0 /* the end */
	.long 8
multiboot2_header_end:

	.section .boot, "awx", @progbits
	.code32
	.globl boot_entry
boot_entry:
	cli
	cld
	mov $boot_stack_end, %esp
	mov %eax, boot_magic
	mov %ebx, boot_information
	lgdt boot_gdt_pointer
	ljmp $0x08, $1f
1:	mov $0x10, %ecx
	mov %ecx, %ds
	mov %ecx, %es
	mov %ecx, %ss

	call check_cpu
	call fill_early_tables

	mov $0x6a0, %eax /* CR4: PAE, PGE, OSFXSR, OSXMMEXCPT (and PSE off) */
	mov %eax, %cr4
	mov $early_l4, %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx /* EFER: SYSCALL, long mode, no-execute */
	rdmsr
	or $0x901, %eax
	wrmsr
	mov $0x80050033, %eax /* CR0: PG, AM, WP, NE, ET, MP, PE */
	mov %eax, %cr0
	ljmp $0x18, $long_mode

	.code64
long_mode:
	movabs $boot_cpu_stack + STACK_TOP, %rsp
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %eax, %fs
	mov %eax, %gs
	xor %ebp, %ebp
	push %rbp /* flags without NT, AC and the like */
	popf
	mov boot_magic, %edi
	mov boot_information, %esi
	movabs $boot_main, %rax
	call *%rax
	ud2

	.code32
/* Four GiB of physical memory at 0 and in the direct map; the image at its own place. */
fill_early_tables:
	movl $early_l3_low + PAGE_RW, early_l4
	movl $early_l3_low + PAGE_RW, early_l4 + 8 * SLOT(DIRECT_VIRT)
	movl $early_l3_image + PAGE_RW, early_l4 + 8 * SLOT(IMAGE_VIRT)
	movl $early_l2_image + PAGE_RW, early_l3_image + 8 * L3_INDEX(IMAGE_VIRT)

	mov $early_l2_low + PAGE_RW, %eax
	mov $early_l3_low, %edi
	mov $4, %ecx
1:	mov %eax, (%edi)
	add $4096, %eax
	add $8, %edi
	loop 1b

	mov $PAGE_LARGE, %eax
	mov $early_l2_low, %edi
	mov $2048, %ecx
	call fill_large
	mov $IMAGE_PHYS + PAGE_LARGE, %eax
	mov $early_l2_image, %edi
	mov $4, %ecx
fill_large:
	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	loop fill_large
	ret

/* Goes through `needed`; says what is missing and stops, or returns. */
check_cpu:
	pushf
	pop %eax
	mov %eax, %ecx
	xor $0x200000, %eax /* who can change the ID flag has CPUID */
	push %eax
	popf
	pushf
	pop %eax
	mov $text_cpuid, %esi
	cmp %ecx, %eax
	je refuse
	mov $0x80000000, %eax
	cpuid
	mov $text_long_mode, %esi
	cmp $0x80000001, %eax
	jb refuse
	mov $needed, %edi
1:	mov (%edi), %eax
	cpuid
	mov 8(%edi), %esi
	test %edx, 4(%edi)
	jz refuse
	add $12, %edi
	cmp $needed_end, %edi
	jb 1b
	ret

/* esi: what is missing. The screen is written to even when there may be none in text mode: it harms nothing. */
refuse:
	push %esi
	mov $COM1 + 3, %edx /* 8 bits, no parity; the speed is what it is */
	mov $3, %al
	out %al, %dx
	mov $VGA_TEXT, %edi
	mov $text_refuse, %esi
	call say
	pop %esi
	call say
	mov $text_end_of_line, %esi
	call say
1:	hlt
	jmp 1b

say:	lodsb
	test %al, %al
	jz 3f
	mov $0x07, %ah
	mov %ax, (%edi)
	add $2, %edi
	mov %al, %bl
	mov $100000, %ecx /* a machine without this port never says it is ready */
	mov $COM1 + 5, %edx
1:	in %dx, %al
	test $0x20, %al
	jnz 2f
	loop 1b
2:	mov $COM1, %edx
	mov %bl, %al
	out %al, %dx
	jmp say
3:	ret

/* CPUID leaf, bit of EDX, name: what no x86-64 CPU that matters lacks, but a virtual one may. (SYSCALL is not here: Intel's
 * CPUs own up to it in 64-bit mode only, and have it there.) */
	.balign 4
needed:
	.long 0x80000001, 1 << 29, text_long_mode
	.long 0x80000001, 1 << 20, text_nx
	.long 1, 1 << 4, text_tsc
	.long 1, 1 << 9, text_apic
	.long 1, 1 << 13, text_pge
	.long 1, 1 << 16, text_pat
	.long 1, 1 << 24, text_fxsr
	.long 1, 1 << 26, text_sse2
needed_end:

text_refuse:    .asciz "Plinth cannot run here: this CPU has no "
text_cpuid:     .asciz "CPUID instruction"
text_long_mode: .asciz "64-bit mode (LM)"
text_nx:        .asciz "execute protection (NX): is it switched off in the firmware's set-up?"
text_tsc:       .asciz "time stamp counter (TSC)"
text_apic:      .asciz "local APIC: is it switched off in the firmware's set-up?"
text_pge:       .asciz "global pages (PGE)"
text_pat:       .asciz "page attribute table (PAT)"
text_fxsr:      .asciz "FXSAVE instruction (FXSR)"
text_sse2:      .asciz "SSE2"
text_end_of_line: .asciz ".\r\n"

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff /* 0x08: 32-bit code */
	.quad 0x00cf93000000ffff /* 0x10: data */
	.quad 0x00af9b000000ffff /* 0x18: 64-bit code */
boot_gdt_pointer:
	.short . - boot_gdt - 1
	.long boot_gdt
	.balign 4
boot_magic:       .long 0
boot_information: .long 0

	.section .boot.bss, "aw", @nobits
	.balign 4096
	.globl early_l4
early_l4:       .skip 4096
early_l3_low:   .skip 4096
early_l3_image: .skip 4096
early_l2_low:   .skip 4 * 4096
early_l2_image: .skip 4096
boot_stack:     .skip 1024
boot_stack_end:
	.section .note.GNU-stack, "", @progbits
