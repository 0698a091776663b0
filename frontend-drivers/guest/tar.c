/* tar.c - the files of a tar archive that a disk holds */
#include "frontend-drivers/guest/tar.h"
#include "lib/errno.h"
#include "lib/string.h"

#define SECTOR 512u

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6];
	char rest[249];
};
static_assert(sizeof(struct header) == SECTOR, "a header is a sector");

/* Octal digits, ended by a space or 0; false: something else. */
static bool number(const char *digits, size_t count, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < count && digits[i] != ' ' && digits[i]; i++) {
		if (digits[i] < '0' || digits[i] > '7')
			return false;
		*value = *value << 3 | (uint64_t)(digits[i] - '0');
	}
	return true;
}

/* 1: a header; 0: the archive's end. */
static int read_header(struct tar *tar, uint64_t sector, struct header *h)
{
	int err;

	if (sector >= tar->disk->features.sectors)
		return 0;
	err = blkfront_read(tar->disk, sector, h, SECTOR);
	if (err || !h->name[0])
		return err;
	return memcmp(h->magic, "ustar", 5) ? -EINVAL : 1;
}

int tar_open(struct tar *tar, struct blkfront *disk)
{
	struct header h;
	uint64_t sector = 0, size;
	int more;

	tar->disk = disk;
	tar->nr_files = 0;
	xenbus_wait(&disk->dev, OS_FOREVER);
	while ((more = read_header(tar, sector, &h)) > 0) {
		const char *name = h.name;

		if (!number(h.size, sizeof(h.size), &size) || size / SECTOR > disk->features.sectors)
			return -EINVAL;
		if (h.type == '0' || h.type == 0) {
			struct tar_file *file = &tar->file[tar->nr_files];

			if (tar->nr_files++ == TAR_FILES)
				return -EINVAL;
			if (name[0] == '.' && name[1] == '/')
				name += 2;
			memset(file->name, 0, sizeof(file->name));
			memcpy(file->name, name, strnlen(name, (size_t)(h.name + sizeof(h.name) - name)));
			file->sector = sector + 1;
			file->size = size;
		}
		sector += 1 + DIV_ROUND_UP(size, SECTOR);
	}
	return more;
}

const struct tar_file *tar_find(const struct tar *tar, const char *name)
{
	for (uint32_t i = 0; i < tar->nr_files; i++)
		if (strcmp(tar->file[i].name, name) == 0)
			return &tar->file[i];
	return NULL;
}

int tar_read(const struct tar *tar, const struct tar_file *file, uint64_t offset, void *to, uint64_t bytes)
{
	if (offset % SECTOR || offset > file->size || bytes > file->size - offset)
		return -EINVAL;
	return blkfront_read(tar->disk, file->sector + offset / SECTOR, to, ROUND_UP(bytes, SECTOR));
}
