/* blk.h - blkback's inside: a device with its queues, and the requests that are under way */
#ifndef BACKEND_BLK_BLK_H
#define BACKEND_BLK_BLK_H

#include <liburing.h>
#include <sys/uio.h>

#include "backend-drivers/blk/disk.h"
#include "backend-drivers/blk/journal.h"
#include "backend-drivers/blk/pool.h"
#include "event-channel/ring.h"

/* The steps of a request, in the order in which they are made. */
#define STEP_SYNC_BEFORE 0x1
#define STEP_DATA	 0x2
#define STEP_SYNC_AFTER	 0x4

struct queue;

/* A request under way; its place in the queue's array is that of its journal entry. */
struct io {
	struct queue *queue;
	uint32_t steps;		       /* STEP_*, still to be made; the lowest is under way */
	uint64_t done;		       /* bytes of the data */
	uint8_t *bounce;	       /* where the guest's pages are not mapped; NULL: they are */
	uint32_t nr_parts, first_part; /* of `part`; the parts before the first are done */
	struct iovec *part;
	struct blk_plan plan;
};

struct queue {
	struct blk *blk;
	struct ring_back ring;
	uint32_t ring_pages;
	int port;    /* of our event channel; -1: none */
	bool masked; /* an event came, and no other comes until we say so */
	struct journal *journal;
	struct io *io; /* ring.slots of them */
	uint16_t free[JOURNAL_SLOTS], nr_free;
	uint16_t answered[JOURNAL_SLOTS], nr_answered; /* but not published */
};

struct blk {
	struct disk disk;
	struct io_uring uring;
	struct grants grants;
	struct grants_copy copy;
	struct pool pool;
	int events; /* /dev/xen/evtchn */
	bool persistent;
	uint32_t nr_queues, under_way;
	struct io *barrier; /* waits until nothing else is under way; nothing new is begun meanwhile */
	struct queue queue[WIRE_MAX_QUEUES];
};

/* ---- queue.c: the ring's side ----------------------------------------------------------------- */

/* -EPROTO and others: the ring cannot be served, and is not. */
int queue_open(struct queue *q, struct blk *blk, const struct wire_queue *where, bool resume);
void queue_close(struct queue *q);
/* Begins what the front end asks for; how many requests that were, or -EPROTO. */
int queue_work(struct queue *q);
/* Shows the answers to the front end. */
void queue_publish(struct queue *q);
/* Asks for an event when there is something to do. True: there is already. */
bool queue_sleep(struct queue *q);
/* Answers a request whose last step is done; its io is free then. */
void queue_answer(struct queue *q, struct io *io, int err);

/* ---- io.c: the disk's side -------------------------------------------------------------------- */

/* A free entry of the submission queue; what is in there is submitted if need be. */
struct io_uring_sqe *io_next_sqe(struct io_uring *uring);
/* Begins a request that was just taken; it is answered by itself. */
void io_begin(struct io *io, const union blk_request *request);
/* The kernel has done a step, with this result. */
void io_step_done(struct io *io, int result);

#endif
