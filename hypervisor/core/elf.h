/* elf.h - reads the ELF image of a guest kernel */
#ifndef CORE_ELF_H
#define CORE_ELF_H

#include "lib/types.h"

/*
 * Nothing in an image is trusted: each offset and size is checked against the size of the image
 * before it is used. What is wrong is told as a reason; elf_reason_text() has the sentence.
 */
enum elf_reason {
	ELF_OK,
	ELF_TOO_SHORT,
	ELF_NO_MAGIC,
	ELF_NOT_64_BIT,
	ELF_NOT_LITTLE_ENDIAN,
	ELF_NOT_X86_64,
	ELF_NOT_EXECUTABLE,
	ELF_HEADERS_OUTSIDE,
	ELF_NO_SEGMENTS,
	ELF_TOO_MANY_SEGMENTS,
	ELF_SEGMENT_OUTSIDE,
	ELF_SEGMENT_SIZES,
	ELF_SEGMENT_WRAPS,
	ELF_SEGMENTS_OVERLAP,
	ELF_NO_XEN_NOTES,
	ELF_NOTES_DAMAGED,
	ELF_NOTE_SIZE,
	ELF_NOTE_NOT_FOR_XEN,
	ELF_UNKNOWN_FEATURE,
	ELF_ADDRESSES_WRAP,
	ELF_ENTRY_OUTSIDE,
	ELF_P2M_INSIDE,
	ELF_REASONS,
};

#define ELF_SEGMENTS_MAX 16

/* Bits of elf_segment.flags. */
#define ELF_EXECUTE 1
#define ELF_WRITE   2
#define ELF_READ    4

/* A piece to load: file_size bytes at offset of the image, then zeros up to memory_size. */
struct elf_segment {
	uint64_t offset, file_size, memory_size;
	uint64_t paddr, vaddr;
	uint32_t flags;
};

struct elf_image {
	const uint8_t *bytes; /* the caller's, must stay as long as this is used */
	size_t size;
	uint64_t entry;		       /* e_entry */
	uint64_t phys_start, phys_end; /* of all segments, by p_paddr */
	unsigned int count;	       /* segments with a memory_size, none overlapping by p_paddr */
	struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/* Reads the headers of an x86-64 executable. *elf is only to be used if the answer is ELF_OK. */
enum elf_reason elf_parse(const void *image, size_t size, struct elf_image *elf);

/*
 * The notes of an image: ranges of its bytes, inside it. Program headers say where they are; only
 * where none of those does, section headers are looked at (with from_sections set). Calls with
 * index 0, 1, … give one range each, and false behind the last.
 */
bool elf_note_range(const struct elf_image *elf, bool from_sections, unsigned int index, uint64_t *offset,
		    uint64_t *length);

/* One note: its owner's name (without its 0), its type, and its content inside the image. */
struct elf_note {
	const char *name;
	uint32_t name_length; /* without the 0 */
	uint32_t type;
	const uint8_t *content;
	uint32_t length;
};

/*
 * Reads the note at *offset of the image and moves *offset to the next. ELF_NOTES_DAMAGED if it
 * does not fit in the image below end. To be called while *offset < end.
 */
enum elf_reason elf_next_note(const struct elf_image *elf, uint64_t *offset, uint64_t end, struct elf_note *note);

/* A sentence without its subject: "is not an ELF file" and so on. */
const char *elf_reason_text(enum elf_reason reason);

#endif
