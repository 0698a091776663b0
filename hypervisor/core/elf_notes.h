/* elf_notes.h - how a kernel wants to be started: its ELF notes of the name "Xen" */
#ifndef CORE_ELF_NOTES_H
#define CORE_ELF_NOTES_H

#include "core/elf.h"

enum elf_pae_mode {
	ELF_PAE_UNSAID,
	ELF_PAE_NO,
	ELF_PAE_YES,
	ELF_PAE_BIMODAL,
};

/*
 * Numbers are as the notes have them, and 0 where there is no such note (elf_notes_have() tells),
 * but for entry, virt_base and paddr_offset, which have the defaults said here. With virt_offset,
 * the virtual address of what a segment loads at p_paddr is p_paddr + virt_offset.
 */
struct elf_notes {
	uint32_t present;      /* bit n: note number n (XEN_ELFNOTE_…) is there */
	uint64_t entry;	       /* where a PV guest starts; default: e_entry */
	uint64_t virt_base;    /* where pseudo-physical 0 is mapped; default 0 */
	uint64_t paddr_offset; /* taken off p_paddr; default 0 */
	uint64_t hypercall_page, init_p2m, hv_start_low, phys32_entry;
	uint64_t l1_mfn_mask, l1_mfn_value; /* the first pair: a valid entry & mask == value */
	bool mod_start_pfn;		    /* takes the initrd by frame number, unmapped */
	bool suspend_cancel;		    /* survives a cancelled suspend */
	enum elf_pae_mode pae;
	uint64_t supported, required; /* bits XENFEAT_… */
	char guest_os[32], guest_version[32], loader[16], xen_version[16];

	uint64_t virt_offset;
	uint64_t virt_start, virt_end; /* of all that is loaded */
};

static inline bool elf_notes_have(const struct elf_notes *notes, unsigned int number)
{
	return notes->present & BIT(number);
}

/*
 * Reads the Xen notes of an image that elf_parse() liked, and checks that what they say fits
 * together. *notes is only to be used if the answer is ELF_OK. Without any note for PV (entry,
 * hypercall page, virtual base) it may still be a kernel for PVH: then phys32_entry is present.
 */
enum elf_reason elf_notes_parse(const struct elf_image *elf, struct elf_notes *notes);

#endif
