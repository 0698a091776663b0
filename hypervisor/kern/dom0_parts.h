/* dom0_parts.h - Dom0 in the making: what the files dom0_*.c share */
#ifndef KERN_DOM0_PARTS_H
#define KERN_DOM0_PARTS_H

#include "arch/x86/boot/info.h"
#include "core/elf_notes.h"
#include "core/pv_layout.h"
#include "kern/domain.h"

struct dom0_build {
	struct domain *d;
	/* The kernel, unpacked into pages of ours until it is in place. */
	void *unpacked;
	unsigned unpacked_order;
	struct elf_image elf;
	struct elf_notes notes;
	const struct boot_module *initrd; /* NULL: none */

	uint64_t nr_pages;
	struct pv_layout layout;
	uint64_t *p2m; /* the guest's own list, by our address: it is contiguous */
};

/* dom0_kernel.c: module 0, unpacked and understood; the module's memory is free again. */
void dom0_load_kernel(struct dom0_build *b);

/* dom0_memory.c */
void dom0_size_memory(struct dom0_build *b);	/* sets nr_pages and layout, and the domain's limit */
void dom0_allocate_start(struct dom0_build *b); /* all that layout has a place for */
void dom0_allocate_rest(struct dom0_build *b);
/* Copies into (from NULL: clears) Dom0's memory from this byte of it on. */
void dom0_write(const struct dom0_build *b, uint64_t address, const void *from, uint64_t size);

/* dom0_start.c: what the kernel finds when it starts. */
void dom0_write_start_info(const struct dom0_build *b);
void dom0_write_tables(const struct dom0_build *b);
void dom0_start_vcpu(const struct dom0_build *b);

/* dom0_rights.c: device memory, interrupts, ports. */
void dom0_give_rights(struct domain *d);

#endif
