/* dom0_kernel.c - Dom0's kernel: found in its module, unpacked, and asked by its ELF notes how it wants to be started */
#include <xen/elfnote.h>
#include <xen/features.h>

#include "kern/decompress.h"
#include "kern/dom0_parts.h"
#include "kern/memory.h"
#include "kern/printk.h"

/* What our PV guests never get, however much a kernel asks for it. */
#define FEATURES_WE_LACK                                                                                               \
	(BIT(XENFEAT_auto_translated_physmap) | BIT(XENFEAT_supervisor_mode_kernel) |                                  \
	 BIT(XENFEAT_hvm_callback_vector) | BIT(XENFEAT_hvm_safe_pvclock) | BIT(XENFEAT_hvm_pirqs))

#define KERNEL_SIZE_MAX GIB(1)

static uint64_t in_mib(uint64_t bytes)
{
	return DIV_ROUND_UP(bytes, MIB(1));
}

static void unpack(struct dom0_build *b, const void *module, const struct bzimage *image)
{
	uint64_t size = image->unpacked_size;
	const char *wrong;

	if (!size || size > KERNEL_SIZE_MAX)
		refuse("Dom0's kernel is damaged: it claims to have %lu bytes unpacked.", (unsigned long)size);
	log_info("Dom0 kernel: %s, %lu MiB, unpacks to %lu MiB ...", bzimage_packing_name(image->packing),
		 (unsigned long)in_mib(image->length), (unsigned long)in_mib(size));
	while (PAGE_SIZE << b->unpacked_order < size)
		b->unpacked_order++;
	b->unpacked = pages_alloc(b->unpacked_order);
	if (!b->unpacked)
		refuse("There is too little memory to unpack Dom0's kernel: %lu MiB are free.",
		       (unsigned long)memory_free_pages() >> (20 - PAGE_SHIFT));
	wrong = decompress(image->packing, (const char *)module + image->offset, image->length, b->unpacked, size);
	if (wrong)
		refuse("Dom0's kernel %s.", wrong);
}

static void check_notes(const struct elf_notes *notes)
{
	if (!elf_notes_have(notes, XEN_ELFNOTE_VIRT_BASE))
		refuse("Dom0's kernel cannot run as a PV guest of Xen's ABI: it has no ELF note that says so.");
	if (notes->virt_start < notes->virt_base)
		refuse("Dom0's kernel is damaged: part of it lies below its own address space.");
	if (notes->required & FEATURES_WE_LACK)
		refuse("Dom0's kernel wants features that there are none of: 0x%lx.",
		       (unsigned long)(notes->required & FEATURES_WE_LACK));
	if (elf_notes_have(notes, XEN_ELFNOTE_SUPPORTED_FEATURES) && !(notes->supported & BIT(XENFEAT_dom0)))
		refuse("Dom0's kernel can only be a guest: it is built without support for being Dom0.");
}

void dom0_load_kernel(struct dom0_build *b)
{
	const struct boot_module *module = &boot_info.module[0];
	const void *bytes = paddr_to_virt(module->start);
	enum bzimage_reason reason;
	enum elf_reason elf_reason;
	struct bzimage image;

	reason = bzimage_parse(bytes, module->size, &image);
	if (reason != BZIMAGE_OK)
		refuse("Dom0's kernel %s.", bzimage_reason_text(reason));
	unpack(b, bytes, &image);
	memory_release(module->start, ROUND_UP(module->start + module->size, PAGE_SIZE));

	elf_reason = elf_parse(b->unpacked, image.unpacked_size, &b->elf);
	if (elf_reason == ELF_OK)
		elf_reason = elf_notes_parse(&b->elf, &b->notes);
	if (elf_reason != ELF_OK)
		refuse("Dom0's kernel %s.", elf_reason_text(elf_reason));
	check_notes(&b->notes);
	log_info("Dom0 kernel: %s %s, loads at %lx-%lx, starts at %lx", b->notes.guest_os, b->notes.guest_version,
		 (unsigned long)b->notes.virt_start, (unsigned long)b->notes.virt_end, (unsigned long)b->notes.entry);
}
