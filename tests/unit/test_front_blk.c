/* test_front_blk.c - blkfront's queue against blkback's judgement of requests, over one ring; and against a hostile back end */
#include <errno.h>

#include "backend-drivers/blk/check.h"
#include "frontend-drivers/protocol/blk_queue.h"
#include "random.h"
#include "unit.h"

#define SECTORS 4096u
#define SLOTS	4u
#define RING	32u

/* A machine in which a grant reference is the number of a page. */
static uint8_t pages[256][4096] __attribute__((aligned(4096)));
static uint8_t disk[SECTORS * 512];
static union {
	struct ring_page page;
	uint8_t bytes[4096];
} ring;
static struct blk_queue q;
static struct ring_back back;
static struct blk_limits limits;
static uint32_t flushes, discarded, indirect;

static struct blk_features features(void)
{
	return (struct blk_features){.sectors = SECTORS,
				     .sector_size = limits.sector_size,
				     .max_indirect = BLK_MAX_SEGMENTS,
				     .flush = limits.flush,
				     .discard = limits.discard,
				     .readonly = limits.readonly};
}

/* Another back end: whatever the last one had not answered is lost with its ring. */
static void connect(void)
{
	struct blk_features f = features();

	memset(&ring, 0, sizeof(ring));
	blk_queue_set_ring(&q, &ring.page, RING);
	CU_ASSERT_EQUAL_FATAL(ring_back_attach(&back, &ring.page, RING, 112), 0);
	blk_queue_resume(&q, &f);
	blk_queue_publish(&q);
}

static void begin(void)
{
	uint32_t page = 1;

	memset(&q, 0, sizeof(q));
	limits = (struct blk_limits){.sectors = SECTORS, .sector_size = 512, .flush = true, .discard = true};
	flushes = discarded = indirect = 0;
	blk_queue_init(&q, SLOTS, 51712);
	for (uint32_t i = 0; i < SLOTS; i++) {
		for (uint32_t p = 0; p < BLK_QUEUE_PAGES; p++)
			q.slot[i].page[p] = page++;
		q.slot[i].indirect = page;
		q.slot[i].descriptors = (struct blkif_request_segment *)(void *)pages[page++];
	}
	for (uint32_t i = 0; i < sizeof(disk); i++)
		disk[i] = (uint8_t)(i / 512 * 7 + i);
	connect();
}

/* What blkback would do with a request it has taken. */
static int perform(const union blk_request *r, struct blk_plan *plan)
{
	int err = blk_check(r, &limits, plan);
	uint64_t at;

	if (!err && plan->indirect) {
		indirect++;
		err = blk_check_segments((void *)pages[plan->page[0]], &limits, plan);
	}
	if (err)
		return err;
	flushes += plan->action == BLK_FLUSH;
	discarded += plan->action == BLK_DISCARD ? (uint32_t)plan->len : 0;
	at = plan->start;
	for (uint32_t i = 0; i < plan->nr_segments; i++) {
		const struct blk_segment *s = &plan->segment[i];
		uint8_t *data = pages[s->gref] + s->offset;

		if (plan->action == BLK_READ)
			memcpy(data, disk + at, s->len);
		else
			memcpy(disk + at, data, s->len);
		at += s->len;
	}
	return 0;
}

/* Serves up to `count` requests, in an order of its own. */
static uint32_t serve(uint32_t count)
{
	union blk_request r[RING];
	uint32_t n = 0;
	int pending = ring_back_pending(&back);

	CU_ASSERT_TRUE_FATAL(pending >= 0);
	while (n < count && n < (uint32_t)pending)
		ring_back_take(&back, &r[n++]);
	for (uint32_t left = n; left > 0; left--) {
		uint32_t i = (uint32_t)random_below(left);
		struct blk_plan plan;
		int err = perform(&r[i], &plan);
		struct blkif_response answer = {.id = plan.id,
						.operation = plan.operation,
						.status = err == 0	       ? BLKIF_RSP_OKAY
							  : err == -EOPNOTSUPP ? BLKIF_RSP_EOPNOTSUPP
									       : BLKIF_RSP_ERROR};

		ring_back_answer(&back, &answer, sizeof(answer));
		r[i] = r[left - 1];
	}
	ring_back_publish(&back);
	return n;
}

static uint8_t *data(uint32_t slot, uint64_t offset)
{
	return pages[q.slot[slot].page[offset / 4096]] + offset % 4096;
}

/* The one request that is under way ends; its status. */
static int finish(void)
{
	uint32_t slot;
	int status;

	blk_queue_publish(&q);
	CU_ASSERT_EQUAL(serve(RING), 1);
	CU_ASSERT_EQUAL_FATAL(blk_queue_take(&q, &slot), 1);
	CU_ASSERT_EQUAL(q.slot[slot].state, BLK_SLOT_DONE);
	status = q.slot[slot].status;
	blk_queue_free(&q, slot);
	CU_ASSERT_EQUAL(blk_queue_take(&q, &slot), 0);
	return status;
}

TEST(reads_and_writes_of_any_length)
{
	begin();
	for (uint64_t bytes = 512; bytes <= blk_queue_most(&q); bytes += 512 * 5) {
		uint64_t sector = bytes / 512 * 3 % 1000;
		int slot = blk_queue_begin(&q, BLKIF_OP_READ, sector, bytes);

		CU_ASSERT_TRUE_FATAL(slot >= 0);
		CU_ASSERT_EQUAL(finish(), 0);
		for (uint64_t i = 0; i < bytes; i += 256)
			CU_ASSERT_EQUAL_FATAL(*data((uint32_t)slot, i), disk[sector * 512 + i]);
		slot = blk_queue_begin(&q, BLKIF_OP_WRITE, sector, bytes);
		CU_ASSERT_TRUE_FATAL(slot >= 0);
		for (uint64_t i = 0; i < bytes; i++)
			*data((uint32_t)slot, i) = (uint8_t)(i * 3 + bytes);
		CU_ASSERT_EQUAL(finish(), 0);
		for (uint64_t i = 0; i < bytes; i += 256)
			CU_ASSERT_EQUAL_FATAL(disk[sector * 512 + i], (uint8_t)(i * 3 + bytes));
	}
	CU_ASSERT_TRUE(indirect > 4);
}

TEST(flush_and_discard)
{
	begin();
	CU_ASSERT_TRUE(blk_queue_begin(&q, BLKIF_OP_FLUSH_DISKCACHE, 0, 0) >= 0);
	CU_ASSERT_EQUAL(finish(), 0);
	CU_ASSERT_EQUAL(flushes, 1);
	CU_ASSERT_TRUE(blk_queue_begin(&q, BLKIF_OP_DISCARD, 8, 512 * 2000) >= 0);
	CU_ASSERT_EQUAL(finish(), 0);
	CU_ASSERT_EQUAL(discarded, 512 * 2000);
}

TEST(what_the_disk_cannot_do_is_not_asked)
{
	struct blk_features f;

	begin();
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, SECTORS, 512), -EINVAL);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, UINT64_MAX, 512), -EINVAL);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 0), -EINVAL);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 100), -EINVAL);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, blk_queue_most(&q) + 512), -EINVAL);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_WRITE_BARRIER, 0, 512), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_FLUSH_DISKCACHE, 0, 512), -EINVAL);
	f = features();
	f.readonly = true;
	f.flush = f.discard = false;
	f.max_indirect = 0;
	f.sector_size = 4096;
	blk_queue_resume(&q, &f);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_WRITE, 0, 4096), -EROFS);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_FLUSH_DISKCACHE, 0, 0), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_DISCARD, 0, 4096), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 1, 4096), -EINVAL);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), -EINVAL);
	CU_ASSERT_EQUAL(blk_queue_most(&q), 11 * 4096);
	CU_ASSERT_TRUE(blk_queue_begin(&q, BLKIF_OP_READ, 8, 11 * 4096) >= 0);
}

TEST(a_full_queue)
{
	uint32_t slot;

	begin();
	for (uint32_t i = 0; i < SLOTS; i++)
		CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, i, 512), (int)i);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), -EAGAIN);
	blk_queue_publish(&q);
	CU_ASSERT_EQUAL(serve(1), 1);
	CU_ASSERT_EQUAL(blk_queue_take(&q, &slot), 1);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), -EAGAIN); /* its data has not been taken */
	blk_queue_free(&q, slot);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), (int)slot);
}

TEST(a_new_back_end_is_asked_for_what_the_old_one_owes)
{
	uint32_t slot, taken = 0;

	begin();
	for (uint32_t i = 0; i < SLOTS; i++) {
		CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_WRITE, 100 + i * 8, 4096), (int)i);
		memset(data(i, 0), (int)(0xa0 + i), 4096);
	}
	blk_queue_publish(&q);
	CU_ASSERT_EQUAL(serve(2), 2);
	CU_ASSERT_EQUAL(blk_queue_take(&q, &slot), 1); /* the other answer is never seen */
	connect();
	CU_ASSERT_EQUAL(ring_back_pending(&back), 3);
	CU_ASSERT_EQUAL(serve(RING), 3);
	while (blk_queue_take(&q, &slot) == 1) {
		CU_ASSERT_EQUAL(q.slot[slot].status, 0);
		taken++;
	}
	CU_ASSERT_EQUAL(taken, 3);
	for (uint32_t i = 0; i < SLOTS; i++)
		CU_ASSERT_EQUAL(disk[(100 + i * 8) * 512], 0xa0 + i);
}

TEST(a_new_back_end_that_can_do_less)
{
	begin();
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, SECTORS - 8, 4096), 0);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_FLUSH_DISKCACHE, 0, 0), 1);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), 2);
	struct blk_features f = features();
	f.sectors = 64;
	f.flush = false;
	memset(&ring, 0, sizeof(ring));
	blk_queue_set_ring(&q, &ring.page, RING);
	blk_queue_resume(&q, &f);
	CU_ASSERT_TRUE(q.slot[0].state == BLK_SLOT_DONE && q.slot[0].status == -EIO);
	CU_ASSERT_TRUE(q.slot[1].state == BLK_SLOT_DONE && q.slot[1].status == -EOPNOTSUPP);
	CU_ASSERT_EQUAL(q.slot[2].state, BLK_SLOT_IN_FLIGHT);
}

TEST(a_queue_that_no_back_end_serves_any_more)
{
	begin();
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), 0);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 8, 512), 1);
	blk_queue_give_up(&q);
	for (uint32_t i = 0; i < 2; i++)
		CU_ASSERT_TRUE(q.slot[i].state == BLK_SLOT_DONE && q.slot[i].status == -EIO);
	CU_ASSERT_EQUAL(q.slot[2].state, BLK_SLOT_FREE);
}

TEST(errors_are_told)
{
	begin();
	CU_ASSERT_TRUE(blk_queue_begin(&q, BLKIF_OP_READ, 0, 4096) >= 0);
	limits.sectors = 0;
	CU_ASSERT_EQUAL(finish(), -EIO);
	limits.sectors = SECTORS;
	CU_ASSERT_TRUE(blk_queue_begin(&q, BLKIF_OP_DISCARD, 0, 4096) >= 0);
	limits.discard = false;
	CU_ASSERT_EQUAL(finish(), -EOPNOTSUPP);
}

/* ---- A back end that is none of ours ------------------------------------------------------------------ */

static int answered(uint64_t id, uint8_t operation)
{
	struct blkif_response r = {.id = id, .operation = operation};
	uint32_t slot;

	ring_back_answer(&back, &r, sizeof(r));
	ring_back_publish(&back);
	return blk_queue_take(&q, &slot);
}

TEST(answers_that_cannot_be)
{
	uint32_t slot;

	begin();
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), 0);
	blk_queue_publish(&q);
	CU_ASSERT_EQUAL(answered(1, BLKIF_OP_READ), -EPROTO); /* a slot that is free */
	begin();
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), 0);
	blk_queue_publish(&q);
	CU_ASSERT_EQUAL(answered(SLOTS, BLKIF_OP_READ), -EPROTO); /* no slot at all */
	begin();
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), 0);
	blk_queue_publish(&q);
	CU_ASSERT_EQUAL(answered(1 << 16, BLKIF_OP_WRITE), -EPROTO); /* another operation */
	begin();
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), 0);
	blk_queue_publish(&q);
	CU_ASSERT_EQUAL(answered(2 << 16, BLKIF_OP_READ), -EPROTO); /* another generation */
	begin();
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), 0);
	CU_ASSERT_EQUAL(blk_queue_begin(&q, BLKIF_OP_READ, 0, 512), 1);
	blk_queue_publish(&q);
	CU_ASSERT_EQUAL(answered(1 << 16, BLKIF_OP_READ), 1);
	CU_ASSERT_EQUAL(answered(1 << 16, BLKIF_OP_READ), -EPROTO); /* twice */
	begin();
	ring.page.rsp_prod = 1; /* more answers than questions */
	CU_ASSERT_EQUAL(blk_queue_take(&q, &slot), -EPROTO);
}

TEST(whatever_a_back_end_writes_only_slots_in_flight_end)
{
	random_seed(__func__, 6);
	begin();
	for (int i = 0; i < 200000; i++) {
		uint32_t slot;
		int n;

		if (random_below(2))
			blk_queue_begin(&q, (uint8_t)random_below(7), random_below(SECTORS + 8),
					512 * random_below(140));
		blk_queue_publish(&q);
		for (uint32_t j = 0; j < 16; j++)
			ring.bytes[random_below(sizeof(ring.bytes))] = (uint8_t)random_u64();
		if (random_below(2))
			ring.page.rsp_prod = q.ring.taken + (uint32_t)random_below(RING + 2);
		while ((n = blk_queue_take(&q, &slot)) > 0) {
			CU_ASSERT_TRUE_FATAL(slot < SLOTS && q.slot[slot].state == BLK_SLOT_DONE);
			blk_queue_free(&q, slot);
		}
		if (n < 0)
			connect();
		n = 0;
		for (uint32_t s = 0; s < SLOTS; s++)
			n += q.slot[s].state == BLK_SLOT_IN_FLIGHT;
		CU_ASSERT_TRUE_FATAL(q.ring.made - q.ring.taken >= (uint32_t)n);
	}
}
