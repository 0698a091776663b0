/* disk.c - what stands behind a virtual disk: a file, or a block device of Dom0 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "backend-drivers/blk/disk.h"
#include "dom0-tools/lib/plinth.h"

#define SECTOR	     512u
#define LOCK_WAIT_MS 300  /* for one that is destroyed just now */
#define TAKE_OVER_MS 5000 /* for one whose process we replace: it has nobody else to go to */
#define LOCK_STEP_MS 5

static int open_target(struct disk *disk, const struct wire_setup *setup)
{
	int flags = O_CLOEXEC | (setup->readonly ? O_RDONLY : O_RDWR);
	struct stat st;

	if (stat(setup->target, &st))
		return plinth_fail(errno, "%s: %s", setup->target, strerror(errno));
	disk->block = S_ISBLK(st.st_mode);
	if (!disk->block && !S_ISREG(st.st_mode))
		return plinth_fail(EINVAL, "%s is neither a file nor a block device", setup->target);
	/* Exclusive is what a mounted file system or another user of the device in Dom0 also is. */
	if (disk->block && !setup->readonly)
		flags |= O_EXCL;
	disk->direct = true;
	disk->fd = open(setup->target, flags | O_DIRECT);
	if (disk->fd < 0 && errno == EINVAL) { /* tmpfs, for one, knows only the page cache */
		disk->direct = false;
		disk->fd = open(setup->target, flags);
	}
	if (disk->fd < 0 && errno == EBUSY)
		return plinth_fail(EBUSY, "%s is in use in Dom0 (mounted?)", setup->target);
	if (disk->fd < 0)
		return plinth_fail(errno, "%s: %s", setup->target, strerror(errno));
	return 0;
}

static int lock_target(struct disk *disk, const struct wire_setup *setup)
{
	if (!flock(disk->fd, (setup->readonly ? LOCK_SH : LOCK_EX) | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK)
		return plinth_fail(EBUSY, "%s is in use by another domain or program", setup->target);
	return plinth_fail(errno, "cannot lock %s: %s", setup->target, strerror(errno));
}

/* As long as somebody else has it, and for a while. */
static int patiently(int (*attempt)(struct disk *, const struct wire_setup *), struct disk *disk,
		     const struct wire_setup *setup)
{
	const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000};
	int most = setup->takeover ? TAKE_OVER_MS : LOCK_WAIT_MS, err = attempt(disk, setup);

	for (int waited = 0; err == -EBUSY && waited < most; waited += LOCK_STEP_MS) {
		nanosleep(&step, NULL);
		err = attempt(disk, setup);
	}
	return err;
}

/*
 * Direct transfers of a file go in the blocks of the disk below. Where these are larger than the sectors that guests
 * expect of an image, its page cache has to take the difference.
 */
static void find_file_sectors(struct disk *disk)
{
	char *buf;

	disk->limits.sector_size = SECTOR;
	disk->physical_sector_size = 4096;
	if (!disk->direct || posix_memalign((void **)&buf, 4096, 4096))
		return;
	if (pread(disk->fd, buf + SECTOR, SECTOR, SECTOR) < 0 &&
	    fcntl(disk->fd, F_SETFL, fcntl(disk->fd, F_GETFL) & ~O_DIRECT) == 0)
		disk->direct = false;
	free(buf);
}

static int find_block_sectors(struct disk *disk, const char *target)
{
	unsigned int physical = 0;
	int logical = 0;

	if (ioctl(disk->fd, BLKSSZGET, &logical) || ioctl(disk->fd, BLKPBSZGET, &physical))
		return plinth_fail(errno, "%s: its sector size is not known: %s", target, strerror(errno));
	if (logical < (int)SECTOR || logical > 4096)
		return plinth_fail(EINVAL, "%s: sectors of %d bytes cannot be offered to a guest", target, logical);
	disk->limits.sector_size = (uint32_t)logical;
	disk->physical_sector_size = physical;
	return 0;
}

/* A number from the block device's directory in sysfs, which a partition shares with its disk. */
static unsigned long queue_number(const struct disk *disk, const char *name)
{
	static const char *const patterns[] = {"/sys/dev/block/%u:%u/queue/%s", "/sys/dev/block/%u:%u/../queue/%s"};
	unsigned long value = 0;
	struct stat st;
	char path[128];
	FILE *f = NULL;

	if (fstat(disk->fd, &st))
		return 0;
	for (size_t i = 0; i < 2 && !f; i++) {
		snprintf(path, sizeof(path), patterns[i], major(st.st_rdev), minor(st.st_rdev), name);
		f = fopen(path, "re");
	}
	if (!f)
		return 0;
	if (fscanf(f, "%lu", &value) != 1)
		value = 0;
	fclose(f);
	return value;
}

/* Whether a hole can be made is found out where it changes nothing: behind the end of the file. */
static void find_discard(struct disk *disk, bool wanted)
{
	struct stat st;

	disk->limits.discard = false;
	if (!wanted || disk->limits.readonly || fstat(disk->fd, &st))
		return;
	if (disk->block) {
		disk->discard_granularity = (uint32_t)queue_number(disk, "discard_granularity");
		disk->limits.discard = queue_number(disk, "discard_max_bytes") != 0;
		return;
	}
	disk->discard_granularity = (uint32_t)st.st_blksize;
	disk->limits.discard = fallocate(disk->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					 (st.st_size + 4095) & ~4095L, 4096) == 0;
}

bool disk_measure(struct disk *disk)
{
	uint64_t before = disk->limits.sectors, unit = disk->limits.sector_size / SECTOR;
	off_t end = disk->fd < 0 ? 0 : lseek(disk->fd, 0, SEEK_END);

	if (end >= 0)
		disk->limits.sectors = unit ? (uint64_t)end / SECTOR / unit * unit : 0;
	return disk->limits.sectors != before;
}

int disk_open(struct disk *disk, const struct wire_setup *setup)
{
	int err;

	*disk = (struct disk){.fd = -1, .limits = {.sector_size = SECTOR}, .physical_sector_size = SECTOR};
	disk->limits.readonly = setup->readonly;
	disk->limits.flush = true;
	if (!setup->target[0])
		return setup->cdrom ? 0 : plinth_fail(EINVAL, "the disk has no target");
	err = patiently(open_target, disk, setup);
	if (!err)
		err = patiently(lock_target, disk, setup);
	if (!err && disk->block)
		err = find_block_sectors(disk, setup->target);
	else if (!err)
		find_file_sectors(disk);
	if (err)
		return err;
	find_discard(disk, setup->discard);
	disk_measure(disk);
	if (disk->limits.sectors == 0 && !setup->cdrom)
		return plinth_fail(EINVAL, "%s is empty", setup->target);
	return 0;
}

void disk_describe(const struct disk *disk, struct wire_ready *ready)
{
	*ready = (struct wire_ready){
		.sectors = disk->limits.sectors,
		.sector_size = disk->limits.sector_size,
		.physical_sector_size = disk->physical_sector_size,
		.flush = disk->limits.flush,
		.discard = disk->limits.discard,
		.readonly = disk->limits.readonly,
		.discard_granularity = disk->discard_granularity,
	};
}
