/* blk_queue.h - the front end of a disk: requests in flight on one ring, and their answers [pure]
 *
 * A queue has a few slots, each with data pages of its own that stay granted for the queue's life (persistent grants: the
 * back end may keep them mapped). The caller copies data into and out of a slot's pages. A slot remembers what it asked for,
 * so that a new ring, after the back end was replaced, is filled with what the old one did not answer. Requests of more than
 * eleven pages take the slot's extra page for indirect descriptors, if the back end offers that.
 *
 * An answer is believed if it names a slot in flight, by its present generation, and its own operation; anything else is
 * -EPROTO: nothing that comes later on this ring means anything.
 */
#ifndef FRONTEND_BLK_QUEUE_H
#define FRONTEND_BLK_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/io/blkif.h>

#include "event-channel/ring.h"

#define BLK_QUEUE_SLOTS	      8
#define BLK_QUEUE_PAGES	      16 /* data pages of a slot: 64 KiB */
#define BLK_QUEUE_PAGE	      4096u
#define BLK_QUEUE_SECTOR      512u /* the protocol's, whatever the disk's is */
#define BLK_QUEUE_REQUEST_MAX (BLK_QUEUE_PAGES * BLK_QUEUE_PAGE)

/* What the back end says of the disk. */
struct blk_features {
	uint64_t sectors;      /* of 512 bytes */
	uint32_t sector_size;  /* of the disk, bytes: what requests must be multiples of */
	uint32_t max_indirect; /* segments; 0: none */
	bool readonly, flush, discard;
};

enum blk_slot_state { BLK_SLOT_FREE, BLK_SLOT_IN_FLIGHT, BLK_SLOT_DONE };

struct blk_slot {
	enum blk_slot_state state;
	uint8_t op; /* BLKIF_OP_READ, _WRITE, _FLUSH_DISKCACHE or _DISCARD */
	uint16_t generation;
	int status; /* of a slot that is done: 0, -EIO or -EOPNOTSUPP */
	uint64_t sector, bytes;
	uint32_t page[BLK_QUEUE_PAGES];		   /* grant references, set by the caller before the first use */
	uint32_t indirect;			   /* likewise, of the page for descriptors */
	struct blkif_request_segment *descriptors; /* that page */
};

struct blk_queue {
	struct ring_front ring;
	struct blk_features features;
	uint16_t handle; /* the virtual device's number */
	uint32_t nr_slots;
	struct blk_slot slot[BLK_QUEUE_SLOTS];
};

/* Forgets everything but the slots' pages. */
void blk_queue_init(struct blk_queue *q, uint32_t nr_slots, uint16_t handle);
/* A new, empty ring of zeroed pages: before the back end is told of it. */
void blk_queue_set_ring(struct blk_queue *q, struct ring_page *page, uint32_t ring_slots);
/*
 * The back end serves that ring, and has said its features. What was in flight on another ring is asked for again, and has to
 * be published; what this back end cannot do is done with an error.
 */
void blk_queue_resume(struct blk_queue *q, const struct blk_features *features);
/* This queue has no ring any more: what was in flight is done with -EIO. */
void blk_queue_give_up(struct blk_queue *q);
/* The most bytes that one request may have. */
uint32_t blk_queue_most(const struct blk_queue *q);
/*
 * Makes a request of a free slot; its number. For a write its pages have to be filled before this is published.
 * -EAGAIN: none is free; -EINVAL: not within the disk, or not whole sectors of it, or more than blk_queue_most();
 * -EROFS; -EOPNOTSUPP. A flush has neither sector nor bytes.
 */
int blk_queue_begin(struct blk_queue *q, uint8_t op, uint64_t sector, uint64_t bytes);
/* Shows what was begun to the back end. True: it must be notified. */
bool blk_queue_publish(struct blk_queue *q);
/* Takes an answer: 1, and *slot is BLK_SLOT_DONE; 0: there is none; -EPROTO. */
int blk_queue_take(struct blk_queue *q, uint32_t *slot);
/* The caller has taken data and status of a slot that is done. */
void blk_queue_free(struct blk_queue *q, uint32_t slot);

#endif
