/* plinth.lds.S - how the image is laid out
 *
 * What is needed to get going only (.boot, .init, and all that comes from libraries: the decompressors) comes first, so
 * that its memory can be given back in one piece.
 * .boot runs before paging and is linked where it is loaded; all else is linked at IMAGE_VIRT and loaded behind it.
 */
#include "arch/x86/layout.h"

/* Dom0's builder, which is all boot code. */
#define BUILDER(sections) */kern/dom0_*.o(sections) */kern/decompress.o(sections)

#define LOADED(section) AT(ADDR(section) - IMAGE_VIRT + IMAGE_PHYS)

OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(boot_entry)

PHDRS
{
	boot PT_LOAD FLAGS(7);
	init PT_LOAD FLAGS(7);
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
}

image_start = IMAGE_VIRT;

SECTIONS
{
	. = IMAGE_PHYS;
	.boot : { KEEP(*(.boot.header)) *(.boot) } :boot
	.boot.bss : ALIGN(4096) { *(.boot.bss) . = ALIGN(4096); } :boot

	. = . - IMAGE_PHYS + IMAGE_VIRT;
	init_text_start = .;
	.init.text : LOADED(.init.text) { *(.init.text .init.text.*) BUILDER(.text .text.*) *.a:(.text .text.*) } :init
	. = ALIGN(4096);
	init_text_end = .;
	.init.data : LOADED(.init.data) {
		*(.init.data .init.data.*)
		BUILDER(.rodata .rodata.* .data .data.* .bss .bss.*)
		*.a:(.rodata .rodata.* .data .data.* .bss .bss.*)
		. = ALIGN(8);
		__start_smap_sites = .;
		KEEP(*(smap_sites))
		__stop_smap_sites = .;
	} :init
	. = ALIGN(4096);
	init_end = .;

	text_start = .;
	.text : LOADED(.text) { *(.text .text.*) } :text
	. = ALIGN(4096);
	text_end = .;

	.rodata : LOADED(.rodata) {
		*(.rodata .rodata.cst* .rodata.str*)
		*(EXCLUDE_FILE(*.symbols.o) .rodata.*)
		. = ALIGN(8);
		extable_start = .;
		KEEP(*(.extable))
		extable_end = .;
		*(.rodata.symbols)
	} :rodata
	. = ALIGN(4096);
	rodata_end = .;

	.data : LOADED(.data) { *(.data .data.*) *(.got .got.*) } :data
	.bss : LOADED(.bss) { *(.bss.page_aligned) *(.bss .bss.*) *(COMMON) } :data
	. = ALIGN(4096);
	image_end = .;

	/DISCARD/ : { *(.note*) *(.comment) *(.eh_frame*) *(.dyn*) *(.gnu*) *(.interp) *(.hash) }
}

ASSERT(image_end - image_start <= 0x800000, "the image is larger than what head.S maps early")
