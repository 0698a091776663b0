/* main.c - blkback: one virtual disk of one domain, served from a file or a block device
 *
 * Started by hvbackendd, which tells it over a socket what to serve (common/wire.h). One thread waits for everything in
 * one place, io_uring: requests done, events from the guest, orders from the launcher.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backend-drivers/blk/blk.h"
#include "backend-drivers/common/events.h"
#include "backend-drivers/common/sandbox.h"
#include "dom0-tools/lib/plinth.h"

#define URING_ENTRIES 512
#define MEMORY_LIMIT  (512ull << 20)

/* What a completion belongs to, if not to a request: values that are no pointers. */
enum { TAG_EVENTS = 1, TAG_ORDERS = 2 };

static struct blk blk = {.events = -1};
static struct journal *journals;

static void disconnect(void);

/* ---- Waiting ---------------------------------------------------------------------------------- */

/*
 * Once, and anew after each look: a poll that stays would only tell of wake-ups, and /dev/xen/evtchn makes none for an event that
 * comes while others are being read.
 */
static void wait_for(int fd, uintptr_t tag)
{
	struct io_uring_sqe *sqe = io_next_sqe(&blk.uring);

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	io_uring_sqe_set_data(sqe, (void *)tag);
}

/* Newer kernels spare themselves interrupts of this thread if they know that it is the only one. */
static int open_uring(void)
{
	static const unsigned int flags[] = {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
					     IORING_SETUP_COOP_TASKRUN, 0};
	int err = -EINVAL;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]) && err == -EINVAL; i++)
		err = io_uring_queue_init(URING_ENTRIES, &blk.uring, flags[i]);
	return err ? plinth_fail(-err, "no io_uring: %s", strerror(-err)) : 0;
}

static void read_events(void)
{
	uint32_t port[EVENTS_MOST];
	int n = events_read(blk.events, port);

	while (n-- > 0)
		for (uint32_t i = 0; i < blk.nr_queues; i++)
			if (blk.queue[i].port == (int)port[n])
				blk.queue[i].masked = true;
}

/* ---- The launcher's orders -------------------------------------------------------------------- */

static struct sandbox *own_sandbox(void)
{
	static const int calls[] = {__NR_io_uring_enter};
	static const unsigned long ioctls[] = {BLKGETSIZE64};
	static struct sandbox box = {
		.memory = MEMORY_LIMIT,
		.calls = calls,
		.nr_calls = sizeof(calls) / sizeof(calls[0]),
		.ioctls = ioctls,
		.nr_ioctls = sizeof(ioctls) / sizeof(ioctls[0]),
	};

	return &box;
}

/* All that does not depend on the device, so that it finds most of the work done. */
static int prepare(void)
{
	int err = blk.events = plinth_events_open();

	if (err >= 0)
		err = grants_open(&blk.grants);
	if (!err)
		err = grants_copy_init(&blk.copy, &blk.grants, BLK_MAX_SEGMENTS);
	if (!err)
		err = pool_init(&blk.pool, &blk.grants);
	if (!err)
		err = open_uring();
	return err ? err : sandbox_prepare(own_sandbox());
}

static int set_up(const struct wire_setup *setup, int journal)
{
	int err = disk_open(&blk.disk, setup);

	if (err)
		return err;
	blk.grants.domid = setup->domid;
	journals = mmap(NULL, WIRE_MAX_QUEUES * sizeof(*journals), PROT_READ | PROT_WRITE, MAP_SHARED, journal, 0);
	if (journals == MAP_FAILED)
		return plinth_fail(errno, "no journal: %s", strerror(errno));
	err = sandbox_enter(own_sandbox(), setup->uid);
	if (err)
		return err;
	wait_for(blk.events, TAG_EVENTS);
	wait_for(WIRE_FD, TAG_ORDERS);
	return 0;
}

static int send_ready(void)
{
	struct wire_message message = {.what = WIRE_READY};

	disk_describe(&blk.disk, &message.ready);
	return wire_send(WIRE_FD, &message);
}

static int connect_rings(const struct wire_connect *c)
{
	int err = 0;

	if (blk.nr_queues > 0)
		return plinth_fail(EBUSY, "a ring is being served already");
	blk.persistent = c->persistent;
	while (blk.nr_queues < c->nr_queues && !err) {
		struct queue *q = &blk.queue[blk.nr_queues];

		q->journal = &journals[blk.nr_queues];
		err = queue_open(q, &blk, &c->queue[blk.nr_queues], c->resume);
		blk.nr_queues += !err;
	}
	if (err)
		disconnect();
	return err;
}

static void obey(const struct wire_message *order)
{
	int err = 0;

	switch (order->what) {
	case WIRE_CONNECT:
		err = connect_rings(&order->connect);
		if (!err)
			wire_send_plain(WIRE_FD, WIRE_CONNECTED);
		break;
	case WIRE_DISCONNECT:
		disconnect();
		wire_send_plain(WIRE_FD, WIRE_DISCONNECTED);
		break;
	case WIRE_MEASURE:
		disk_measure(&blk.disk);
		send_ready();
		break;
	default:
		err = plinth_fail(EINVAL, "blkback does not know order %u", order->what);
	}
	if (err)
		wire_send_error(WIRE_FD, WIRE_FAILED);
}

static void read_order(void)
{
	struct wire_message order;

	/* Without a launcher there is nobody who could want this disk served. */
	if (wire_receive(WIRE_FD, &order))
		exit(0);
	wait_for(WIRE_FD, TAG_ORDERS);
	obey(&order);
}

/* ---- The loop --------------------------------------------------------------------------------- */

static void take_completions(bool *order)
{
	struct io_uring_cqe *cqe;

	while (io_uring_peek_cqe(&blk.uring, &cqe) == 0) {
		uintptr_t tag = (uintptr_t)io_uring_cqe_get_data(cqe);
		int result = cqe->res;

		io_uring_cqe_seen(&blk.uring, cqe);
		if (tag == TAG_EVENTS) {
			read_events();
			wait_for(blk.events, TAG_EVENTS);
		} else if (tag == TAG_ORDERS) {
			*order = true;
		} else {
			io_step_done((struct io *)tag, result);
		}
	}
}

static void wait_for_work(bool sleep)
{
	int err = io_uring_submit_and_wait(&blk.uring, sleep);

	if (err < 0 && err != -EINTR && err != -EAGAIN && err != -EBUSY) {
		fprintf(stderr, "blkback: io_uring: %s\n", strerror(-err));
		exit(1);
	}
}

/* Whether all rings are empty; those that hold nonsense are left for good. */
static bool serve_queues(void)
{
	bool idle = true;
	int n = 0;

	for (uint32_t i = 0; i < blk.nr_queues && n >= 0; i++) {
		n = queue_work(&blk.queue[i]);
		if (n > 0)
			idle = false;
	}
	if (n < 0) {
		disconnect();
		plinth_fail(-n, "the front end's ring holds nonsense");
		wire_send_error(WIRE_FD, WIRE_BROKEN);
		return true;
	}
	for (uint32_t i = 0; i < blk.nr_queues; i++)
		queue_publish(&blk.queue[i]);
	return idle;
}

/* Lets go of the rings, after what is under way. */
static void disconnect(void)
{
	bool order = false;

	while (blk.under_way > 0) {
		wait_for_work(true);
		take_completions(&order);
	}
	for (uint32_t i = 0; i < blk.nr_queues; i++) {
		queue_publish(&blk.queue[i]);
		queue_close(&blk.queue[i]);
	}
	blk.nr_queues = 0;
	pool_clear(&blk.pool);
	if (order)
		read_order();
}

static void serve(void)
{
	for (;;) {
		bool idle = serve_queues(), order = false;

		for (uint32_t i = 0; i < blk.nr_queues && idle; i++)
			if (queue_sleep(&blk.queue[i]))
				idle = false;
		wait_for_work(idle);
		take_completions(&order);
		if (order)
			read_order();
	}
}

int main(void)
{
	struct wire_message order;
	struct wire_files files;
	int err = prepare(), received;

	/* What is wrong with it is said to who orders something. */
	received = wire_receive_files(WIRE_FD, &order, &files);
	if (received == -ECONNRESET)
		return 0; /* there was no use for a spare process */
	if (received || order.what != WIRE_SETUP) {
		fprintf(stderr, "blkback is started by hvbackendd, with its orders on descriptor %d\n", WIRE_FD);
		return 2;
	}
	if (!err)
		err = set_up(&order.setup, files.journal);
	if (err) {
		wire_send_error(WIRE_FD, WIRE_FAILED);
		return 1;
	}
	send_ready();
	serve();
}
