/* device.c - one device's life, as its two ends and its process move it
 *
 * The back end's states: Initialising (the tools made it), InitWait (its process is ready), Connected, Closing, Closed,
 * and from there InitWait again for the next driver of the same guest. A process that dies is started again; if the
 * state was Connected by then, the new one takes the same ring over and the guest sees no more than a pause.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "backend-drivers/launcher/launcher.h"

#define LONG_LIFE_MS  2000 /* who lived so long did not die of its start */
#define FIRST_WAIT_MS 20
#define MOST_WAIT_MS  1000

static void answer_came(void *arg, uint32_t events);

/* ---- The process -------------------------------------------------------------------------------- */

static void send_order(struct device *dev, const struct wire_message *order, enum phase next)
{
	/* If it does not go through the process has died, and its end will be told. */
	if (wire_send(dev->fd, order) == 0)
		dev->phase = next;
}

void device_start(struct device *dev)
{
	struct wire_message order = {.what = WIRE_SETUP};
	int err = nodes_read_setup(dev, &order.setup);

	dev->started = now_ms();
	snprintf(dev->vifname, sizeof(dev->vifname), "%s", order.setup.vifname);
	if (!err && dev->kind == KIND_VBD)
		image_watch(dev, order.setup.target);
	if (!err)
		err = tap_hold(dev);
	if (!err)
		err = process_start(dev);
	if (!err)
		err = plinth_loop_add(dev->launcher->loop, dev->fd, EPOLLIN, answer_came, dev);
	if (err) {
		node_set_error(dev, plinth_error());
		dev->phase = PHASE_GIVEN_UP;
		process_kill(dev);
		return;
	}
	dev->phase = PHASE_STARTING;
	/* If it does not go through, the process' end will be told. */
	wire_send_files(dev->fd, &order, (struct wire_files){dev->journal, dev->tap});
}

static void start_later(struct device *dev)
{
	int64_t wait = 0;

	if (now_ms() - dev->started > LONG_LIFE_MS)
		dev->failures = 0;
	/* The first time at once: most often it is an accident, and a guest waits. */
	if (dev->failures > 0)
		wait = (int64_t)FIRST_WAIT_MS << (dev->failures < 8 ? dev->failures : 8);
	dev->failures++;
	dev->phase = PHASE_NONE;
	dev->start_at = now_ms() + (wait < MOST_WAIT_MS ? wait : MOST_WAIT_MS);
}

void device_ended(struct device *dev, int status)
{
	dev->pid = 0; /* it is reaped */
	process_kill(dev);
	if (dev->phase == PHASE_GIVEN_UP)
		return;
	if (WIFSIGNALED(status))
		note(dev, "its process was ended by signal %d (%s); starting another", WTERMSIG(status),
		     strsignal(WTERMSIG(status)));
	else
		note(dev, "its process ended with status %d; starting another", WEXITSTATUS(status));
	start_later(dev);
}

/* ---- What follows from the two ends' states -------------------------------------------------------- */

static void connect_ring(struct device *dev)
{
	struct wire_message order = {.what = WIRE_CONNECT};

	if (nodes_read_connect(dev, &order.connect)) {
		note(dev, "%s", plinth_error());
		node_write(dev, "error", plinth_error());
		node_set_state(dev, XenbusStateClosed);
		return;
	}
	send_order(dev, &order, PHASE_CONNECTING);
}

static void disconnect_ring(struct device *dev)
{
	struct wire_message order = {.what = WIRE_DISCONNECT};

	send_order(dev, &order, PHASE_DISCONNECTING);
}

/* No ring is being served, and none will be taken up where it was left. */
static void leave_ring(struct device *dev, enum xenbus_state state)
{
	journal_file_clear(dev);
	if (dev->state != state)
		node_set_state(dev, state);
}

/* No ring is being served. */
static void step_ready(struct device *dev, enum xenbus_state front, bool online)
{
	switch (front) {
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (dev->state == XenbusStateInitWait || dev->state == XenbusStateConnected)
			connect_ring(dev);
		break;
	case XenbusStateInitialising:
	case XenbusStateInitWait:
		/* A new driver in the guest, after one that has closed or has just gone. */
		leave_ring(dev, online ? XenbusStateInitWait : XenbusStateClosed);
		break;
	default:
		if (dev->state != XenbusStateInitWait || !online)
			leave_ring(dev, XenbusStateClosed);
	}
}

static void step_connected(struct device *dev, enum xenbus_state front, bool online)
{
	switch (front) {
	case XenbusStateInitialised:
	case XenbusStateConnected:
		/* It was to close while it was being connected: our own word came after that. */
		if (!online && dev->state == XenbusStateConnected)
			node_set_state(dev, XenbusStateClosing);
		break;
	case XenbusStateClosing:
		if (dev->state != XenbusStateClosing)
			node_set_state(dev, XenbusStateClosing);
		break;
	default: /* closed, begun anew, or gone altogether */
		disconnect_ring(dev);
	}
}

/*
 * A process has only what it was started with, so another medium is another process. It takes the ring over as after an
 * accident; the guest sees the new size once it has.
 */
static void change_medium(struct device *dev)
{
	node_write(dev, "medium-change", "0");
	dev->medium_changed = true;
	process_kill(dev);
	device_start(dev);
}

/* Told only when requests go to the new medium. */
static void tell_of_medium(struct device *dev)
{
	dev->medium_changed = false;
	if (dev->state == XenbusStateConnected)
		node_set_state(dev, XenbusStateConnected);
	node_write(dev, "medium-change", "done");
}

/* What else the store asks of a disk. */
static void look_at_disk(struct device *dev, bool resize, bool change)
{
	bool settled = dev->phase == PHASE_READY || dev->phase == PHASE_CONNECTED;

	if (settled && resize) {
		node_write(dev, "resize", "0");
		wire_send_plain(dev->fd, WIRE_MEASURE);
	}
	if (settled && change)
		change_medium(dev);
	else if (dev->medium_changed && (dev->phase == PHASE_CONNECTED || dev->state != XenbusStateConnected))
		tell_of_medium(dev);
}

void device_look(struct device *dev)
{
	struct number n[] = {{dev->back, "state", 0},
			     {dev->front, "state", 0},
			     {dev->back, "online", 0},
			     {dev->back, "resize", 0},
			     {dev->back, "medium-change", 0}};
	bool disk = dev->kind == KIND_VBD;
	int64_t front;

	dev->stirred = false;
	if (nodes_read_numbers(dev, n, disk ? COUNT(n) : 3))
		return; /* without the store nothing goes on */
	if (n[0].value == -ENOENT) {
		device_remove(dev);
		return;
	}
	dev->state = (enum xenbus_state)n[0].value;
	front = n[1].value;
	if (front < 0 || front > XenbusStateReconfigured)
		front = XenbusStateUnknown;
	if (dev->phase == PHASE_READY)
		step_ready(dev, (enum xenbus_state)front, n[2].value != 0);
	else if (dev->phase == PHASE_CONNECTED)
		step_connected(dev, (enum xenbus_state)front, n[2].value != 0);
	if (disk)
		look_at_disk(dev, n[3].value > 0, n[4].value == 1);
}

/* ---- The process' answers --------------------------------------------------------------------------- */

static void failed(struct device *dev, const struct wire_message *answer)
{
	switch (dev->phase) {
	case PHASE_STARTING:
		if (dev->state < XenbusStateInitWait) {
			/* Whoever makes the device waits for this, and undoes it. */
			node_set_error(dev, answer->text);
			dev->phase = PHASE_GIVEN_UP;
		} else {
			note(dev, "%s", answer->text); /* it ends now, and another is tried */
			if (dev->medium_changed)
				node_write(dev, "error", answer->text);
		}
		break;
	default:
		note(dev, "%s", answer->text);
		node_write(dev, "error", answer->text);
		node_set_state(dev, XenbusStateClosed);
		journal_file_clear(dev);
		dev->phase = PHASE_READY;
	}
}

static void obey(struct device *dev, const struct wire_message *answer)
{
	switch (answer->what) {
	case WIRE_READY:
		if (dev->phase != PHASE_STARTING) {
			if (nodes_write_size(dev, &answer->ready))
				note(dev, "%s", plinth_error());
			return;
		}
		dev->phase = PHASE_READY;
		if (nodes_write_ready(dev, &answer->ready))
			note(dev, "%s", plinth_error());
		break;
	case WIRE_CONNECTED:
		dev->phase = PHASE_CONNECTED;
		if (dev->state != XenbusStateConnected)
			node_set_state(dev, XenbusStateConnected);
		break;
	case WIRE_DISCONNECTED:
		journal_file_clear(dev);
		dev->phase = PHASE_READY;
		break;
	default: /* WIRE_FAILED, WIRE_BROKEN */
		failed(dev, answer);
		return;
	}
	device_look(dev);
}

static void answer_came(void *arg, uint32_t events)
{
	struct device *dev = arg;
	struct wire_message answer;

	(void)events;
	if (wire_receive(dev->fd, &answer)) {
		plinth_loop_remove(dev->launcher->loop, dev->fd); /* it has ended, or is about to */
		return;
	}
	/* A text from a process that a guest may have taken over. */
	if (answer.what >= WIRE_FAILED)
		answer.text[sizeof(answer.text) - 1] = '\0';
	obey(dev, &answer);
}

/* ---- Coming and going ------------------------------------------------------------------------------- */

void device_add(struct launcher *l, enum kind kind, unsigned int domid, unsigned int devid)
{
	struct device *dev = calloc(1, sizeof(*dev)), *other;
	char path[PATH_ROOM + 16];

	if (!dev)
		return;
	dev->launcher = l;
	dev->kind = kind;
	dev->domid = domid;
	dev->devid = devid;
	dev->fd = -1;
	dev->journal = dev->tap = dev->image.process = -1;
	snprintf(dev->back, sizeof(dev->back), "/local/domain/0/backend/%s/%u/%u", kind_names[kind], domid, devid);
	if (nodes_read_identity(dev)) {
		free(dev);
		return;
	}
	for (other = l->devices; other; other = other->next)
		if (dev->slot <= other->slot)
			dev->slot = other->slot + 1;
	dev->next = l->devices;
	dev->link = &l->devices;
	if (dev->next)
		dev->next->link = &dev->next;
	l->devices = dev;
	snprintf(path, sizeof(path), "%s/state", dev->front);
	plinth_store_watch(l->store, path, "front");
	if (journal_file_open(dev) == 0 && dev->state == XenbusStateInitialising)
		journal_file_clear(dev); /* left from a domain that once had the same number */
	device_start(dev);
}

void device_remove(struct device *dev)
{
	char path[PATH_ROOM + 16];

	image_leave(dev);
	process_kill(dev);
	journal_file_remove(dev);
	tap_remove(dev);
	snprintf(path, sizeof(path), "%s/state", dev->front);
	plinth_store_unwatch(dev->launcher->store, path, "front");
	*dev->link = dev->next;
	if (dev->next)
		dev->next->link = dev->link;
	free(dev);
}
