/* blk_queue.c - the front end of a disk: requests in flight on one ring, and their answers [pure] */
#include "frontend-drivers/protocol/blk_queue.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/types.h"

union request {
	struct blkif_request plain;
	struct blkif_request_indirect indirect;
	struct blkif_request_discard discard;
};
static_assert(sizeof(union request) == 112, "a slot of the ring");
static_assert(BLK_QUEUE_PAGES * sizeof(struct blkif_request_segment) <= BLK_QUEUE_PAGE, "descriptors are one page");

void blk_queue_init(struct blk_queue *q, uint32_t nr_slots, uint16_t handle)
{
	q->nr_slots = nr_slots;
	q->handle = handle;
	q->features = (struct blk_features){0};
	q->ring = (struct ring_front){0};
	for (uint32_t i = 0; i < nr_slots; i++) {
		q->slot[i].state = BLK_SLOT_FREE;
		q->slot[i].generation = 0;
	}
}

uint32_t blk_queue_most(const struct blk_queue *q)
{
	uint32_t pages = MAX(q->features.max_indirect, (uint32_t)BLKIF_MAX_SEGMENTS_PER_REQUEST);

	return MIN(pages, (uint32_t)BLK_QUEUE_PAGES) * BLK_QUEUE_PAGE;
}

static bool is_transfer(uint8_t op)
{
	return op == BLKIF_OP_READ || op == BLKIF_OP_WRITE;
}

static int check(const struct blk_queue *q, uint8_t op, uint64_t sector, uint64_t bytes)
{
	const struct blk_features *f = &q->features;

	if (op == BLKIF_OP_FLUSH_DISKCACHE)
		return !f->flush ? -EOPNOTSUPP : sector || bytes ? -EINVAL : 0;
	if (!is_transfer(op) && (op != BLKIF_OP_DISCARD || !f->discard))
		return -EOPNOTSUPP;
	if (op != BLKIF_OP_READ && f->readonly)
		return -EROFS;
	if (bytes == 0 || f->sector_size < BLK_QUEUE_SECTOR || bytes % f->sector_size ||
	    sector % (f->sector_size / BLK_QUEUE_SECTOR))
		return -EINVAL;
	if (sector > f->sectors || bytes / BLK_QUEUE_SECTOR > f->sectors - sector)
		return -EINVAL;
	return is_transfer(op) && bytes > blk_queue_most(q) ? -EINVAL : 0;
}

static uint64_t id_of(const struct blk_queue *q, const struct blk_slot *slot)
{
	return (uint64_t)slot->generation << 16 | (uint64_t)(slot - q->slot);
}

/* Data lies from the beginning of a slot's first page on. */
static uint32_t describe(const struct blk_slot *slot, struct blkif_request_segment *segment)
{
	uint64_t left = slot->bytes;
	uint32_t n = 0;

	for (; left > 0; n++) {
		uint32_t here = (uint32_t)MIN(left, (uint64_t)BLK_QUEUE_PAGE);

		segment[n] = (struct blkif_request_segment){.gref = slot->page[n],
							    .last_sect = (uint8_t)(here / BLK_QUEUE_SECTOR - 1)};
		left -= here;
	}
	return n;
}

/* The ring has room: it has at least as many slots as the queue. */
static void ask(struct blk_queue *q, struct blk_slot *slot)
{
	bool large = is_transfer(slot->op) && slot->bytes > (uint64_t)BLKIF_MAX_SEGMENTS_PER_REQUEST * BLK_QUEUE_PAGE;
	union request r;

	memset(&r, 0, sizeof(r));
	if (slot->op == BLKIF_OP_DISCARD) {
		r.discard = (struct blkif_request_discard){.operation = slot->op,
							   .handle = q->handle,
							   .id = id_of(q, slot),
							   .sector_number = slot->sector,
							   .nr_sectors = slot->bytes / BLK_QUEUE_SECTOR};
	} else if (large) {
		r.indirect = (struct blkif_request_indirect){.operation = BLKIF_OP_INDIRECT,
							     .indirect_op = slot->op,
							     .id = id_of(q, slot),
							     .sector_number = slot->sector,
							     .handle = q->handle};
		r.indirect.nr_segments = (uint16_t)describe(slot, slot->descriptors);
		r.indirect.indirect_grefs[0] = slot->indirect;
	} else {
		r.plain = (struct blkif_request){.operation = slot->op,
						 .handle = q->handle,
						 .id = id_of(q, slot),
						 .sector_number = slot->sector};
		r.plain.nr_segments = (uint8_t)describe(slot, r.plain.seg);
	}
	slot->state = BLK_SLOT_IN_FLIGHT;
	ring_front_make(&q->ring, &r, sizeof(r));
}

static void done(struct blk_slot *slot, int status)
{
	slot->state = BLK_SLOT_DONE;
	slot->status = status;
}

void blk_queue_set_ring(struct blk_queue *q, struct ring_page *page, uint32_t ring_slots)
{
	ring_front_init(&q->ring, page, ring_slots, sizeof(union request));
}

void blk_queue_resume(struct blk_queue *q, const struct blk_features *features)
{
	q->features = *features;
	for (uint32_t i = 0; i < q->nr_slots; i++) {
		struct blk_slot *slot = &q->slot[i];
		int err;

		if (slot->state != BLK_SLOT_IN_FLIGHT)
			continue;
		slot->generation++;
		err = check(q, slot->op, slot->sector, slot->bytes);
		if (err)
			done(slot, err == -EOPNOTSUPP ? err : -EIO);
		else
			ask(q, slot);
	}
}

void blk_queue_give_up(struct blk_queue *q)
{
	for (uint32_t i = 0; i < q->nr_slots; i++)
		if (q->slot[i].state == BLK_SLOT_IN_FLIGHT)
			done(&q->slot[i], -EIO);
}

int blk_queue_begin(struct blk_queue *q, uint8_t op, uint64_t sector, uint64_t bytes)
{
	int err = check(q, op, sector, bytes);

	if (err)
		return err;
	for (uint32_t i = 0; i < q->nr_slots; i++) {
		struct blk_slot *slot = &q->slot[i];

		if (slot->state != BLK_SLOT_FREE)
			continue;
		slot->op = op;
		slot->sector = sector;
		slot->bytes = bytes;
		slot->generation++;
		ask(q, slot);
		return (int)i;
	}
	return -EAGAIN;
}

bool blk_queue_publish(struct blk_queue *q)
{
	return ring_front_publish(&q->ring);
}

/* What an indirect request is answered with is the operation of the ring's slot. */
static bool fits(const struct blk_slot *slot, uint8_t operation)
{
	return operation == slot->op || (operation == BLKIF_OP_INDIRECT && is_transfer(slot->op));
}

int blk_queue_take(struct blk_queue *q, uint32_t *number)
{
	int pending = ring_front_pending(&q->ring);
	struct blkif_response r;
	struct blk_slot *slot;

	if (pending <= 0)
		return pending;
	ring_front_take(&q->ring, &r, sizeof(r));
	if ((r.id & 0xffff) >= q->nr_slots)
		return -EPROTO;
	slot = &q->slot[r.id & 0xffff];
	if (slot->state != BLK_SLOT_IN_FLIGHT || r.id != id_of(q, slot) || !fits(slot, r.operation))
		return -EPROTO;
	*number = (uint32_t)(slot - q->slot);
	done(slot, r.status == BLKIF_RSP_OKAY ? 0 : r.status == BLKIF_RSP_EOPNOTSUPP ? -EOPNOTSUPP : -EIO);
	return 1;
}

void blk_queue_free(struct blk_queue *q, uint32_t slot)
{
	q->slot[slot].state = BLK_SLOT_FREE;
}
