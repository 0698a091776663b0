/* disk.h - what stands behind a virtual disk: a file, or a block device of Dom0 */
#ifndef BACKEND_BLK_DISK_H
#define BACKEND_BLK_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "backend-drivers/blk/check.h"
#include "backend-drivers/common/wire.h"

struct disk {
	int fd;	     /* -1: no medium in the drive */
	bool block;  /* a block device, not a file */
	bool direct; /* past Dom0's page cache */
	struct blk_limits limits;
	uint32_t physical_sector_size, discard_granularity;
};

/*
 * Opens and locks it. A disk that is written to belongs to one device alone; a lock that a process killed a moment ago
 * still has is waited for: it has it as long as the kernel works on one of its requests.
 */
int disk_open(struct disk *disk, const struct wire_setup *setup);
/* Looks at its size again; true if it has another one now. */
bool disk_measure(struct disk *disk);
void disk_describe(const struct disk *disk, struct wire_ready *ready);

#endif
