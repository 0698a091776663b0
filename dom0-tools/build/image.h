/* image.h - a kernel file: read, checked, and unpacked straight into a domain's memory */
#ifndef BUILD_IMAGE_H
#define BUILD_IMAGE_H

#include "core/elf_notes.h"
#include "unpack.h"
#include "dom0-tools/lib/plinth.h"

/*
 * The unpacked ELF file is seen through a window of address space of its size. Before it is
 * unpacked, those pages of the window that hold a segment are replaced by the domain's own pages
 * (image_place), so that what is unpacked need not be copied.
 */
struct kernel_image {
	const char *path;
	const uint8_t *file;
	size_t file_size;
	struct bzimage packed;
	uint8_t *window;
	size_t size;
	struct elf_image elf;
	struct elf_notes notes;
};

/*
 * Opens a kernel, checks its digest (sha256 may be NULL), and reads the ELF headers: image->elf
 * is valid afterwards.
 */
int image_open(struct kernel_image *image, const char *path, const uint8_t *sha256);
/* p2m: machine frames of the domain's first nr_pages pages. The segments are known to fit. */
int image_place(struct kernel_image *image, struct plinth *h, unsigned int domid, const uint64_t *p2m,
		uint64_t nr_pages);
/* Unpacks all; image->notes is valid afterwards. */
int image_unpack(struct kernel_image *image);
/* Brings the rest of the segments into the domain: what could not be placed, and zeros. */
int image_finish(struct kernel_image *image, struct plinth *h, unsigned int domid, const uint64_t *p2m);
void image_close(struct kernel_image *image);

/* digest.c: compares a file's SHA-256; -EBADMSG: it differs. what is "kernel" or "ramdisk". */
int digest_check(const char *what, const char *path, const uint8_t *bytes, size_t len, const uint8_t sha256[32]);

#endif
