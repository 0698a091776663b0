/* bzimage.c - finds the kernel inside a Linux bzImage */
#include "core/bzimage.h"
#include "lib/string.h"

/* Where the boot protocol has its fields. */
enum {
	SETUP_SECTORS = 0x1f1,
	BOOT_FLAG = 0x1fe,
	HEADER_MAGIC = 0x202,
	VERSION = 0x206,
	PAYLOAD_OFFSET = 0x248,
	PAYLOAD_LENGTH = 0x24c,
	HEADER_END = 0x250,

	SECTOR = 512,
	FIRST_WITH_PAYLOAD = 0x0208,
};

static const struct {
	const char *name;
	uint8_t magic[9];
	uint8_t length;
} packings[BZIMAGE_PACKINGS] = {
	[BZIMAGE_PLAIN] = {"plain", {0x7f, 'E', 'L', 'F'}, 4},
	[BZIMAGE_GZIP] = {"gzip", {0x1f, 0x8b}, 2},
	[BZIMAGE_XZ] = {"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, 6},
	[BZIMAGE_LZMA] = {"lzma", {0x5d, 0, 0}, 3},
	[BZIMAGE_LZ4] = {"lz4", {0x02, 0x21, 0x4c, 0x18}, 4},
	[BZIMAGE_ZSTD] = {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4},
	[BZIMAGE_BZIP2] = {"bzip2", {'B', 'Z', 'h'}, 3},
	[BZIMAGE_LZO] = {"lzo", {0x89, 'L', 'Z', 'O', 0, '\r', '\n', 0x1a, '\n'}, 9},
};

static uint32_t get(const uint8_t *bytes, size_t at, size_t width)
{
	uint32_t value = 0;

	memcpy(&value, bytes + at, width);
	return value;
}

static bool packing_of(const uint8_t *payload, uint64_t length, enum bzimage_packing *packing)
{
	unsigned int i;

	for (i = 0; i < BZIMAGE_PACKINGS; i++) {
		if (length >= packings[i].length && memcmp(payload, packings[i].magic, packings[i].length) == 0) {
			*packing = (enum bzimage_packing)i;
			return true;
		}
	}
	return false;
}

/* Looks at the payload that *out says, which lies inside the image. */
static enum bzimage_reason take_payload(const uint8_t *bytes, struct bzimage *out)
{
	if (!packing_of(bytes + out->offset, out->length, &out->packing))
		return BZIMAGE_UNKNOWN_PAYLOAD;
	if (out->packing == BZIMAGE_PLAIN) {
		out->unpacked_size = (uint32_t)MIN(out->length, UINT32_MAX);
		return BZIMAGE_OK;
	}
	if (out->length < packings[out->packing].length + sizeof(uint32_t))
		return BZIMAGE_PAYLOAD_OUTSIDE;
	out->unpacked_size = get(bytes, out->offset + out->length - 4, 4);
	if (out->packing != BZIMAGE_GZIP)
		out->length -= 4;
	return BZIMAGE_OK;
}

enum bzimage_reason bzimage_parse(const void *image, size_t size, struct bzimage *out)
{
	const uint8_t *bytes = image;
	uint32_t sectors;

	*out = (struct bzimage){.length = size};
	if (size >= 4 && memcmp(bytes, packings[BZIMAGE_PLAIN].magic, 4) == 0)
		return take_payload(bytes, out);
	if (size < HEADER_END)
		return BZIMAGE_TOO_SHORT;
	if (get(bytes, BOOT_FLAG, 2) != 0xaa55 || memcmp(bytes + HEADER_MAGIC, "HdrS", 4) != 0)
		return BZIMAGE_NO_MAGIC;
	out->protocol = (uint16_t)get(bytes, VERSION, 2);
	if (out->protocol < FIRST_WITH_PAYLOAD)
		return BZIMAGE_TOO_OLD;
	/* The real-mode part is a boot sector and this many more; 0 stands for 4, as it always has.
	 */
	sectors = bytes[SETUP_SECTORS] ? bytes[SETUP_SECTORS] : 4;
	out->offset = (uint64_t)(sectors + 1) * SECTOR + get(bytes, PAYLOAD_OFFSET, 4);
	out->length = get(bytes, PAYLOAD_LENGTH, 4);
	if (out->offset > size || out->length > size - out->offset)
		return BZIMAGE_PAYLOAD_OUTSIDE;
	return take_payload(bytes, out);
}

const char *bzimage_packing_name(enum bzimage_packing packing)
{
	return (unsigned int)packing < BZIMAGE_PACKINGS ? packings[packing].name : "unknown";
}

const char *bzimage_reason_text(enum bzimage_reason reason)
{
	static const char *const text[BZIMAGE_REASONS] = {
		[BZIMAGE_OK] = "is fine",
		[BZIMAGE_TOO_SHORT] = "is too short to be a Linux kernel",
		[BZIMAGE_NO_MAGIC] = "is neither a Linux bzImage nor an ELF file",
		[BZIMAGE_TOO_OLD] = "has a boot protocol older than 2.08 (Linux 2.6.24)",
		[BZIMAGE_PAYLOAD_OUTSIDE] = "is damaged: its packed kernel is not all there",
		[BZIMAGE_UNKNOWN_PAYLOAD] = "is packed in a way this hypervisor does not know",
	};

	return (unsigned int)reason < BZIMAGE_REASONS ? text[reason] : "cannot be understood";
}
