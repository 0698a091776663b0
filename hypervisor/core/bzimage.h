/* bzimage.h - finds the kernel inside a Linux bzImage */
#ifndef CORE_BZIMAGE_H
#define CORE_BZIMAGE_H

#include "lib/types.h"

enum bzimage_reason {
	BZIMAGE_OK,
	BZIMAGE_TOO_SHORT,
	BZIMAGE_NO_MAGIC,
	BZIMAGE_TOO_OLD,
	BZIMAGE_PAYLOAD_OUTSIDE,
	BZIMAGE_UNKNOWN_PAYLOAD,
	BZIMAGE_REASONS,
};

enum bzimage_packing {
	BZIMAGE_PLAIN, /* an ELF file as it stands */
	BZIMAGE_GZIP,
	BZIMAGE_XZ,
	BZIMAGE_LZMA, /* the old format, without a container */
	BZIMAGE_LZ4,  /* lz4's legacy frames */
	BZIMAGE_ZSTD,
	BZIMAGE_BZIP2,
	BZIMAGE_LZO,
	BZIMAGE_PACKINGS,
};

struct bzimage {
	enum bzimage_packing packing;
	uint64_t offset, length; /* of the packed kernel in the image */
	/*
	 * Bytes the kernel will have unpacked, as its build wrote them behind it (for gzip: as gzip
	 * did); for a plain one its length. A hint from the image: it may be anything.
	 */
	uint32_t unpacked_size;
	uint16_t protocol; /* of the boot protocol: 0x020f is 2.15 */
};

/*
 * Reads an image whose bytes nobody has checked. An ELF file by itself is taken too: the payload is
 * then all of it. length is without the four bytes of size that kernel builds put behind what they
 * pack (gzip's own such field belongs to its format and is part of length).
 */
enum bzimage_reason bzimage_parse(const void *image, size_t size, struct bzimage *out);

/* "gzip" and so on. */
const char *bzimage_packing_name(enum bzimage_packing packing);

/* A sentence without its subject: "is not a Linux kernel" and so on. */
const char *bzimage_reason_text(enum bzimage_reason reason);

#endif
