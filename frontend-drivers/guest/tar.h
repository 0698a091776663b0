/* tar.h - the files of a tar archive that a disk holds, as `tar cf` writes it; read-only */
#ifndef GUEST_TAR_H
#define GUEST_TAR_H

#include "frontend-drivers/blkfront.h"

#define TAR_FILES 32
#define TAR_NAME  100

struct tar_file {
	char name[TAR_NAME + 1]; /* without a leading "./" */
	uint64_t sector, size;	 /* sectors of 512 bytes; bytes */
};

struct tar {
	struct blkfront *disk;
	uint32_t nr_files;
	struct tar_file file[TAR_FILES];
};

/* Reads the directory: 0, or -EIO, or -EINVAL: it is no tar archive, or has more files than there is room for. */
int tar_open(struct tar *tar, struct blkfront *disk);
const struct tar_file *tar_find(const struct tar *tar, const char *name);
/* `bytes` of a file from a multiple of 512 on; `to` has room for whole sectors. */
int tar_read(const struct tar *tar, const struct tar_file *file, uint64_t offset, void *to, uint64_t bytes);

#endif
