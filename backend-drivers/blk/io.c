/* io.c - a request on its way to the disk and back */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <xen/grant_table.h>

#include "backend-drivers/blk/blk.h"

#define PAGE 4096u

static void submit_step(struct io *io);

/* ---- The guest's pages ------------------------------------------------------------------------ */

/* Copies between the guest's pages and ours, for requests whose pages are not mapped. */
static int copy_data(struct io *io, bool to_guest)
{
	struct grants_copy *copy = &io->queue->blk->copy;
	const struct blk_plan *plan = &io->plan;
	uint8_t *at = io->bounce;
	int err;

	for (uint32_t i = 0; i < plan->nr_segments; i++) {
		const struct blk_segment *s = &plan->segment[i];

		if (to_guest)
			grants_copy_to(copy, s->gref, s->offset, at, s->len);
		else
			grants_copy_from(copy, s->gref, s->offset, at, s->len);
		at += s->len;
	}
	err = grants_copy_run(copy);
	for (uint32_t i = 0; i < plan->nr_segments && !err; i++)
		if (copy->segment[i].status != GNTST_okay)
			err = -EIO;
	return err;
}

static int use_bounce(struct io *io)
{
	if (posix_memalign((void **)&io->bounce, PAGE, io->plan.len))
		return -ENOMEM;
	io->part[0] = (struct iovec){io->bounce, io->plan.len};
	io->nr_parts = 1;
	return io->plan.action == BLK_READ ? 0 : copy_data(io, false);
}

/* Neighbours become one part: the kernel has less to do. */
static void add_part(struct io *io, uint8_t *at, uint32_t len)
{
	struct iovec *last = &io->part[io->nr_parts - 1];

	if (io->nr_parts > 0 && (uint8_t *)last->iov_base + last->iov_len == at)
		last->iov_len += len;
	else
		io->part[io->nr_parts++] = (struct iovec){at, len};
}

static int prepare_data(struct io *io)
{
	struct pool *pool = &io->queue->blk->pool;
	struct blk_plan *plan = &io->plan;
	uint32_t ref[BLK_MAX_SEGMENTS], missing = 0;
	void *page[BLK_MAX_SEGMENTS];
	int err;

	if (!io->queue->blk->persistent)
		return use_bounce(io);
	for (uint32_t i = 0; i < plan->nr_segments; i++) {
		page[i] = pool_find(pool, plan->segment[i].gref);
		if (!page[i])
			ref[missing++] = plan->segment[i].gref;
	}
	if (missing > 0) {
		err = pool_add(pool, ref, missing);
		if (err == -ENOSPC)
			return use_bounce(io);
		if (err)
			return err;
	}
	for (uint32_t i = 0; i < plan->nr_segments; i++) {
		const struct blk_segment *s = &plan->segment[i];

		add_part(io, (uint8_t *)(page[i] ? page[i] : pool_find(pool, s->gref)) + s->offset, s->len);
	}
	return 0;
}

/* The segments of an indirect request, copied out of the guest's page once. */
static int read_segments(struct io *io)
{
	struct blkif_request_segment segments[BLK_MAX_SEGMENTS];
	struct blk *blk = io->queue->blk;
	struct blk_plan *plan = &io->plan;
	size_t bytes = plan->nr_segments * sizeof(segments[0]);
	const void *page = NULL;
	int err;

	_Static_assert(BLK_MAX_SEGMENTS <= BLK_SEGMENTS_A_PAGE, "one indirect page holds all segments");
	if (blk->persistent && pool_add(&blk->pool, plan->page, 1) == 0)
		page = pool_find(&blk->pool, plan->page[0]);
	if (page) {
		memcpy(segments, page, bytes);
		__asm__ volatile("" : : : "memory"); /* no second look at what the guest may change */
	} else {
		grants_copy_from(&blk->copy, plan->page[0], 0, segments, (uint32_t)bytes);
		err = grants_copy_run(&blk->copy);
		if (err || blk->copy.segment[0].status != GNTST_okay)
			return -EIO;
	}
	return blk_check_segments(segments, &blk->disk.limits, plan);
}

/* ---- The disk --------------------------------------------------------------------------------- */

struct io_uring_sqe *io_next_sqe(struct io_uring *uring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(uring);

	while (!sqe) {
		io_uring_submit(uring);
		sqe = io_uring_get_sqe(uring);
	}
	return sqe;
}

static void submit_data(struct io *io, struct io_uring_sqe *sqe)
{
	const struct disk *disk = &io->queue->blk->disk;
	const struct iovec *part = &io->part[io->first_part];
	unsigned int n = io->nr_parts - io->first_part;
	uint64_t at = io->plan.start + io->done;

	if (io->plan.action == BLK_DISCARD)
		/* Devices take "do not hide what was there" for a discard, and the rest for writing zeroes. */
		io_uring_prep_fallocate(sqe, disk->fd,
					FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE |
						(disk->block ? FALLOC_FL_NO_HIDE_STALE : 0),
					(off_t)at, (off_t)io->plan.len);
	else if (io->plan.action == BLK_READ && n == 1)
		io_uring_prep_read(sqe, disk->fd, part->iov_base, (unsigned int)part->iov_len, at);
	else if (io->plan.action == BLK_READ)
		io_uring_prep_readv(sqe, disk->fd, part, n, at);
	else if (n == 1)
		io_uring_prep_write(sqe, disk->fd, part->iov_base, (unsigned int)part->iov_len, at);
	else
		io_uring_prep_writev(sqe, disk->fd, part, n, at);
}

static uint32_t current_step(const struct io *io)
{
	return io->steps & -io->steps;
}

static void finish(struct io *io, int err)
{
	struct blk *blk = io->queue->blk;

	if (!err && io->bounce && io->plan.action == BLK_READ)
		err = copy_data(io, true);
	free(io->bounce);
	io->bounce = NULL;
	blk->under_way--;
	if (blk->barrier == io)
		blk->barrier = NULL;
	else if (blk->barrier && blk->under_way == 1)
		submit_step(blk->barrier); /* this was the last one before it */
	queue_answer(io->queue, io, err);
}

static void submit_step(struct io *io)
{
	struct blk *blk = io->queue->blk;
	struct io_uring_sqe *sqe;

	if (io->steps == 0) {
		finish(io, 0);
		return;
	}
	sqe = io_next_sqe(&blk->uring);
	if (current_step(io) == STEP_DATA)
		submit_data(io, sqe);
	else
		io_uring_prep_fsync(sqe, blk->disk.fd, IORING_FSYNC_DATASYNC);
	io_uring_sqe_set_data(sqe, io);
}

static int prepare(struct io *io, const union blk_request *request)
{
	struct blk *blk = io->queue->blk;
	struct blk_plan *plan = &io->plan;
	int err = blk_check(request, &blk->disk.limits, plan);

	if (!err && plan->indirect)
		err = read_segments(io);
	if (!err && blk->disk.fd < 0)
		err = -EIO; /* no medium */
	if (!err && plan->nr_segments > 0)
		err = prepare_data(io);
	return err;
}

void io_begin(struct io *io, const union blk_request *request)
{
	struct blk *blk = io->queue->blk;
	int err;

	io->steps = 0;
	io->done = 0;
	io->bounce = NULL;
	io->nr_parts = 0;
	io->first_part = 0;
	blk->under_way++;
	err = prepare(io, request);
	if (err) {
		finish(io, err);
		return;
	}
	if (io->plan.len > 0)
		io->steps |= STEP_DATA;
	if (io->plan.action == BLK_FLUSH || io->plan.action == BLK_BARRIER)
		io->steps |= STEP_SYNC_BEFORE;
	if (io->plan.action == BLK_BARRIER) {
		io->steps |= STEP_SYNC_AFTER;
		blk->barrier = io;
		if (blk->under_way > 1)
			return;
	}
	submit_step(io);
}

/* Leaves out of the parts what is done. */
static void advance(struct io *io, uint64_t done)
{
	io->done += done;
	while (done > 0) {
		struct iovec *part = &io->part[io->first_part];
		size_t n = part->iov_len < done ? part->iov_len : (size_t)done;

		part->iov_base = (uint8_t *)part->iov_base + n;
		part->iov_len -= n;
		done -= n;
		if (part->iov_len == 0)
			io->first_part++;
	}
}

void io_step_done(struct io *io, int result)
{
	uint32_t step = current_step(io);

	if (result == -EAGAIN || result == -EINTR) {
		submit_step(io);
		return;
	}
	if (result < 0) {
		finish(io, result);
		return;
	}
	if (step == STEP_DATA && io->plan.action != BLK_DISCARD) {
		/* A file that has become shorter than its disk ends here. */
		if (result == 0) {
			finish(io, -EIO);
			return;
		}
		advance(io, (uint64_t)result);
		if (io->done < io->plan.len) {
			submit_step(io);
			return;
		}
	}
	io->steps &= ~step;
	submit_step(io);
}
