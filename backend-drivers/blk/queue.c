/* queue.c - one ring of a disk: requests in, answers out */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "backend-drivers/blk/blk.h"
#include "dom0-tools/lib/plinth.h"

#define PAGE	 4096u
#define IO_PARTS BLK_MAX_SEGMENTS

static int allocate(struct queue *q, uint32_t slots)
{
	struct iovec *parts = calloc(slots, IO_PARTS * sizeof(*parts));

	q->io = calloc(slots, sizeof(*q->io));
	if (!q->io || !parts) {
		free(parts);
		free(q->io);
		q->io = NULL;
		return plinth_fail(ENOMEM, "out of memory");
	}
	for (uint32_t i = 0; i < slots; i++) {
		q->io[i].queue = q;
		q->io[i].part = parts + i * IO_PARTS;
	}
	return 0;
}

static void find_free_entries(struct queue *q)
{
	q->nr_answered = 0;
	q->nr_free = 0;
	for (uint32_t i = q->ring.slots; i-- > 0;)
		if (q->journal->entry[i].state == JOURNAL_FREE)
			q->free[q->nr_free++] = (uint16_t)i;
}

/* Begins again what our predecessor had begun. */
static void take_over(struct queue *q)
{
	for (uint32_t i = 0; i < q->ring.slots; i++)
		if (q->journal->entry[i].state != JOURNAL_FREE)
			io_begin(&q->io[i], &q->journal->entry[i].request);
}

static int attach(struct queue *q, void *pages, bool resume)
{
	uint32_t slots = ring_slots((size_t)q->ring_pages * PAGE, sizeof(union blk_request));
	int under_way = 0, err = ring_back_attach(&q->ring, pages, slots, sizeof(union blk_request));

	if (err)
		return plinth_fail(-err, "the ring's indices make no sense");
	if (!journal_is_blank(q->journal))
		under_way = journal_recover(q->journal, slots, q->ring.published);
	else if (resume && ring_back_pending(&q->ring) > 0)
		under_way = -EPROTO; /* answers may have overwritten requests: what we read may be neither */
	else
		journal_start(q->journal, slots, q->ring.taken);
	if (under_way < 0)
		return plinth_fail(-under_way, "the ring does not fit to what was under way on it");
	q->ring.taken += (uint32_t)under_way;
	if (ring_back_pending(&q->ring) < 0)
		return plinth_fail(EPROTO, "the ring's indices make no sense");
	find_free_entries(q);
	return allocate(q, slots);
}

int queue_open(struct queue *q, struct blk *blk, const struct wire_queue *where, bool resume)
{
	void *pages;
	int err;

	q->blk = blk;
	q->ring_pages = where->nr_pages;
	q->port = -1;
	q->masked = false;
	err = grants_map(&blk->grants, where->ref, where->nr_pages, &pages);
	if (err)
		return plinth_context(err, "ring");
	err = attach(q, pages, resume);
	if (!err)
		q->port = err = plinth_events_bind(blk->events, blk->grants.domid, where->port);
	if (err < 0) {
		grants_unmap(&blk->grants, pages, where->nr_pages);
		q->ring.page = NULL;
		return err;
	}
	take_over(q);
	/* A predecessor's answers may have been published without the event that should have followed. */
	plinth_events_notify(blk->events, (unsigned int)q->port);
	return 0;
}

void queue_close(struct queue *q)
{
	if (q->port >= 0)
		plinth_events_unbind(q->blk->events, (unsigned int)q->port);
	if (q->ring.page)
		grants_unmap(&q->blk->grants, q->ring.page, q->ring_pages);
	if (q->io)
		free(q->io[0].part);
	free(q->io);
	q->io = NULL;
	q->ring.page = NULL;
	q->port = -1;
}

int queue_work(struct queue *q)
{
	int pending = ring_back_pending(&q->ring), begun = 0;

	if (pending < 0)
		return pending;
	while (begun < pending && q->nr_free > 0 && !q->blk->barrier) {
		uint32_t entry = q->free[--q->nr_free];
		union blk_request request;

		ring_back_take(&q->ring, &request);
		journal_take(q->journal, entry, &request);
		io_begin(&q->io[entry], &request);
		begun++;
	}
	return begun;
}

void queue_answer(struct queue *q, struct io *io, int err)
{
	uint16_t entry = (uint16_t)(io - q->io);
	struct blkif_response response = {
		.id = io->plan.id,
		.operation = io->plan.operation,
		.status = err == 0	       ? BLKIF_RSP_OKAY
			  : err == -EOPNOTSUPP ? BLKIF_RSP_EOPNOTSUPP
					       : BLKIF_RSP_ERROR,
	};

	if (!err)
		journal_count(q->journal, io->plan.action, io->plan.len);
	journal_answer(q->journal, entry, q->ring.answered);
	ring_back_answer(&q->ring, &response, sizeof(response));
	q->answered[q->nr_answered++] = entry;
}

void queue_publish(struct queue *q)
{
	if (q->nr_answered == 0)
		return;
	if (ring_back_publish(&q->ring))
		plinth_events_notify(q->blk->events, (unsigned int)q->port);
	while (q->nr_answered > 0) {
		uint16_t entry = q->answered[--q->nr_answered];

		journal_free(q->journal, entry);
		q->free[q->nr_free++] = entry;
	}
}

bool queue_sleep(struct queue *q)
{
	/* While a barrier holds everything up, there is nothing that an event could begin. */
	if (!q->blk->barrier && ring_back_sleep(&q->ring, 1))
		return true;
	if (q->masked) {
		q->masked = false;
		plinth_events_unmask(q->blk->events, (unsigned int)q->port);
	}
	return false;
}
