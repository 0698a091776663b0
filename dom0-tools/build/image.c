/* image.c - a kernel file: read, checked, and unpacked straight into a domain's memory */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"

#define PAGE	  4096ull
#define HEAD	  PAGE	       /* of the ELF file: its headers are there */
#define SIZE_MOST (1ull << 30) /* what no kernel comes near */

static int map_file(struct kernel_image *image)
{
	int fd = open(image->path, O_RDONLY | O_CLOEXEC), err;
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st)) {
		err = plinth_fail(errno, "kernel %s: %s", image->path, strerror(errno));
	} else if (!S_ISREG(st.st_mode) || !st.st_size) {
		err = plinth_fail(EINVAL, "kernel %s is %s", image->path, S_ISREG(st.st_mode) ? "empty" : "not a file");
	} else {
		p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
		err = p == MAP_FAILED ? plinth_fail(errno, "kernel %s: %s", image->path, strerror(errno)) : 0;
		if (!err) {
			image->file = p;
			image->file_size = st.st_size;
		}
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static int damaged(const struct kernel_image *image, long err)
{
	const char *format = bzimage_packing_name(image->packed.packing);

	if (err == -EOPNOTSUPP)
		return plinth_fail(EOPNOTSUPP, "kernel %s is packed with %s, which is not supported", image->path,
				   format);
	if (err == -ENOMEM)
		return plinth_fail(ENOMEM, "kernel %s: no memory to unpack it", image->path);
	return plinth_fail(EINVAL, "kernel %s is damaged or cut short: its %s data do not unpack", image->path, format);
}

static int read_headers(struct kernel_image *image)
{
	const struct bzimage *packed = &image->packed;
	enum bzimage_reason found = bzimage_parse(image->file, image->file_size, &image->packed);
	enum elf_reason reason;
	long n;

	if (found != BZIMAGE_OK)
		return plinth_fail(EINVAL, "kernel %s %s", image->path, bzimage_reason_text(found));
	image->size = packed->unpacked_size;
	if (image->size < HEAD || image->size > SIZE_MOST)
		return plinth_fail(EINVAL, "kernel %s is damaged: it says it unpacks to %zu bytes", image->path,
				   image->size);
	image->window =
		mmap(NULL, image->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (image->window == MAP_FAILED) {
		image->window = NULL;
		return plinth_fail(ENOMEM, "no memory for kernel %s", image->path);
	}
	n = unpack(packed->packing, image->file + packed->offset, packed->length, image->window, HEAD);
	if (n != (long)HEAD)
		return damaged(image, n < 0 ? n : -EINVAL);
	reason = elf_parse(image->window, image->size, &image->elf);
	if (reason != ELF_OK)
		return plinth_fail(EINVAL, "kernel %s %s", image->path, elf_reason_text(reason));
	return 0;
}

int image_open(struct kernel_image *image, const char *path, const uint8_t *sha256)
{
	int err;

	memset(image, 0, sizeof(*image));
	image->path = path;
	err = map_file(image);
	if (!err && sha256)
		err = digest_check("kernel", path, image->file, image->file_size, sha256);
	if (!err)
		err = read_headers(image);
	if (err)
		image_close(image);
	return err;
}

/* How many whole pages of a segment can be the domain's own: 0 where the file does not line up. */
static uint64_t whole_pages(const struct elf_segment *segment)
{
	if (segment->offset % PAGE || segment->paddr % PAGE || segment->offset < HEAD)
		return 0;
	return segment->file_size / PAGE;
}

int image_place(struct kernel_image *image, struct plinth *h, unsigned int domid, const uint64_t *p2m,
		uint64_t nr_pages)
{
	const struct elf_image *elf = &image->elf;
	int err = 0;

	for (unsigned int i = 0; i < elf->count && !err; i++) {
		const struct elf_segment *segment = &elf->segment[i];
		uint64_t pages = whole_pages(segment), pfn = segment->paddr / PAGE;

		if (pages && pfn + pages <= nr_pages)
			err = plinth_map_frames_at(h, domid, p2m + pfn, pages, image->window + segment->offset);
	}
	return err;
}

int image_unpack(struct kernel_image *image)
{
	const struct bzimage *packed = &image->packed;
	long n = unpack(packed->packing, image->file + packed->offset, packed->length, image->window, image->size);
	enum elf_reason reason;

	if (n != (long)image->size)
		return damaged(image, n < 0 ? n : -EINVAL);
	reason = elf_notes_parse(&image->elf, &image->notes);
	if (reason != ELF_OK)
		return plinth_fail(EINVAL, "kernel %s %s", image->path, elf_reason_text(reason));
	return 0;
}

/* The end of a segment: bytes that share a page with something else, then zeros. */
static int finish_segment(struct kernel_image *image, const struct elf_segment *segment, struct plinth *h,
			  unsigned int domid, const uint64_t *p2m)
{
	uint64_t placed = whole_pages(segment) * PAGE, rest = segment->file_size - placed;
	uint64_t start = segment->paddr + placed, end = segment->paddr + segment->memory_size;
	uint64_t first = start / PAGE, pages = (end + PAGE - 1) / PAGE - first;
	uint8_t *to;
	void *addr;
	int err;

	if (start == end)
		return 0;
	err = plinth_map_frames(h, domid, p2m + first, pages, &addr);
	if (err)
		return err;
	to = (uint8_t *)addr + start % PAGE;
	memcpy(to, image->window + segment->offset + placed, rest);
	memset(to + rest, 0, end - start - rest);
	munmap(addr, pages * PAGE);
	return 0;
}

int image_finish(struct kernel_image *image, struct plinth *h, unsigned int domid, const uint64_t *p2m)
{
	int err = 0;

	for (unsigned int i = 0; i < image->elf.count && !err; i++)
		err = finish_segment(image, &image->elf.segment[i], h, domid, p2m);
	return err;
}

void image_close(struct kernel_image *image)
{
	if (image->window)
		munmap(image->window, image->size);
	if (image->file)
		munmap((void *)image->file, image->file_size);
	image->window = NULL;
	image->file = NULL;
}
