/* main.c - netback: one virtual network interface of one domain, served from a tap device
 *
 * Started by hvbackendd, which tells it over a socket what to serve (common/wire.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>

#include "backend-drivers/common/events.h"
#include "backend-drivers/common/sandbox.h"
#include "backend-drivers/net/link.h"
#include "backend-drivers/net/tap.h"
#include "backend-drivers/net/vif.h"
#include "dom0-tools/lib/plinth.h"

#define MEMORY_LIMIT (64ull << 20)
#define MOST_ROUNDS  4 /* of packets, before we look at what else there is */
#define COPIES	     (VIF_RX_PACKETS * VIF_RX_PAGES)

_Static_assert(COPIES >= VIF_TX_PIECES, "the batch of copies serves both directions");

static struct vif vif;
static struct queue_answers *answers; /* WIRE_MAX_QUEUES of them, which outlive us */
static struct plinth_loop *loop;

uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- Setting up --------------------------------------------------------------------------------- */

static struct sandbox *own_sandbox(void)
{
	static const unsigned long ioctls[] = {TUNSETOFFLOAD};
	static struct sandbox box = {
		.memory = MEMORY_LIMIT,
		.ioctls = ioctls,
		.nr_ioctls = sizeof(ioctls) / sizeof(ioctls[0]),
	};

	return &box;
}

/* All that does not depend on the device, so that it finds most of the work done. */
static int prepare(void)
{
	int err = pages_allocate(&vif.pages, VIF_TX_PIECES + VIF_RX_PACKETS * VIF_RX_PAGES);

	if (err)
		return err;
	vif.tx_pages = vif.pages.at;
	vif.rx_pages = vif.pages.at + (size_t)VIF_TX_PIECES * VIF_PAGE;
	err = vif.events = plinth_events_open();
	if (err >= 0)
		err = grants_open(&vif.grants);
	if (!err)
		err = grants_copy_init(&vif.copy, &vif.grants, COPIES);
	vif.copy.own = &vif.pages;
	if (!err)
		err = plinth_loop_new(&loop);
	return err ? err : sandbox_prepare(own_sandbox());
}

static int set_up(const struct wire_setup *setup, const struct wire_files *files)
{
	int err;

	vif.domid = setup->domid;
	vif.grants.domid = setup->domid;
	vif.offload = setup->offload;
	rate_init(&vif.rate, setup->rate_bytes, setup->rate_interval_us);
	answers = mmap(NULL, WIRE_MAX_QUEUES * sizeof(*answers), PROT_READ | PROT_WRITE, MAP_SHARED, files->journal, 0);
	if (answers == MAP_FAILED)
		return plinth_fail(errno, "no journal: %s", strerror(errno));
	vif.tap = files->tap;
	err = link_bring_up(setup->vifname, setup->bridge);
	return err ? err : sandbox_enter(own_sandbox(), setup->uid);
}

/* ---- The launcher's orders ---------------------------------------------------------------------- */

static void disconnect(void)
{
	for (uint32_t i = 0; i < vif.nr_queues; i++)
		queue_close(&vif, &vif.queue[i]);
	vif.nr_queues = 0;
	vif.watching = false;
	plinth_loop_set(loop, vif.tap, 0);
}

static int set_offloads(void)
{
	const struct wire_connect *f = &vif.front;
	struct tap_offloads offloads = {.csum = vif.offload && !f->no_csum};

	offloads.tso4 = offloads.csum && f->sg && f->gso_tcpv4;
	offloads.tso6 = offloads.csum && f->sg && f->gso_tcpv6 && f->ipv6_csum;
	return tap_set_offloads(vif.tap, offloads);
}

static int connect_rings(const struct wire_connect *c)
{
	int err = 0;

	if (vif.nr_queues > 0)
		return plinth_fail(EBUSY, "a ring is being served already");
	vif.front = *c;
	vif.full = false;
	vif.eager = 1;
	while (vif.nr_queues < c->nr_queues && !err) {
		err = queue_open(&vif, &vif.queue[vif.nr_queues], &c->queue[vif.nr_queues], &answers[vif.nr_queues]);
		vif.nr_queues++; /* what is half open is to be closed too */
	}
	if (!err)
		err = set_offloads();
	if (err) {
		disconnect();
		return err;
	}
	/* The next wait includes the tap. Answers may have been published without the event that should have followed. */
	for (uint32_t i = 0; i < vif.nr_queues; i++) {
		plinth_events_notify(vif.events, (unsigned int)vif.queue[i].tx_port);
		plinth_events_notify(vif.events, (unsigned int)vif.queue[i].rx_port);
	}
	return 0;
}

static void order_came(void *arg, uint32_t events)
{
	struct wire_message order;
	int err = 0;

	(void)arg;
	(void)events;
	/* Without a launcher there is nobody who could want this interface served. */
	if (wire_receive(WIRE_FD, &order))
		exit(0);
	switch (order.what) {
	case WIRE_CONNECT:
		err = connect_rings(&order.connect);
		if (!err)
			wire_send_plain(WIRE_FD, WIRE_CONNECTED);
		break;
	case WIRE_DISCONNECT:
		disconnect();
		wire_send_plain(WIRE_FD, WIRE_DISCONNECTED);
		break;
	default:
		err = plinth_fail(EINVAL, "netback does not know order %u", order.what);
	}
	if (err)
		wire_send_error(WIRE_FD, WIRE_FAILED);
}

/* ---- The loop ------------------------------------------------------------------------------------- */

static void events_came(void *arg, uint32_t events)
{
	uint32_t port[EVENTS_MOST];
	int n = events_read(vif.events, port);

	(void)arg;
	(void)events;
	while (n-- > 0)
		for (uint32_t i = 0; i < vif.nr_queues; i++)
			queue_note_event(&vif.queue[i], (int)port[n]);
}

static void tap_came(void *arg, uint32_t events)
{
	(void)arg;
	/* Somebody has removed the interface: our successor makes a new one. */
	if (events & (EPOLLERR | EPOLLHUP)) {
		fprintf(stderr, "netback: the interface is gone\n");
		exit(1);
	}
	vif.readable = true;
}

/* Of all queues. How many slots were dealt with, or -EPROTO and worse. */
static int transmit(void)
{
	int slots = 0;

	vif.throttled = false;
	for (uint32_t i = 0; i < vif.nr_queues; i++) {
		int n = tx_run(&vif, &vif.queue[i]);

		if (n < 0)
			return n;
		slots += n;
	}
	return slots;
}

/* Asks for events. True: there is something to send already. */
static bool sleep_for_requests(void)
{
	bool more = false;

	for (uint32_t i = 0; i < vif.nr_queues; i++)
		more |= ring_back_sleep(&vif.queue[i].tx, 1);
	return more;
}

/*
 * What can be done now, but not for ever: a guest that sends without end shall keep neither its own packets nor the
 * launcher waiting. 1: there is more, 0: there is not, or -EPROTO and worse.
 */
static int serve(void)
{
	int n = 1;

	for (int round = 0; round < MOST_ROUNDS && n > 0; round++) {
		n = transmit();
		if (n >= 0 && vif.readable) {
			int m = rx_run(&vif);

			vif.readable = false; /* if there is more, the loop says so again */
			n = m < 0 ? m : n;
		}
		if (n == 0 && !vif.throttled && sleep_for_requests())
			n = 1;
	}
	return n;
}

/* Called before each wait: for how long that may be, ms. */
static int before_waiting(void *arg)
{
	bool watch;
	int more;

	(void)arg;
	if (vif.nr_queues == 0)
		return -1;
	more = serve();
	if (more < 0) {
		disconnect();
		plinth_fail(-more, "the front end's ring holds nonsense");
		wire_send_error(WIRE_FD, WIRE_BROKEN);
		return -1;
	}
	/* While the guest has no room, the tap is not waited for, but the guest. */
	watch = !vif.full || rx_sleep(&vif);
	if (watch != vif.watching)
		plinth_loop_set(loop, vif.tap, watch ? EPOLLIN : 0);
	vif.watching = watch;
	if (more)
		return 0;
	for (uint32_t i = 0; i < vif.nr_queues; i++)
		queue_unmask(&vif, &vif.queue[i]);
	return vif.throttled ? (int)(rate_wait(&vif.rate, now_us()) / 1000) + 1 : -1;
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
		fprintf(stderr, "netback is started by hvbackendd, with its orders on descriptor %d\n", WIRE_FD);
		return 2;
	}
	if (!err)
		err = set_up(&order.setup, &files);
	if (!err)
		err = plinth_loop_add(loop, WIRE_FD, EPOLLIN, order_came, NULL);
	if (!err)
		err = plinth_loop_add(loop, vif.events, EPOLLIN, events_came, NULL);
	if (!err)
		err = plinth_loop_add(loop, vif.tap, 0, tap_came, NULL);
	if (err) {
		wire_send_error(WIRE_FD, WIRE_FAILED);
		return 1;
	}
	wire_send_plain(WIRE_FD, WIRE_READY);
	return plinth_loop_run(loop, before_waiting, NULL) ? 1 : 0;
}
