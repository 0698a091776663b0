/* blkfront.c - a disk, from any thread */
#include <xen/io/protocols.h>

#include "frontend-drivers/blkfront.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#define RING_BYTES 4096u

static struct blkfront *disk_of(struct xenbus_device *dev)
{
	return container_of(dev, struct blkfront, dev);
}

/* ---- Answers ------------------------------------------------------------------------------------------ */

static void event(void *argument)
{
	struct blkfront_queue *q = argument;
	uint32_t slot;
	int n = 0;

	os_lock(&q->lock);
	while (q->attached && n == 0) {
		while ((n = blk_queue_take(&q->queue, &slot)) > 0)
			os_raise(&q->done[slot]);
		if (n == 0 && !ring_front_sleep(&q->queue.ring))
			break;
	}
	os_unlock(&q->lock);
	if (n < 0)
		xenbus_break(&q->disk->dev);
}

/* ---- Coming and going --------------------------------------------------------------------------------- */

/* The pages of the slots, once for all rings to come. */
static int make_pages(struct blkfront_queue *q, uint16_t domid)
{
	for (uint32_t i = 0; i < q->queue.nr_slots; i++) {
		struct blk_slot *slot = &q->queue.slot[i];
		int ref = 0;

		for (uint32_t p = 0; p < BLK_QUEUE_PAGES && ref >= 0; p++) {
			q->data[i][p] = os_page_alloc();
			ref = q->data[i][p] ? os_grant(domid, q->data[i][p], false) : -ENOMEM;
			slot->page[p] = (uint32_t)ref;
		}
		slot->descriptors = ref < 0 ? NULL : os_page_alloc();
		if (slot->descriptors)
			ref = os_grant(domid, slot->descriptors, true);
		if (ref < 0 || !slot->descriptors)
			return -ENOMEM;
		slot->indirect = (uint32_t)ref;
	}
	return 0;
}

static int offer_queue(struct blkfront *disk, struct blkfront_queue *q, struct xenbus_nodes *nodes, const char *dir)
{
	int err;

	if (!q->data[0][0] && (err = make_pages(q, disk->dev.back_domain)))
		return err;
	q->ring = os_page_alloc();
	if (!q->ring)
		return -ENOMEM;
	os_lock(&q->lock);
	blk_queue_set_ring(&q->queue, q->ring, ring_slots(RING_BYTES, sizeof(struct blkif_request)));
	os_unlock(&q->lock);
	q->ring_ref = os_grant(disk->dev.back_domain, q->ring, false);
	q->port = q->ring_ref < 0 ? -ENOSPC : os_event_alloc(disk->dev.back_domain, event, q);
	if (q->port < 0)
		return q->port;
	xenbus_add(nodes, dir, "ring-ref", (uint32_t)q->ring_ref);
	xenbus_add(nodes, dir, "event-channel", (uint32_t)q->port);
	return 0;
}

static int offer(struct xenbus_device *dev, struct xenbus_nodes *nodes)
{
	struct blkfront *disk = disk_of(dev);
	struct xenbus_node queues = {"multi-queue-max-queues", 1};
	char dir[16] = "";
	int err = 0;

	xenbus_read(dev, &queues, 1);
	disk->nr_queues = MAX(MIN((uint32_t)MIN(queues.value, (uint64_t)disk->most_queues), os_vcpus()), 1u);
	if (disk->nr_queues > 1)
		xenbus_add(nodes, "", "multi-queue-num-queues", disk->nr_queues);
	for (uint32_t i = 0; i < disk->nr_queues && !err; i++) {
		if (disk->nr_queues > 1)
			format(dir, sizeof(dir), "queue-%u/", i);
		err = offer_queue(disk, &disk->queue[i], nodes, dir);
	}
	xenbus_add(nodes, "", "feature-persistent", 1);
	return err;
}

static int read_features(struct xenbus_device *dev, struct blk_features *f)
{
	struct xenbus_node node[] = {{"sectors", 0},
				     {"sector-size", BLK_QUEUE_SECTOR},
				     {"feature-max-indirect-segments", 0},
				     {"feature-flush-cache", 0},
				     {"feature-discard", 0},
				     {"info", 0}};

	xenbus_read(dev, node, ARRAY_SIZE(node));
	*f = (struct blk_features){.sectors = node[0].value,
				   .sector_size = (uint32_t)MIN(node[1].value, BLK_QUEUE_PAGE + 1ull),
				   .max_indirect = (uint32_t)MIN(node[2].value, (uint64_t)BLK_QUEUE_PAGES),
				   .flush = node[3].value == 1,
				   .discard = node[4].value == 1,
				   .readonly = node[5].value & VDISK_READONLY};
	if (f->sector_size < BLK_QUEUE_SECTOR || f->sector_size > BLK_QUEUE_PAGE ||
	    f->sector_size & (f->sector_size - 1))
		return -EINVAL;
	return 0;
}

static int connect(struct xenbus_device *dev)
{
	struct blkfront *disk = disk_of(dev);
	int err = read_features(dev, &disk->features);

	for (uint32_t i = 0; i < BLKFRONT_QUEUES && !err; i++) {
		struct blkfront_queue *q = &disk->queue[i];
		bool notify = false;

		os_lock(&q->lock);
		q->attached = i < disk->nr_queues;
		if (q->attached) {
			blk_queue_resume(&q->queue, &disk->features);
			notify = blk_queue_publish(&q->queue);
		} else {
			blk_queue_give_up(&q->queue); /* the last back end had more queues */
		}
		for (uint32_t s = 0; s < disk->nr_slots; s++)
			if (q->queue.slot[s].state == BLK_SLOT_DONE)
				os_raise(&q->done[s]);
		os_unlock(&q->lock);
		if (notify)
			os_event_send((uint32_t)q->port);
	}
	return err;
}

/* A disk can grow while it is in use. */
static void look(struct xenbus_device *dev)
{
	struct blkfront *disk = disk_of(dev);
	struct xenbus_node sectors = {"sectors", disk->features.sectors};

	xenbus_read(dev, &sectors, 1);
	disk->features.sectors = sectors.value;
	for (uint32_t i = 0; i < disk->nr_queues; i++) {
		os_lock(&disk->queue[i].lock);
		disk->queue[i].queue.features.sectors = disk->features.sectors;
		os_unlock(&disk->queue[i].lock);
	}
}

static void leave(struct xenbus_device *dev)
{
	struct blkfront *disk = disk_of(dev);

	for (uint32_t i = 0; i < disk->nr_queues; i++) {
		struct blkfront_queue *q = &disk->queue[i];

		/* From here on nobody touches the ring. */
		os_lock(&q->lock);
		q->attached = false;
		os_unlock(&q->lock);
		if (q->port >= 0)
			os_event_close((uint32_t)q->port);
		/* A page that the back end has still mapped is lost, rather than used for something else. */
		if (q->ring_ref >= 0 && os_grant_end((uint32_t)q->ring_ref))
			os_page_free(q->ring);
		q->port = q->ring_ref = -1;
	}
}

static const struct xenbus_driver driver = {offer, connect, look, leave};

int blkfront_open(struct blkfront *disk, const char *front, uint32_t queues, uint32_t slots)
{
	const char *number = front + strlen(front);
	uint64_t handle = 0;

	while (number > front && number[-1] != '/')
		number--;
	if (parse_u64(&number, &handle) || slots == 0 || slots > BLK_QUEUE_SLOTS)
		return -EINVAL;
	memset(disk, 0, sizeof(*disk));
	disk->most_queues = MIN(queues, (uint32_t)BLKFRONT_QUEUES);
	disk->nr_slots = slots;
	for (uint32_t i = 0; i < BLKFRONT_QUEUES; i++) {
		disk->queue[i].disk = disk;
		disk->queue[i].port = disk->queue[i].ring_ref = -1;
		blk_queue_init(&disk->queue[i].queue, slots, (uint16_t)handle);
	}
	return xenbus_open(&disk->dev, front, &driver);
}

/* ---- Requests ----------------------------------------------------------------------------------------- */

static void copy(struct blkfront_queue *q, uint32_t slot, uint8_t *out, const uint8_t *in, uint64_t bytes)
{
	for (uint32_t p = 0; bytes > 0; p++) {
		uint64_t here = MIN(bytes, (uint64_t)BLK_QUEUE_PAGE);

		if (in)
			memcpy(q->data[slot][p], in + (uint64_t)p * BLK_QUEUE_PAGE, here);
		else
			memcpy(out + (uint64_t)p * BLK_QUEUE_PAGE, q->data[slot][p], here);
		bytes -= here;
	}
}

/* Begins a request if there is a back end and room. The data is in its pages before the back end can see it. */
static int try(struct blkfront_queue *q, uint8_t op, uint64_t sector, const uint8_t *in, uint64_t bytes)
{
	bool notify = false;
	int slot = -ENODEV;

	os_lock(&q->lock);
	if (q->attached)
		slot = blk_queue_begin(&q->queue, op, sector, bytes);
	if (slot >= 0) {
		if (in)
			copy(q, (uint32_t)slot, NULL, in, bytes);
		notify = blk_queue_publish(&q->queue);
	}
	os_unlock(&q->lock);
	if (notify)
		os_event_send((uint32_t)q->port);
	return slot;
}

/* The queue's number is chosen anew after a wait: another back end may have fewer. */
static int begin(struct blkfront *disk, struct blkfront_queue **q, uint8_t op, uint64_t sector, const uint8_t *in,
		 uint64_t bytes)
{
	for (;;) {
		int slot;

		xenbus_wait(&disk->dev, OS_FOREVER);
		*q = &disk->queue[os_vcpu() % disk->nr_queues];
		slot = try(*q, op, sector, in, bytes);
		if (slot == -EAGAIN)
			os_wait(&(*q)->room, OS_FOREVER);
		else if (slot != -ENODEV)
			return slot;
	}
}

static int run(struct blkfront *disk, uint8_t op, uint64_t sector, uint8_t *out, const uint8_t *in, uint64_t bytes)
{
	struct blkfront_queue *q;
	int slot = begin(disk, &q, op, sector, in, bytes), status;

	if (slot < 0)
		return slot;
	/* A signal may be left from the slot's last use. */
	while (__atomic_load_n(&q->queue.slot[slot].state, __ATOMIC_ACQUIRE) != BLK_SLOT_DONE)
		os_wait(&q->done[slot], OS_FOREVER);
	status = q->queue.slot[slot].status;
	if (out && !status)
		copy(q, (uint32_t)slot, out, NULL, bytes);
	os_lock(&q->lock);
	blk_queue_free(&q->queue, (uint32_t)slot);
	os_unlock(&q->lock);
	os_raise(&q->room);
	return status;
}

static int transfer(struct blkfront *disk, uint8_t op, uint64_t sector, uint8_t *out, const uint8_t *in, uint64_t bytes)
{
	int err = 0;

	xenbus_wait(&disk->dev, OS_FOREVER);
	while (bytes > 0 && !err) {
		uint64_t here = MIN(bytes, (uint64_t)blk_queue_most(&disk->queue[0].queue));

		err = run(disk, op, sector, out, in, here);
		sector += here / BLK_QUEUE_SECTOR;
		out = out ? out + here : NULL;
		in = in ? in + here : NULL;
		bytes -= here;
	}
	return err;
}

int blkfront_read(struct blkfront *disk, uint64_t sector, void *to, uint64_t bytes)
{
	return transfer(disk, BLKIF_OP_READ, sector, to, NULL, bytes);
}

int blkfront_write(struct blkfront *disk, uint64_t sector, const void *from, uint64_t bytes)
{
	return transfer(disk, BLKIF_OP_WRITE, sector, NULL, from, bytes);
}

int blkfront_flush(struct blkfront *disk)
{
	return run(disk, BLKIF_OP_FLUSH_DISKCACHE, 0, NULL, NULL, 0);
}

int blkfront_discard(struct blkfront *disk, uint64_t sector, uint64_t bytes)
{
	return run(disk, BLKIF_OP_DISCARD, sector, NULL, NULL, bytes);
}
