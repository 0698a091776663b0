/* test_elf.c - reading kernels and their Xen notes, whole and damaged */
#include <xen/elfnote.h>
#include <xen/features.h>
#include "core/elf.h"
#include "core/elf_notes.h"
#include "lib/types.h"
#include "unit.h"
#include "random.h"

/* A small kernel: header, program headers, section headers, two pieces to load, notes. */
enum {
	PHDRS = 64,
	SHDRS = PHDRS + 3 * 56,
	TEXT = 0x200,
	TEXT_SIZE = 0x100,
	DATA = TEXT + TEXT_SIZE,
	DATA_SIZE = 0x40,
	NOTES = DATA + DATA_SIZE,
	NOTES_MAX = 0x400,
	IMAGE_MAX = NOTES + NOTES_MAX,
};

#define BASE  UINT64_C(0xffffffff80000000)
#define ENTRY UINT64_C(0xffffffff81000080)

static uint8_t image[IMAGE_MAX];
static size_t notes_size;

static void put(size_t at, uint64_t value, size_t width)
{
	memcpy(image + at, &value, width);
}

static void put_segment(unsigned int i, uint32_t type, uint32_t flags, uint64_t offset, uint64_t vaddr, uint64_t paddr,
			uint64_t file_size, uint64_t memory_size)
{
	uint64_t fields[7] = {type | (uint64_t)flags << 32, offset, vaddr, paddr, file_size, memory_size, 0x1000};

	memcpy(image + PHDRS + 56 * i, fields, sizeof(fields));
}

static void put_notes_header(void)
{
	put_segment(2, 4, 4, NOTES, 0, 0, notes_size, notes_size);
}

static void note(uint32_t type, const void *content, uint32_t length)
{
	uint32_t header[4] = {4, length, type};
	size_t at = NOTES + notes_size;

	memcpy(&header[3], "Xen", 4);
	memcpy(image + at, header, 16);
	memcpy(image + at + 16, content, length);
	notes_size += ROUND_UP((size_t)16 + length, 4);
	put_notes_header();
}

static void note_number(uint32_t type, uint64_t value)
{
	note(type, &value, 8);
}

static void note_text(uint32_t type, const char *text)
{
	note(type, text, (uint32_t)strlen(text) + 1);
}

static void make_bare(void)
{
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

	memset(image, 0, sizeof(image));
	notes_size = 0;
	memcpy(image, ident, sizeof(ident));
	put(16, 2, 2);
	put(18, 62, 2);
	put(20, 1, 4);
	put(24, 0x1000080, 8);
	put(32, PHDRS, 8);
	put(52, 64, 2);
	put(54, 56, 2);
	put(56, 3, 2);
	put(58, 64, 2);
	put_segment(0, 1, 5, TEXT, BASE + 0x1000000, 0x1000000, TEXT_SIZE, TEXT_SIZE);
	put_segment(1, 1, 6, DATA, BASE + 0x1200000, 0x1200000, DATA_SIZE, 0x5000);
	put_notes_header();
}

/* As Linux has them. */
static void make(void)
{
	uint64_t valid[2] = {1, 1};

	make_bare();
	note_text(XEN_ELFNOTE_GUEST_OS, "linux");
	note_text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	note_number(XEN_ELFNOTE_VIRT_BASE, BASE);
	note_number(XEN_ELFNOTE_INIT_P2M, 0x8000000000);
	note_number(XEN_ELFNOTE_ENTRY, ENTRY);
	note_text(XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb|unheard_of");
	put(NOTES + notes_size, 0, 4);
	note(XEN_ELFNOTE_SUPPORTED_FEATURES, "\x01\x88\0\0", 4);
	note_text(XEN_ELFNOTE_PAE_MODE, "yes");
	note_text(XEN_ELFNOTE_LOADER, "generic");
	note(XEN_ELFNOTE_L1_MFN_VALID, valid, 16);
	note(XEN_ELFNOTE_SUSPEND_CANCEL, "\1\0\0\0", 4);
	note(XEN_ELFNOTE_MOD_START_PFN, "\1\0\0\0", 4);
	note_number(XEN_ELFNOTE_HV_START_LOW, 0xffff800000000000);
	note_number(XEN_ELFNOTE_PADDR_OFFSET, 0);
}

static struct elf_image elf;
static struct elf_notes notes;

/* The first n bytes, in a block of that size, so that a read behind it is seen. */
static enum elf_reason parse_n(size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	enum elf_reason reason;
	unsigned int i;

	memcpy(copy, image, n);
	reason = elf_parse(copy, n, &elf);
	for (i = 0; reason == ELF_OK && i < elf.count; i++) {
		const struct elf_segment *s = &elf.segment[i];

		CU_ASSERT_TRUE(s->offset <= n && s->file_size <= n - s->offset);
		CU_ASSERT_TRUE(s->file_size <= s->memory_size && s->memory_size);
		CU_ASSERT_TRUE(s->paddr >= elf.phys_start && s->paddr + s->memory_size <= elf.phys_end);
	}
	if (reason == ELF_OK)
		reason = elf_notes_parse(&elf, &notes);
	free(copy);
	return reason;
}

static enum elf_reason parse(void)
{
	return parse_n(NOTES + notes_size);
}

TEST(a_kernel_is_read)
{
	make();
	CU_ASSERT_EQUAL(parse(), ELF_OK);
	CU_ASSERT_EQUAL(elf.entry, 0x1000080);
	CU_ASSERT_EQUAL(elf.count, 2);
	CU_ASSERT_EQUAL(elf.segment[0].flags, ELF_READ | ELF_EXECUTE);
	CU_ASSERT_EQUAL(elf.segment[1].offset, DATA);
	CU_ASSERT_EQUAL(elf.segment[1].memory_size, 0x5000);
	CU_ASSERT_EQUAL(elf.phys_start, 0x1000000);
	CU_ASSERT_EQUAL(elf.phys_end, 0x1205000);

	CU_ASSERT_EQUAL(notes.entry, ENTRY);
	CU_ASSERT_EQUAL(notes.virt_base, BASE);
	CU_ASSERT_EQUAL(notes.virt_start, BASE + 0x1000000);
	CU_ASSERT_EQUAL(notes.virt_end, BASE + 0x1205000);
	CU_ASSERT_TRUE(elf_notes_have(&notes, XEN_ELFNOTE_INIT_P2M));
	CU_ASSERT_EQUAL(notes.init_p2m, 0x8000000000);
	CU_ASSERT_EQUAL(notes.hv_start_low, 0xffff800000000000);
	CU_ASSERT_EQUAL(notes.required, BIT(XENFEAT_writable_page_tables));
	CU_ASSERT_EQUAL(notes.supported, 0x8801 | BIT(XENFEAT_writable_page_tables) | BIT(XENFEAT_pae_pgdir_above_4gb));
	CU_ASSERT_EQUAL(notes.pae, ELF_PAE_YES);
	CU_ASSERT_TRUE(notes.mod_start_pfn && notes.suspend_cancel);
	CU_ASSERT_EQUAL(notes.l1_mfn_mask, 1);
	CU_ASSERT_EQUAL(notes.l1_mfn_value, 1);
	CU_ASSERT_STRING_EQUAL(notes.guest_os, "linux");
	CU_ASSERT_STRING_EQUAL(notes.xen_version, "xen-3.0");
	CU_ASSERT_FALSE(elf_notes_have(&notes, XEN_ELFNOTE_HYPERCALL_PAGE));
	CU_ASSERT_FALSE(elf_notes_have(&notes, XEN_ELFNOTE_PHYS32_ENTRY));
}

TEST(notes_are_found_by_section_headers_too)
{
	make();
	put_segment(2, 0, 0, 0, 0, 0, 0, 0);
	CU_ASSERT_EQUAL(parse(), ELF_NO_XEN_NOTES);
	put(40, SHDRS, 8);
	put(60, 1, 2);
	put(SHDRS + 4, 7, 4);
	put(SHDRS + 24, NOTES, 8);
	put(SHDRS + 32, notes_size, 8);
	CU_ASSERT_EQUAL(parse(), ELF_OK);
	CU_ASSERT_EQUAL(notes.entry, ENTRY);
	put(58, 63, 2);
	CU_ASSERT_EQUAL(parse(), ELF_NO_XEN_NOTES);
}

TEST(the_header_must_be_that_of_an_x86_64_executable)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum elf_reason reason;
	} bad[] = {
		{0, 0x7e, ELF_NO_MAGIC},	{4, 1, ELF_NOT_64_BIT},		 {5, 2, ELF_NOT_LITTLE_ENDIAN},
		{18, 3, ELF_NOT_X86_64},	{16, 1, ELF_NOT_EXECUTABLE},	 {54, 55, ELF_HEADERS_OUTSIDE},
		{37, 1, ELF_HEADERS_OUTSIDE},	{39, 0xff, ELF_HEADERS_OUTSIDE}, {56, 0, ELF_NO_SEGMENTS},
		{56, 255, ELF_HEADERS_OUTSIDE},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		make();
		image[bad[i].at] = bad[i].value;
		CU_ASSERT_EQUAL(parse(), bad[i].reason);
	}
}

TEST(segments_must_make_sense)
{
	unsigned int i;

	make();
	put_segment(0, 1, 5, TEXT, 0, 0x1000000, IMAGE_MAX, IMAGE_MAX);
	CU_ASSERT_EQUAL(parse(), ELF_SEGMENT_OUTSIDE);
	put_segment(0, 1, 5, UINT64_MAX, 0, 0x1000000, 2, 2);
	CU_ASSERT_EQUAL(parse(), ELF_SEGMENT_OUTSIDE);
	put_segment(0, 1, 5, TEXT, 0, 0, UINT64_MAX - TEXT + 2, UINT64_MAX - TEXT + 2);
	CU_ASSERT_EQUAL(parse(), ELF_SEGMENT_OUTSIDE);
	put_segment(0, 1, 5, TEXT, 0, 0x1000000, 2, 1);
	CU_ASSERT_EQUAL(parse(), ELF_SEGMENT_SIZES);
	put_segment(0, 1, 5, TEXT, 0, UINT64_MAX - 5, 1, 7);
	CU_ASSERT_EQUAL(parse(), ELF_SEGMENT_WRAPS);
	put_segment(0, 1, 5, TEXT, UINT64_MAX - 5, 0x1000000, 1, 7);
	CU_ASSERT_EQUAL(parse(), ELF_SEGMENT_WRAPS);
	put_segment(0, 1, 5, TEXT, 0, 0x1000000, 1, UINT64_MAX);
	CU_ASSERT_EQUAL(parse(), ELF_SEGMENT_WRAPS);
	put_segment(0, 1, 5, TEXT, 0, 0x1204fff, 1, 1);
	CU_ASSERT_EQUAL(parse(), ELF_SEGMENTS_OVERLAP);
	put_segment(0, 1, 5, TEXT, 0, 0x1200000 - 1, 1, 2);
	CU_ASSERT_EQUAL(parse(), ELF_SEGMENTS_OVERLAP);

	/* Many headers, one of them over and over: empty ones do not count, full ones are too many.
	 */
	make();
	put(54, 0, 2);
	CU_ASSERT_EQUAL(parse(), ELF_HEADERS_OUTSIDE);
	make_bare();
	put(32, TEXT, 8);
	put(56, ELF_SEGMENTS_MAX + 1, 2);
	for (i = 0; i <= ELF_SEGMENTS_MAX; i++) {
		uint64_t fields[7] = {1 | UINT64_C(7) << 32, 0, 0, i * UINT64_C(0x1000), 1, 0x1000, 0};

		memcpy(image + TEXT + 56 * i, fields, sizeof(fields));
	}
	CU_ASSERT_EQUAL(parse_n(IMAGE_MAX), ELF_TOO_MANY_SEGMENTS);
	put(TEXT + 32, 0, 8);
	put(TEXT + 40, 0, 8);
	CU_ASSERT_EQUAL(parse_n(IMAGE_MAX), ELF_NO_XEN_NOTES);
	CU_ASSERT_EQUAL(elf.count, ELF_SEGMENTS_MAX);
}

TEST(notes_must_make_sense)
{
	make_bare();
	CU_ASSERT_EQUAL(parse(), ELF_NO_XEN_NOTES);
	note_text(XEN_ELFNOTE_LOADER, "specific");
	CU_ASSERT_EQUAL(parse(), ELF_NOTE_NOT_FOR_XEN);
	make_bare();
	note_text(XEN_ELFNOTE_XEN_VERSION, "xen-4.0 and a very long text behind it");
	CU_ASSERT_EQUAL(parse(), ELF_NOTE_NOT_FOR_XEN);
	make_bare();
	note(XEN_ELFNOTE_ENTRY, "12345", 5);
	CU_ASSERT_EQUAL(parse(), ELF_NOTE_SIZE);
	make_bare();
	note(XEN_ELFNOTE_ENTRY, "", 0);
	CU_ASSERT_EQUAL(parse(), ELF_NOTE_SIZE);
	make_bare();
	note_text(XEN_ELFNOTE_FEATURES, "dom0|!telepathy");
	CU_ASSERT_EQUAL(parse(), ELF_UNKNOWN_FEATURE);
	make_bare();
	note_text(XEN_ELFNOTE_FEATURES, "||!");
	CU_ASSERT_EQUAL(parse(), ELF_UNKNOWN_FEATURE);
	make_bare();
	note_text(XEN_ELFNOTE_FEATURES, "|dom0||");
	CU_ASSERT_EQUAL(parse(), ELF_OK);
	CU_ASSERT_EQUAL(notes.supported, BIT(XENFEAT_dom0));
}

TEST(texts_may_end_in_their_note_or_with_it)
{
	make_bare();
	note(XEN_ELFNOTE_GUEST_OS, "linux", 5);
	note(XEN_ELFNOTE_LOADER, "generic\0?", 9);
	note(XEN_ELFNOTE_FEATURES, "!writable_page_tables|dom0", 26);
	note(XEN_ELFNOTE_PAE_MODE, "", 0);
	note_text(XEN_ELFNOTE_GUEST_VERSION, "a version with more letters than anybody needs");
	CU_ASSERT_EQUAL(parse(), ELF_OK);
	CU_ASSERT_STRING_EQUAL(notes.guest_os, "linux");
	CU_ASSERT_EQUAL(notes.required, BIT(XENFEAT_writable_page_tables));
	CU_ASSERT_EQUAL(notes.supported, BIT(XENFEAT_writable_page_tables) | BIT(XENFEAT_dom0));
	CU_ASSERT_EQUAL(notes.pae, ELF_PAE_NO);
	CU_ASSERT_EQUAL(strlen(notes.guest_version), sizeof(notes.guest_version) - 1);
}

TEST(notes_of_other_owners_and_unknown_numbers_are_passed_over)
{
	make();
	note(40, "?", 1);
	note(XEN_ELFNOTE_CRASH_INFO, "?", 1);
	CU_ASSERT_EQUAL(parse(), ELF_OK);
	memcpy(image + NOTES + notes_size, "\4\0\0\0\4\0\0\0\1\0\0\0GNU\0xxxx", 20);
	notes_size += 20;
	memcpy(image + NOTES + notes_size, "\5\0\0\0\1\0\0\0\1\0\0\0long\0\0\0\0x\0\0\0", 24);
	notes_size += 24;
	note_number(XEN_ELFNOTE_ENTRY, ENTRY + 1);
	CU_ASSERT_EQUAL(parse(), ELF_OK);
	CU_ASSERT_EQUAL(notes.entry, ENTRY + 1);
}

TEST(addresses_must_fit_together)
{
	make();
	note_number(XEN_ELFNOTE_ENTRY, BASE + 0x1205000);
	CU_ASSERT_EQUAL(parse(), ELF_ENTRY_OUTSIDE);
	make();
	note_number(XEN_ELFNOTE_HYPERCALL_PAGE, BASE + 0x1204001);
	CU_ASSERT_EQUAL(parse(), ELF_ENTRY_OUTSIDE);
	make();
	note_number(XEN_ELFNOTE_HYPERCALL_PAGE, BASE + 0x1204000);
	CU_ASSERT_EQUAL(parse(), ELF_OK);
	make();
	note_number(XEN_ELFNOTE_INIT_P2M, BASE + 0x1000000);
	CU_ASSERT_EQUAL(parse(), ELF_P2M_INSIDE);
	make();
	note_number(XEN_ELFNOTE_VIRT_BASE, UINT64_C(0xffffffffff000000));
	CU_ASSERT_EQUAL(parse(), ELF_ADDRESSES_WRAP);
	make();
	note_number(XEN_ELFNOTE_PADDR_OFFSET, 0x1000001);
	CU_ASSERT_EQUAL(parse(), ELF_ADDRESSES_WRAP);
	/* Kernels whose p_paddr are virtual addresses, as mini-os has them. */
	make();
	put_segment(0, 1, 5, TEXT, BASE + 0x1000000, BASE + 0x1000000, TEXT_SIZE, TEXT_SIZE);
	put_segment(1, 1, 6, DATA, BASE + 0x1200000, BASE + 0x1200000, DATA_SIZE, 0x5000);
	note_number(XEN_ELFNOTE_PADDR_OFFSET, BASE);
	CU_ASSERT_EQUAL(parse(), ELF_OK);
	CU_ASSERT_EQUAL(notes.virt_start, BASE + 0x1000000);
	CU_ASSERT_EQUAL(notes.virt_offset, 0);
}

TEST(a_kernel_for_pvh_alone_is_read)
{
	make_bare();
	note(XEN_ELFNOTE_PHYS32_ENTRY, "\0\0\0\1", 4);
	CU_ASSERT_EQUAL(parse(), ELF_OK);
	CU_ASSERT_EQUAL(notes.phys32_entry, 0x1000000);
	CU_ASSERT_FALSE(elf_notes_have(&notes, XEN_ELFNOTE_ENTRY));
}

TEST(an_image_cut_anywhere_is_refused)
{
	size_t n;

	make();
	for (n = 0; n < NOTES + notes_size; n++)
		CU_ASSERT_NOT_EQUAL(parse_n(n), ELF_OK);
	CU_ASSERT_EQUAL(parse_n(n), ELF_OK);
}

TEST(notes_cut_anywhere_do_not_lead_outside)
{
	size_t whole;

	make();
	for (whole = notes_size; notes_size--;) {
		put_notes_header();
		parse();
	}
	notes_size = whole;
}

TEST(every_flipped_byte_is_survived)
{
	size_t at, size;
	unsigned int bit, round;

	make();
	size = NOTES + notes_size;
	for (at = 0; at < size; at++) {
		for (bit = 0; bit < 9; bit++) {
			uint8_t old = image[at];

			image[at] = bit == 8 ? 0xff : (uint8_t)(old ^ 1 << bit);
			parse();
			image[at] = old;
		}
	}
	random_seed("flips", 71);
	for (round = 0; round < 20000; round++) {
		make();
		for (bit = 0; bit < 6; bit++) {
			at = random_below(2) ? random_below(SHDRS) : NOTES + random_below(notes_size);
			image[at] = (uint8_t)random_u64();
		}
		parse();
	}
}

TEST(every_reason_has_its_sentence)
{
	unsigned int i;

	for (i = 0; i < ELF_REASONS; i++)
		CU_ASSERT_TRUE(strlen(elf_reason_text((enum elf_reason)i)) > 5);
	CU_ASSERT_PTR_NOT_NULL(elf_reason_text((enum elf_reason)99));
}
