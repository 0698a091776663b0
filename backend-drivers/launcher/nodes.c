/* nodes.c - what the store says about a device: its description, its features, its rings */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/blkif.h>
#include <xen/io/protocols.h>

#include "backend-drivers/blk/check.h"
#include "backend-drivers/launcher/launcher.h"

#define UID_BASE      900000u /* no account of any distribution; one for each device */
#define MAX_NODES     32
#define RING_ORDER    4 /* 16 pages: WIRE_MAX_RING_PAGES */

/* ---- Single nodes ------------------------------------------------------------------------------- */

int node_text(struct device *dev, const char *dir, const char *name, char *buf, size_t size)
{
	char path[2 * PATH_ROOM];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return plinth_store_get(dev->launcher->store, 0, path, buf, size);
}

int64_t node_number(struct device *dev, const char *dir, const char *name)
{
	char text[24], *end;
	int len = node_text(dev, dir, name, text, sizeof(text));
	unsigned long n;

	if (len <= 0 || (size_t)len >= sizeof(text) || text[0] < '0' || text[0] > '9')
		return -ENOENT;
	n = strtoul(text, &end, 10);
	return *end || n > INT64_MAX ? -ENOENT : (int64_t)n;
}

static bool node_is_set(struct device *dev, const char *dir, const char *name)
{
	return node_number(dev, dir, name) == 1;
}

void node_write(struct device *dev, const char *name, const char *value)
{
	char path[2 * PATH_ROOM];

	snprintf(path, sizeof(path), "%s/%s", dev->back, name);
	if (plinth_store_write(dev->launcher->store, 0, path, value))
		note(dev, "%s", plinth_error());
}

void node_set_state(struct device *dev, enum xenbus_state state)
{
	char text[4];

	snprintf(text, sizeof(text), "%d", state);
	dev->state = state;
	node_write(dev, "state", text);
}

void node_set_error(struct device *dev, const char *text)
{
	note(dev, "%s", text);
	node_write(dev, "hotplug-error", text);
	node_write(dev, "hotplug-status", "error");
}

/* ---- Many at once ------------------------------------------------------------------------------- */

struct node_list {
	const struct device *dev;
	struct plinth_node node[MAX_NODES];
	size_t count;
	bool failed;
};

static void add(struct node_list *list, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void add(struct node_list *list, const char *name, const char *fmt, ...)
{
	struct plinth_node *node = &list->node[list->count];
	va_list ap;

	if (list->count == MAX_NODES) {
		list->failed = true;
		return;
	}
	node->owner = -1;
	node->reader = -1;
	if (asprintf(&node->path, "%s/%s", list->dev->back, name) < 0)
		node->path = NULL;
	va_start(ap, fmt);
	if (vasprintf(&node->value, fmt, ap) < 0)
		node->value = NULL;
	va_end(ap);
	list->failed |= !node->path || !node->value;
	list->count++;
}

static int write_list(struct node_list *list)
{
	int err = list->failed ? plinth_fail(ENOMEM, "out of memory")
			       : plinth_store_write_all(list->dev->launcher->store, 0, list->node, list->count);

	while (list->count-- > 0) {
		free(list->node[list->count].path);
		free(list->node[list->count].value);
	}
	return err;
}

static void add_size(struct node_list *list, const struct wire_ready *ready)
{
	/* The protocol counts in 512 bytes whatever sector-size says. */
	add(list, "sectors", "%" PRIu64, ready->sectors);
	add(list, "sector-size", "%u", ready->sector_size);
	add(list, "physical-sector-size", "%u", ready->physical_sector_size);
}

static void add_disk(struct node_list *list, struct device *dev, const struct wire_ready *ready)
{
	bool cdrom = node_is_set(dev, dev->back, "removable");

	add_size(list, ready);
	add(list, "info", "%u", (ready->readonly ? VDISK_READONLY : 0) | (cdrom ? VDISK_CDROM | VDISK_REMOVABLE : 0));
	add(list, "feature-flush-cache", "%d", ready->flush);
	add(list, "feature-barrier", "%d", ready->flush);
	add(list, "feature-discard", "%d", ready->discard);
	if (ready->discard) {
		add(list, "discard-granularity", "%u", ready->discard_granularity);
		add(list, "discard-alignment", "0");
		add(list, "discard-secure", "0");
	}
	add(list, "feature-persistent", "1");
	add(list, "feature-max-indirect-segments", "%d", BLK_MAX_SEGMENTS);
	add(list, "max-ring-page-order", "%d", RING_ORDER);
	add(list, "multi-queue-max-queues", "%d", WIRE_MAX_QUEUES);
}

static void add_interface(struct node_list *list, struct device *dev)
{
	bool offload = node_number(dev, dev->back, "offload") != 0;

	add(list, "feature-rx-copy", "1");
	add(list, "feature-rx-flip", "0");
	add(list, "feature-sg", "1");
	add(list, "feature-gso-tcpv4", "%d", offload);
	add(list, "feature-gso-tcpv6", "%d", offload);
	add(list, "feature-ipv6-csum-offload", "%d", offload);
	add(list, "feature-split-event-channels", "1");
	add(list, "multi-queue-max-queues", "1");
}

int nodes_write_ready(struct device *dev, const struct wire_ready *ready)
{
	struct node_list list = {.dev = dev};

	if (dev->kind == KIND_VBD)
		add_disk(&list, dev, ready);
	else
		add_interface(&list, dev);
	add(&list, "hotplug-status", "connected");
	/* A front end that is connected already goes on as if nothing had been. */
	if (dev->state < XenbusStateInitWait) {
		add(&list, "state", "%d", XenbusStateInitWait);
		dev->state = XenbusStateInitWait;
	}
	return write_list(&list);
}

int nodes_write_size(struct device *dev, const struct wire_ready *ready)
{
	struct node_list list = {.dev = dev};

	add_size(&list, ready);
	if (dev->state == XenbusStateConnected)
		add(&list, "state", "%d", XenbusStateConnected);
	return write_list(&list);
}

/* ---- What the device is -------------------------------------------------------------------------- */

/* "bytes,microseconds" */
static void read_rate(struct device *dev, struct wire_setup *setup)
{
	char text[64];

	setup->rate_interval_us = 50000;
	if (node_text(dev, dev->back, "rate", text, sizeof(text)) > 0 &&
	    sscanf(text, "%" SCNu64 ",%" SCNu32, &setup->rate_bytes, &setup->rate_interval_us) < 1)
		setup->rate_bytes = 0;
}

int nodes_read_setup(struct device *dev, struct wire_setup *setup)
{
	char mode[8] = "";
	int len;

	*setup = (struct wire_setup){.domid = dev->domid, .devid = dev->devid, .uid = UID_BASE + dev->slot};
	if (dev->kind == KIND_VIF) {
		setup->offload = node_number(dev, dev->back, "offload") != 0;
		snprintf(setup->vifname, sizeof(setup->vifname), "vif%u.%u", dev->domid, dev->devid);
		node_text(dev, dev->back, "vifname", setup->vifname, sizeof(setup->vifname));
		node_text(dev, dev->back, "bridge", setup->bridge, sizeof(setup->bridge));
		read_rate(dev, setup);
		return 0;
	}
	len = node_text(dev, dev->back, "params", setup->target, sizeof(setup->target));
	if (len < 0)
		return len;
	if ((size_t)len >= sizeof(setup->target))
		return plinth_fail(ENAMETOOLONG, "the path of the disk's file has %d characters", len);
	node_text(dev, dev->back, "mode", mode, sizeof(mode));
	setup->readonly = mode[0] != 'w';
	setup->takeover = dev->state > XenbusStateInitialising;
	setup->cdrom = node_is_set(dev, dev->back, "removable");
	setup->discard = node_number(dev, dev->back, "discard-enable") != 0;
	return 0;
}

/* ---- What the front end says --------------------------------------------------------------------- */

static int read_u32(struct device *dev, const char *dir, const char *name, uint32_t *value)
{
	int64_t n = node_number(dev, dir, name);

	if (n < 0 || n > UINT32_MAX)
		return plinth_fail(EINVAL, "the front end's %s/%s is not a number", dir, name);
	*value = (uint32_t)n;
	return 0;
}

static int read_disk_queue(struct device *dev, const char *dir, struct wire_queue *q)
{
	int64_t order = node_number(dev, dev->front, "ring-page-order");
	char name[24];
	int err;

	if (order > RING_ORDER)
		return plinth_fail(EINVAL, "the front end wants a ring of 2^%" PRId64 " pages", order);
	q->nr_pages = order < 0 ? 1 : 1u << order;
	err = read_u32(dev, dir, "event-channel", &q->port);
	if (!err && order < 0)
		return read_u32(dev, dir, "ring-ref", &q->ref[0]);
	for (uint32_t i = 0; i < q->nr_pages && !err; i++) {
		snprintf(name, sizeof(name), "ring-ref%u", i);
		err = read_u32(dev, dir, name, &q->ref[i]);
	}
	return err;
}

static int read_interface_queue(struct device *dev, const char *dir, struct wire_queue *q)
{
	int err = read_u32(dev, dir, "tx-ring-ref", &q->ref[0]);

	q->nr_pages = 2;
	if (!err)
		err = read_u32(dev, dir, "rx-ring-ref", &q->ref[1]);
	if (err)
		return err;
	if (node_number(dev, dir, "event-channel-tx") >= 0) {
		err = read_u32(dev, dir, "event-channel-tx", &q->port);
		return err ? err : read_u32(dev, dir, "event-channel-rx", &q->rx_port);
	}
	err = read_u32(dev, dir, "event-channel", &q->port);
	q->rx_port = q->port;
	return err;
}

static int read_queues(struct device *dev, struct wire_connect *c)
{
	int (*read_queue)(struct device *, const char *, struct wire_queue *) =
		dev->kind == KIND_VBD ? read_disk_queue : read_interface_queue;
	int64_t queues = node_number(dev, dev->front, "multi-queue-num-queues");
	char dir[PATH_ROOM + 24];
	int err = 0;

	c->nr_queues = 1;
	if (queues < 0)
		return read_queue(dev, dev->front, &c->queue[0]);
	if (queues < 1 || queues > (dev->kind == KIND_VBD ? WIRE_MAX_QUEUES : 1))
		return plinth_fail(EINVAL, "the front end wants %" PRId64 " queues", queues);
	c->nr_queues = (uint32_t)queues;
	/* One queue has no directory of its own. */
	if (queues == 1 && node_number(dev, dev->front, "queue-0/tx-ring-ref") < 0)
		return read_queue(dev, dev->front, &c->queue[0]);
	for (uint32_t i = 0; i < c->nr_queues && !err; i++) {
		snprintf(dir, sizeof(dir), "%s/queue-%u", dev->front, i);
		err = read_queue(dev, dir, &c->queue[i]);
	}
	return err;
}

int nodes_read_connect(struct device *dev, struct wire_connect *c)
{
	char protocol[32];
	int err;

	*c = (struct wire_connect){.resume = dev->state == XenbusStateConnected};
	if (node_text(dev, dev->front, "protocol", protocol, sizeof(protocol)) > 0 &&
	    strcmp(protocol, XEN_IO_PROTO_ABI_NATIVE) != 0)
		return plinth_fail(EINVAL, "the front end's protocol is \"%s\"; only %s is served", protocol,
				   XEN_IO_PROTO_ABI_NATIVE);
	err = read_queues(dev, c);
	if (err)
		return err;
	if (dev->kind == KIND_VBD) {
		c->persistent = node_is_set(dev, dev->front, "feature-persistent");
		return 0;
	}
	if (!node_is_set(dev, dev->front, "request-rx-copy"))
		return plinth_fail(EINVAL, "the front end does not ask for copied packets, and no others are served");
	c->sg = node_is_set(dev, dev->front, "feature-sg");
	c->gso_tcpv4 = node_is_set(dev, dev->front, "feature-gso-tcpv4");
	c->gso_tcpv6 = node_is_set(dev, dev->front, "feature-gso-tcpv6");
	c->no_csum = node_is_set(dev, dev->front, "feature-no-csum-offload");
	c->ipv6_csum = node_is_set(dev, dev->front, "feature-ipv6-csum-offload");
	return 0;
}
