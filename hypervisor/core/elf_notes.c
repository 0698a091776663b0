/* elf_notes.c - how a kernel wants to be started: its ELF notes of the name "Xen" */
#include <xen/elfnote.h>
#include <xen/features.h>
#include "core/elf_notes.h"
#include "lib/string.h"

static const struct feature {
	const char *name;
	unsigned int bit;
} features[] = {
	{"writable_page_tables", XENFEAT_writable_page_tables},
	{"writable_descriptor_tables", XENFEAT_writable_descriptor_tables},
	{"auto_translated_physmap", XENFEAT_auto_translated_physmap},
	{"supervisor_mode_kernel", XENFEAT_supervisor_mode_kernel},
	{"pae_pgdir_above_4gb", XENFEAT_pae_pgdir_above_4gb},
	{"hvm_callback_vector", XENFEAT_hvm_callback_vector},
	{"dom0", XENFEAT_dom0},
};

/* --- Values ---------------------------------------------------------------------------------- */

static enum elf_reason get_number(const struct elf_note *note, uint64_t *value)
{
	uint32_t narrow;

	if (note->length == sizeof(*value)) {
		memcpy(value, note->content, sizeof(*value));
		return ELF_OK;
	}
	if (note->length == sizeof(narrow)) {
		memcpy(&narrow, note->content, sizeof(narrow));
		*value = narrow;
		return ELF_OK;
	}
	return ELF_NOTE_SIZE;
}

static enum elf_reason get_bool(const struct elf_note *note, bool *value)
{
	uint64_t n = 0;
	enum elf_reason reason = get_number(note, &n);

	*value = n != 0;
	return reason;
}

/* A text may end in its note or with it (Linux has both). What is too long for us is cut. */
static void get_text(const struct elf_note *note, char *text, size_t size)
{
	size_t length = strnlen((const char *)note->content, note->length);

	length = MIN(length, size - 1);
	memcpy(text, note->content, length);
	text[length] = '\0';
}

static enum elf_pae_mode get_pae(const struct elf_note *note)
{
	char text[32];

	get_text(note, text, sizeof(text));
	if (str_starts(text, "yes"))
		return ELF_PAE_YES;
	return strcmp(text, "bimodal") == 0 ? ELF_PAE_BIMODAL : ELF_PAE_NO;
}

static enum elf_reason get_l1_valid(const struct elf_note *note, struct elf_notes *notes)
{
	/* Pairs of mask and value, of either width; the first is what x86-64 needs. */
	if (note->length < 16 || note->length % 16)
		return note->length == 8 ? ELF_OK : ELF_NOTE_SIZE;
	memcpy(&notes->l1_mfn_mask, note->content, 8);
	memcpy(&notes->l1_mfn_value, note->content + 8, 8);
	return ELF_OK;
}

/* --- Features -------------------------------------------------------------------------------- */

/* One word of the list: a name, required if it begins with "!". Unknown ones only matter if
 * required. */
static enum elf_reason add_feature(struct elf_notes *notes, const char *word, size_t length)
{
	bool required = length && *word == '!';
	unsigned int i;

	if (required) {
		word++;
		length--;
	}
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		if (strlen(features[i].name) != length || memcmp(features[i].name, word, length) != 0)
			continue;
		notes->supported |= BIT(features[i].bit);
		if (required)
			notes->required |= BIT(features[i].bit);
		return ELF_OK;
	}
	return required ? ELF_UNKNOWN_FEATURE : ELF_OK;
}

static enum elf_reason get_features(const struct elf_note *note, struct elf_notes *notes)
{
	const char *at = (const char *)note->content, *end = at + strnlen(at, note->length);
	enum elf_reason reason;
	size_t length;

	for (; at < end; at += length + 1) {
		for (length = 0; at + length < end && at[length] != '|';)
			length++;
		reason = add_feature(notes, at, length);
		if (reason != ELF_OK)
			return reason;
	}
	return ELF_OK;
}

static enum elf_reason get_supported(const struct elf_note *note, struct elf_notes *notes)
{
	uint64_t bits = 0;
	enum elf_reason reason = get_number(note, &bits);

	notes->supported |= bits;
	return reason;
}

/* --- Notes ----------------------------------------------------------------------------------- */

static enum elf_reason take_note(const struct elf_note *note, struct elf_notes *n)
{
	switch (note->type) {
	case XEN_ELFNOTE_ENTRY:
		return get_number(note, &n->entry);
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		return get_number(note, &n->hypercall_page);
	case XEN_ELFNOTE_VIRT_BASE:
		return get_number(note, &n->virt_base);
	case XEN_ELFNOTE_PADDR_OFFSET:
		return get_number(note, &n->paddr_offset);
	case XEN_ELFNOTE_XEN_VERSION:
		get_text(note, n->xen_version, sizeof(n->xen_version));
		return ELF_OK;
	case XEN_ELFNOTE_GUEST_OS:
		get_text(note, n->guest_os, sizeof(n->guest_os));
		return ELF_OK;
	case XEN_ELFNOTE_GUEST_VERSION:
		get_text(note, n->guest_version, sizeof(n->guest_version));
		return ELF_OK;
	case XEN_ELFNOTE_LOADER:
		get_text(note, n->loader, sizeof(n->loader));
		return ELF_OK;
	case XEN_ELFNOTE_PAE_MODE:
		n->pae = get_pae(note);
		return ELF_OK;
	case XEN_ELFNOTE_FEATURES:
		return get_features(note, n);
	case XEN_ELFNOTE_HV_START_LOW:
		return get_number(note, &n->hv_start_low);
	case XEN_ELFNOTE_L1_MFN_VALID:
		return get_l1_valid(note, n);
	case XEN_ELFNOTE_SUSPEND_CANCEL:
		return get_bool(note, &n->suspend_cancel);
	case XEN_ELFNOTE_INIT_P2M:
		return get_number(note, &n->init_p2m);
	case XEN_ELFNOTE_MOD_START_PFN:
		return get_bool(note, &n->mod_start_pfn);
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		return get_supported(note, n);
	case XEN_ELFNOTE_PHYS32_ENTRY:
		return get_number(note, &n->phys32_entry);
	default:
		return ELF_OK; /* for people, for other loaders, or newer than this */
	}
}

static enum elf_reason take_range(const struct elf_image *elf, uint64_t offset, uint64_t length,
				  struct elf_notes *notes)
{
	uint64_t end = offset + length;
	enum elf_reason reason;
	struct elf_note note;

	while (offset < end) {
		reason = elf_next_note(elf, &offset, end, &note);
		if (reason != ELF_OK)
			return reason;
		if (note.name_length != 3 || memcmp(note.name, "Xen", 3) != 0)
			continue;
		reason = take_note(&note, notes);
		if (reason != ELF_OK)
			return reason;
		if (note.type <= XEN_ELFNOTE_MAX)
			notes->present |= (uint32_t)BIT(note.type);
	}
	return ELF_OK;
}

static enum elf_reason take_ranges(const struct elf_image *elf, bool from_sections, struct elf_notes *notes)
{
	uint64_t offset, length;
	enum elf_reason reason;
	unsigned int i;

	for (i = 0; elf_note_range(elf, from_sections, i, &offset, &length); i++) {
		reason = take_range(elf, offset, length, notes);
		if (reason != ELF_OK)
			return reason;
	}
	return ELF_OK;
}

/* --- What they say together ------------------------------------------------------------------ */

static bool inside(const struct elf_notes *notes, uint64_t address)
{
	return address >= notes->virt_start && address < notes->virt_end;
}

static enum elf_reason check_pv(const struct elf_image *elf, struct elf_notes *notes)
{
	uint64_t size = elf->phys_end - elf->phys_start;

	if (!elf_notes_have(notes, XEN_ELFNOTE_ENTRY))
		notes->entry = elf->entry;
	/* Kernels may well live where base + p_paddr wraps around once: only the result counts. */
	notes->virt_offset = notes->virt_base - notes->paddr_offset;
	notes->virt_start = elf->phys_start + notes->virt_offset;
	if (__builtin_add_overflow(notes->virt_start, size, &notes->virt_end) || notes->virt_start < notes->virt_base)
		return ELF_ADDRESSES_WRAP;
	if (!inside(notes, notes->entry))
		return ELF_ENTRY_OUTSIDE;
	if (elf_notes_have(notes, XEN_ELFNOTE_HYPERCALL_PAGE) &&
	    (!inside(notes, notes->hypercall_page) || notes->virt_end - notes->hypercall_page < PAGE_SIZE))
		return ELF_ENTRY_OUTSIDE;
	if (elf_notes_have(notes, XEN_ELFNOTE_INIT_P2M) && inside(notes, notes->init_p2m))
		return ELF_P2M_INSIDE;
	return ELF_OK;
}

enum elf_reason elf_notes_parse(const struct elf_image *elf, struct elf_notes *notes)
{
	const uint32_t pv = BIT(XEN_ELFNOTE_ENTRY) | BIT(XEN_ELFNOTE_HYPERCALL_PAGE) | BIT(XEN_ELFNOTE_VIRT_BASE);
	enum elf_reason reason;

	*notes = (struct elf_notes){0};
	reason = take_ranges(elf, false, notes);
	if (reason == ELF_OK && !notes->present)
		reason = take_ranges(elf, true, notes);
	if (reason != ELF_OK)
		return reason;
	if (!notes->present)
		return ELF_NO_XEN_NOTES;
	if (elf_notes_have(notes, XEN_ELFNOTE_LOADER) && strcmp(notes->loader, "generic") != 0)
		return ELF_NOTE_NOT_FOR_XEN;
	if (elf_notes_have(notes, XEN_ELFNOTE_XEN_VERSION) && strcmp(notes->xen_version, "xen-3.0") != 0)
		return ELF_NOTE_NOT_FOR_XEN;
	return notes->present & pv ? check_pv(elf, notes) : ELF_OK;
}
