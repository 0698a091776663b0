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

#define UID_BASE     900000u /* no account of any distribution; one for each device */
#define MAX_NODES    32
#define MOST_NUMBERS 16 /* read at once */
#define NUMBER_ROOM  24
#define RING_ORDER   4 /* 16 pages: WIRE_MAX_RING_PAGES */

/* ---- Single nodes ------------------------------------------------------------------------------- */

/* A number as a node holds it; `len` is what reading it gave. */
static int64_t parse(const char *text, int len, size_t size)
{
	unsigned long n;
	char *end;

	if (len <= 0 || (size_t)len >= size || text[0] < '0' || text[0] > '9')
		return -ENOENT;
	n = strtoul(text, &end, 10);
	return *end || n > INT64_MAX ? -ENOENT : (int64_t)n;
}

int nodes_read_numbers(struct device *dev, struct number *n, size_t count)
{
	struct plinth_value value[MOST_NUMBERS];
	char text[MOST_NUMBERS][NUMBER_ROOM] = {{0}};
	int err;

	for (size_t i = 0; i < count; i++)
		value[i] = (struct plinth_value){n[i].dir, n[i].name, text[i], NUMBER_ROOM, 0};
	err = plinth_store_get_all(dev->launcher->store, 0, value, count);
	for (size_t i = 0; i < count; i++)
		n[i].value = err ? err : parse(text[i], value[i].len, NUMBER_ROOM);
	return err;
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

static void add(struct node_list *list, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

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

static void add_disk(struct node_list *list, const struct device *dev, const struct wire_ready *ready)
{
	add_size(list, ready);
	add(list, "info", "%u",
	    (ready->readonly ? VDISK_READONLY : 0) | (dev->cdrom ? VDISK_CDROM | VDISK_REMOVABLE : 0));
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

static void add_interface(struct node_list *list, bool offload)
{
	add(list, "feature-rx-copy", "1");
	add(list, "feature-rx-flip", "0");
	add(list, "feature-sg", "1");
	add(list, "feature-gso-tcpv4", "%d", offload);
	add(list, "feature-gso-tcpv6", "%d", offload);
	add(list, "feature-ipv6-csum-offload", "%d", offload);
	add(list, "feature-split-event-channels", "1");
	add(list, "multi-queue-max-queues", "%d", WIRE_MAX_QUEUES);
}

int nodes_write_ready(struct device *dev, const struct wire_ready *ready)
{
	struct node_list list = {.dev = dev};

	if (dev->kind == KIND_VBD)
		add_disk(&list, dev, ready);
	else
		add_interface(&list, dev->offload);
	/* A front end that is connected already goes on as if nothing had been. */
	if (dev->state < XenbusStateInitWait) {
		add(&list, "state", "%d", XenbusStateInitWait);
		dev->state = XenbusStateInitWait;
	}
	add(&list, "hotplug-status", "connected"); /* last: hvctl waits for it */
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
static void parse_rate(const char *text, struct wire_setup *setup)
{
	setup->rate_interval_us = 50000;
	if (sscanf(text, "%" SCNu64 ",%" SCNu32, &setup->rate_bytes, &setup->rate_interval_us) < 1)
		setup->rate_bytes = 0;
}

static int read_interface(struct device *dev, struct wire_setup *setup)
{
	char offload[NUMBER_ROOM], rate[64] = "";
	struct plinth_value value[] = {
		{dev->back, "offload", offload, sizeof(offload), 0},
		{dev->back, "vifname", setup->vifname, sizeof(setup->vifname), 0},
		{dev->back, "bridge", setup->bridge, sizeof(setup->bridge), 0},
		{dev->back, "rate", rate, sizeof(rate), 0},
	};
	int err;

	snprintf(setup->vifname, sizeof(setup->vifname), "vif%u.%u", dev->domid, dev->devid);
	err = plinth_store_get_all(dev->launcher->store, 0, value, COUNT(value));
	if (err)
		return err;
	setup->offload = dev->offload = parse(offload, value[0].len, sizeof(offload)) != 0;
	parse_rate(rate, setup);
	return 0;
}

static int read_disk(struct device *dev, struct wire_setup *setup)
{
	char mode[8] = "", removable[NUMBER_ROOM], discard[NUMBER_ROOM];
	struct plinth_value value[] = {
		{dev->back, "params", setup->target, sizeof(setup->target), 0},
		{dev->back, "mode", mode, sizeof(mode), 0},
		{dev->back, "removable", removable, sizeof(removable), 0},
		{dev->back, "discard-enable", discard, sizeof(discard), 0},
	};
	int err = plinth_store_get_all(dev->launcher->store, 0, value, COUNT(value));

	if (err)
		return err;
	if (value[0].len < 0)
		return plinth_fail(-value[0].len, "%s/params: %s", dev->back, strerror(-value[0].len));
	if ((size_t)value[0].len >= sizeof(setup->target))
		return plinth_fail(ENAMETOOLONG, "the path of the disk's file has %d characters", value[0].len);
	setup->readonly = mode[0] != 'w';
	setup->takeover = dev->state > XenbusStateInitialising;
	setup->cdrom = dev->cdrom = parse(removable, value[2].len, sizeof(removable)) == 1;
	setup->discard = parse(discard, value[3].len, sizeof(discard)) != 0;
	return 0;
}

int nodes_read_setup(struct device *dev, struct wire_setup *setup)
{
	*setup = (struct wire_setup){.domid = dev->domid, .devid = dev->devid, .uid = UID_BASE + dev->slot};
	return dev->kind == KIND_VIF ? read_interface(dev, setup) : read_disk(dev, setup);
}

int nodes_read_identity(struct device *dev)
{
	char type[16] = "", state[NUMBER_ROOM];
	struct plinth_value value[] = {
		{dev->back, "backendtype", type, sizeof(type), 0},
		{dev->back, "state", state, sizeof(state), 0},
		{dev->back, "frontend", dev->front, sizeof(dev->front), 0},
	};
	int err = plinth_store_get_all(dev->launcher->store, 0, value, COUNT(value));

	if (err)
		return err;
	dev->state = (enum xenbus_state)parse(state, value[1].len, sizeof(state));
	if (strcmp(type, "plinth") != 0 || (int)dev->state < XenbusStateInitialising || value[2].len <= 0)
		return -ENOENT;
	return 0;
}

/* ---- What the front end says --------------------------------------------------------------------- */

static int to_u32(const struct number *n, uint32_t *value)
{
	if (n->value < 0 || n->value > UINT32_MAX)
		return plinth_fail(EINVAL, "the front end's %s/%s is not a number", n->dir, n->name);
	*value = (uint32_t)n->value;
	return 0;
}

static int read_disk_queue(struct device *dev, const char *dir, struct wire_queue *q)
{
	static const char *const names[] = {"ring-ref0",  "ring-ref1",	"ring-ref2",  "ring-ref3",
					    "ring-ref4",  "ring-ref5",	"ring-ref6",  "ring-ref7",
					    "ring-ref8",  "ring-ref9",	"ring-ref10", "ring-ref11",
					    "ring-ref12", "ring-ref13", "ring-ref14", "ring-ref15"};
	struct number ref[COUNT(names)],
		first[] = {{dev->front, "ring-page-order", 0}, {dir, "event-channel", 0}, {dir, "ring-ref", 0}};
	int64_t order;
	int err = nodes_read_numbers(dev, first, COUNT(first));

	if (err)
		return err;
	order = first[0].value;
	if (order > RING_ORDER)
		return plinth_fail(EINVAL, "the front end wants a ring of 2^%" PRId64 " pages", order);
	q->nr_pages = order < 0 ? 1 : 1u << order;
	err = to_u32(&first[1], &q->port);
	if (err || order < 0)
		return err ? err : to_u32(&first[2], &q->ref[0]);
	for (uint32_t i = 0; i < q->nr_pages; i++)
		ref[i] = (struct number){dir, names[i], 0};
	err = nodes_read_numbers(dev, ref, q->nr_pages);
	for (uint32_t i = 0; i < q->nr_pages && !err; i++)
		err = to_u32(&ref[i], &q->ref[i]);
	return err;
}

static int read_interface_queue(struct device *dev, const char *dir, struct wire_queue *q)
{
	struct number n[] = {{dir, "tx-ring-ref", 0},
			     {dir, "rx-ring-ref", 0},
			     {dir, "event-channel", 0},
			     {dir, "event-channel-tx", 0},
			     {dir, "event-channel-rx", 0}};
	int err = nodes_read_numbers(dev, n, COUNT(n));
	bool split = n[3].value >= 0;

	q->nr_pages = 2;
	if (!err)
		err = to_u32(&n[0], &q->ref[0]);
	if (!err)
		err = to_u32(&n[1], &q->ref[1]);
	if (!err)
		err = to_u32(&n[split ? 3 : 2], &q->port);
	if (!err)
		err = to_u32(&n[split ? 4 : 2], &q->rx_port);
	return err;
}

/* `queues`: how many the front end says it has, or a negative errno: it says nothing. */
static int read_queues(struct device *dev, int64_t queues, struct wire_connect *c)
{
	int (*read_queue)(struct device *, const char *, struct wire_queue *) =
		dev->kind == KIND_VBD ? read_disk_queue : read_interface_queue;
	char dir[PATH_ROOM + 24];
	int err = 0;

	c->nr_queues = 1;
	/* One queue has no directory of its own. */
	if (queues < 0 || queues == 1)
		return read_queue(dev, dev->front, &c->queue[0]);
	if (queues == 0 || queues > WIRE_MAX_QUEUES)
		return plinth_fail(EINVAL, "the front end wants %" PRId64 " queues", queues);
	c->nr_queues = (uint32_t)queues;
	for (uint32_t i = 0; i < c->nr_queues && !err; i++) {
		snprintf(dir, sizeof(dir), "%s/queue-%u", dev->front, i);
		err = read_queue(dev, dir, &c->queue[i]);
	}
	return err;
}

static int take_features(const struct device *dev, const struct number *feature, struct wire_connect *c)
{
	if (dev->kind == KIND_VBD) {
		c->persistent = feature[0].value == 1;
		return 0;
	}
	if (feature[0].value != 1)
		return plinth_fail(EINVAL, "the front end does not ask for copied packets, and no others are served");
	c->sg = feature[1].value == 1;
	c->gso_tcpv4 = feature[2].value == 1;
	c->gso_tcpv6 = feature[3].value == 1;
	c->no_csum = feature[4].value == 1;
	c->ipv6_csum = feature[5].value == 1;
	return 0;
}

int nodes_read_connect(struct device *dev, struct wire_connect *c)
{
	bool disk = dev->kind == KIND_VBD;
	char protocol[32] = "";
	struct plinth_value text = {dev->front, "protocol", protocol, sizeof(protocol), 0};
	struct number n[] = {{dev->front, "multi-queue-num-queues", 0},
			     {dev->front, disk ? "feature-persistent" : "request-rx-copy", 0},
			     {dev->front, "feature-sg", 0},
			     {dev->front, "feature-gso-tcpv4", 0},
			     {dev->front, "feature-gso-tcpv6", 0},
			     {dev->front, "feature-no-csum-offload", 0},
			     {dev->front, "feature-ipv6-csum-offload", 0}};
	int err = plinth_store_get_all(dev->launcher->store, 0, &text, 1);

	*c = (struct wire_connect){.resume = dev->state == XenbusStateConnected};
	if (!err && *protocol && strcmp(protocol, XEN_IO_PROTO_ABI_NATIVE) != 0)
		return plinth_fail(EINVAL, "the front end's protocol is \"%s\"; only %s is served", protocol,
				   XEN_IO_PROTO_ABI_NATIVE);
	if (!err)
		err = nodes_read_numbers(dev, n, disk ? 2 : COUNT(n));
	if (!err)
		err = read_queues(dev, n[0].value, c);
	return err ? err : take_features(dev, n + 1, c);
}
