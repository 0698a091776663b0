/* elf.c - reads the ELF image of a guest kernel */
#include "core/elf.h"
#include "lib/string.h"

/* What the headers look like in the file. */
struct file_header {
	uint8_t magic[4], class, data, ident_version, ident_rest[9];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, segments_at, sections_at;
	uint32_t flags;
	uint16_t header_size, segment_size, segment_count, section_size, section_count, names;
};
static_assert(sizeof(struct file_header) == 64, "the file's layout");

struct segment_header {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, file_size, memory_size, align;
};
static_assert(sizeof(struct segment_header) == 56, "the file's layout");

struct section_header {
	uint32_t name, type;
	uint64_t flags, address, offset, size;
	uint32_t link, info;
	uint64_t align, entry_size;
};
static_assert(sizeof(struct section_header) == 64, "the file's layout");

enum {
	CLASS_64 = 2,
	DATA_LITTLE_ENDIAN = 1,
	TYPE_EXECUTABLE = 2,
	TYPE_SHARED = 3,
	MACHINE_X86_64 = 62,
	SEGMENT_LOAD = 1,
	SEGMENT_NOTE = 4,
	SECTION_NOTE = 7,
};

static bool fits(uint64_t size, uint64_t offset, uint64_t length)
{
	return offset <= size && length <= size - offset;
}

/* Headers are copied out, so that an image may lie at any address. False if it is not in the image.
 */
static bool read_segment(const struct elf_image *elf, const struct file_header *file, unsigned int i,
			 struct segment_header *segment)
{
	uint64_t offset;

	if (__builtin_add_overflow(file->segments_at, (uint64_t)i * file->segment_size, &offset) ||
	    !fits(elf->size, offset, sizeof(*segment)))
		return false;
	memcpy(segment, elf->bytes + offset, sizeof(*segment));
	return true;
}

static bool read_section(const struct elf_image *elf, const struct file_header *file, unsigned int i,
			 struct section_header *section)
{
	uint64_t offset;

	if (file->section_size < sizeof(*section) ||
	    __builtin_add_overflow(file->sections_at, (uint64_t)i * file->section_size, &offset) ||
	    !fits(elf->size, offset, sizeof(*section)))
		return false;
	memcpy(section, elf->bytes + offset, sizeof(*section));
	return true;
}

static enum elf_reason check_file_header(const struct file_header *file)
{
	static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};

	if (memcmp(file->magic, magic, sizeof(magic)) != 0)
		return ELF_NO_MAGIC;
	if (file->class != CLASS_64)
		return ELF_NOT_64_BIT;
	if (file->data != DATA_LITTLE_ENDIAN)
		return ELF_NOT_LITTLE_ENDIAN;
	if (file->machine != MACHINE_X86_64)
		return ELF_NOT_X86_64;
	if (file->type != TYPE_EXECUTABLE && file->type != TYPE_SHARED)
		return ELF_NOT_EXECUTABLE;
	if (file->segment_count && file->segment_size < sizeof(struct segment_header))
		return ELF_HEADERS_OUTSIDE;
	return ELF_OK;
}

static enum elf_reason add_segment(struct elf_image *elf, const struct segment_header *header)
{
	uint64_t end, virtual_end;
	unsigned int i;

	if (!fits(elf->size, header->offset, header->file_size))
		return ELF_SEGMENT_OUTSIDE;
	if (header->file_size > header->memory_size)
		return ELF_SEGMENT_SIZES;
	if (!header->memory_size)
		return ELF_OK;
	if (__builtin_add_overflow(header->paddr, header->memory_size, &end) ||
	    __builtin_add_overflow(header->vaddr, header->memory_size - 1, &virtual_end))
		return ELF_SEGMENT_WRAPS;
	if (elf->count == ELF_SEGMENTS_MAX)
		return ELF_TOO_MANY_SEGMENTS;
	for (i = 0; i < elf->count; i++) {
		const struct elf_segment *other = &elf->segment[i];

		if (header->paddr < other->paddr + other->memory_size && other->paddr < end)
			return ELF_SEGMENTS_OVERLAP;
	}
	elf->phys_start = elf->count ? MIN(elf->phys_start, header->paddr) : header->paddr;
	elf->phys_end = MAX(elf->phys_end, end);
	elf->segment[elf->count++] = (struct elf_segment){
		.offset = header->offset,
		.file_size = header->file_size,
		.memory_size = header->memory_size,
		.paddr = header->paddr,
		.vaddr = header->vaddr,
		.flags = header->flags & (ELF_EXECUTE | ELF_WRITE | ELF_READ),
	};
	return ELF_OK;
}

enum elf_reason elf_parse(const void *image, size_t size, struct elf_image *elf)
{
	struct segment_header segment;
	struct file_header file;
	enum elf_reason reason;
	unsigned int i;

	*elf = (struct elf_image){.bytes = image, .size = size};
	if (size < sizeof(file))
		return ELF_TOO_SHORT;
	memcpy(&file, image, sizeof(file));
	reason = check_file_header(&file);
	if (reason != ELF_OK)
		return reason;
	elf->entry = file.entry;
	for (i = 0; i < file.segment_count; i++) {
		if (!read_segment(elf, &file, i, &segment))
			return ELF_HEADERS_OUTSIDE;
		if (segment.type != SEGMENT_LOAD)
			continue;
		reason = add_segment(elf, &segment);
		if (reason != ELF_OK)
			return reason;
	}
	return elf->count ? ELF_OK : ELF_NO_SEGMENTS;
}

bool elf_note_range(const struct elf_image *elf, bool from_sections, unsigned int index, uint64_t *offset,
		    uint64_t *length)
{
	struct section_header section;
	struct segment_header segment;
	struct file_header file;
	unsigned int i, count;

	memcpy(&file, elf->bytes, sizeof(file));
	count = from_sections ? file.section_count : file.segment_count;
	for (i = 0; i < count; i++) {
		if (from_sections) {
			if (!read_section(elf, &file, i, &section))
				return false;
			if (section.type != SECTION_NOTE)
				continue;
			*offset = section.offset;
			*length = section.size;
		} else {
			if (!read_segment(elf, &file, i, &segment))
				return false;
			if (segment.type != SEGMENT_NOTE)
				continue;
			*offset = segment.offset;
			*length = segment.file_size;
		}
		if (fits(elf->size, *offset, *length) && index-- == 0)
			return true;
	}
	return false;
}

enum elf_reason elf_next_note(const struct elf_image *elf, uint64_t *offset, uint64_t end, struct elf_note *note)
{
	uint64_t at = *offset, name_at, content_at, next;
	struct {
		uint32_t name_size, content_size, type;
	} header;

	if (end > elf->size || !fits(end, at, sizeof(header)))
		return ELF_NOTES_DAMAGED;
	memcpy(&header, elf->bytes + at, sizeof(header));
	/* Sizes have 32 bits, and at lies inside the image: none of these sums can wrap. */
	name_at = at + sizeof(header);
	content_at = name_at + ROUND_UP((uint64_t)header.name_size, 4);
	next = content_at + ROUND_UP((uint64_t)header.content_size, 4);
	if (!fits(end, name_at, header.name_size) || !fits(end, content_at, header.content_size))
		return ELF_NOTES_DAMAGED;
	note->name = (const char *)elf->bytes + name_at;
	note->name_length = (uint32_t)strnlen(note->name, header.name_size);
	note->type = header.type;
	note->content = elf->bytes + content_at;
	note->length = header.content_size;
	*offset = MIN(next, end); /* the last note may come without its padding */
	return ELF_OK;
}

const char *elf_reason_text(enum elf_reason reason)
{
	static const char *const text[ELF_REASONS] = {
		[ELF_OK] = "is fine",
		[ELF_TOO_SHORT] = "is too short to be an ELF file",
		[ELF_NO_MAGIC] = "is not an ELF file",
		[ELF_NOT_64_BIT] = "is not a 64-bit ELF file",
		[ELF_NOT_LITTLE_ENDIAN] = "is not a little-endian ELF file",
		[ELF_NOT_X86_64] = "was built for another processor than x86-64",
		[ELF_NOT_EXECUTABLE] = "is an ELF file, but not an executable one",
		[ELF_HEADERS_OUTSIDE] = "is damaged: its headers lie outside of the file",
		[ELF_NO_SEGMENTS] = "has nothing to load",
		[ELF_TOO_MANY_SEGMENTS] = "has more segments than this hypervisor loads",
		[ELF_SEGMENT_OUTSIDE] = "is damaged: a segment lies outside of the file",
		[ELF_SEGMENT_SIZES] = "is damaged: a segment is larger in the file than in memory",
		[ELF_SEGMENT_WRAPS] = "is damaged: a segment reaches beyond the end of memory",
		[ELF_SEGMENTS_OVERLAP] = "is damaged: two segments share memory",
		[ELF_NO_XEN_NOTES] = "has no Xen notes: it was built without Xen support",
		[ELF_NOTES_DAMAGED] = "is damaged: its notes do not fit in their place",
		[ELF_NOTE_SIZE] = "has a Xen note of the wrong size",
		[ELF_NOTE_NOT_FOR_XEN] = "asks for another loader or interface than Xen 3's",
		[ELF_UNKNOWN_FEATURE] = "requires a feature that this hypervisor does not know",
		[ELF_ADDRESSES_WRAP] = "has Xen notes that put it beyond the end of memory",
		[ELF_ENTRY_OUTSIDE] = "has its entry point or hypercall page outside of itself",
		[ELF_P2M_INSIDE] = "wants its frame table (INIT_P2M) where it is itself",
	};

	return (unsigned int)reason < ELF_REASONS ? text[reason] : "cannot be understood";
}
