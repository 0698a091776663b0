/* disk_device.h - the block device of Dom0 that stands for a disk which a back end could not open itself
 *
 * An image (qcow2) and a disk behind an NBD server are served by Debian's qemu-nbd through Dom0's nbd (dom0-tools/image/server.h);
 * a plain file for Linux' own back end, which takes devices alone, by a loop device.
 */
#ifndef HVCTL_DISK_DEVICE_H
#define HVCTL_DISK_DEVICE_H

#include "dom0-tools/config/domain_config.h"

struct disk_device {
	char path[32]; /* "": none is needed, the target itself is served */
	int loop;      /* keeps a loop device alive until its back end has it open; -1: none */
};

/* Says what is missing in Dom0 for this; -ENOENT. */
int disk_device_check(const struct disk_config *disk);

/*
 * Makes what the disk needs. With life_begin()'s lock: who takes a free device is alone. -EIO: qemu-nbd's own words are in
 * plinth_error(). Nothing is left behind then.
 */
int disk_device_make(const struct disk_config *disk, struct disk_device *device);

/* Its back end has it open now: a loop device ends with that. */
void disk_device_settle(struct disk_device *device);

/*
 * Ends it, when no back end has it open any more: what was written is on its way out before. Only what disk_device_make() made
 * is touched, so any path may be given, and twice. Waits until qemu-nbd has let go of the image.
 */
void disk_device_end(const char *path);

#endif
