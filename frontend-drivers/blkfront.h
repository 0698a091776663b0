/* blkfront.h - a disk, from any thread
 *
 * Data is copied through pages that stay granted. One queue for each vcpu, as far as the back end has that many. While the
 * back end is away requests wait; what was under way is asked for again when there is one.
 */
#ifndef FRONTEND_BLKFRONT_H
#define FRONTEND_BLKFRONT_H

#include "frontend-drivers/protocol/blk_queue.h"
#include "frontend-drivers/xenbus.h"

#define BLKFRONT_QUEUES 4

struct blkfront_queue {
	struct blkfront *disk;
	struct os_lock lock;
	bool attached; /* the back end serves the ring */
	struct blk_queue queue;
	struct ring_page *ring;
	int ring_ref, port; /* negative: none */
	uint8_t *data[BLK_QUEUE_SLOTS][BLK_QUEUE_PAGES];
	struct os_signal done[BLK_QUEUE_SLOTS], room;
};

struct blkfront {
	struct xenbus_device dev;
	struct blk_features features;
	uint32_t nr_slots, nr_queues, most_queues;
	struct blkfront_queue queue[BLKFRONT_QUEUES];
};

/* `front` such as "device/vbd/51712"; each of at most `queues` queues has `slots` requests of 64 KiB under way. */
int blkfront_open(struct blkfront *disk, const char *front, uint32_t queues, uint32_t slots);
/*
 * Whole sectors of the disk, from and to a place in memory; sleeps until it is done. `sector` counts 512 bytes. -EIO: the
 * disk has failed; -EINVAL: outside of it, or not whole; -EROFS; -EOPNOTSUPP.
 */
int blkfront_read(struct blkfront *disk, uint64_t sector, void *to, uint64_t bytes);
int blkfront_write(struct blkfront *disk, uint64_t sector, const void *from, uint64_t bytes);
/* What was written is safe from then on. */
int blkfront_flush(struct blkfront *disk);
/* What is there is not needed any more. */
int blkfront_discard(struct blkfront *disk, uint64_t sector, uint64_t bytes);

#endif
