/* netfront.c - a network interface, for one thread that sends and receives */
#include "frontend-drivers/netfront.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#define PAGE 4096u

static struct netfront *net_of(struct xenbus_device *dev)
{
	return container_of(dev, struct netfront, dev);
}

static void event(void *argument)
{
	struct netfront_queue *q = argument;

	os_raise(&q->net->arrived);
}

/* ---- Coming and going --------------------------------------------------------------------------------- */

static int make_pages(uint8_t **page, uint32_t *gref, uint32_t count, uint16_t domid, bool readonly)
{
	for (uint32_t i = 0; i < count; i++) {
		int ref;

		page[i] = os_page_alloc();
		ref = page[i] ? os_grant(domid, page[i], readonly) : -ENOMEM;
		if (ref < 0)
			return ref;
		gref[i] = (uint32_t)ref;
	}
	return 0;
}

static int make_rings(struct netfront *net, struct netfront_queue *q)
{
	uint16_t domid = net->dev.back_domain;
	int err = 0;

	if (!q->tx_page[0])
		err = make_pages(q->tx_page, q->tx_gref, NETFRONT_TX_PAGES, domid, true);
	if (!err && !q->rx_page[0])
		err = make_pages(q->rx_page, q->rx_gref, NETFRONT_RX_PAGES, domid, false);
	if (err)
		return err;
	q->tx_ring = os_page_alloc();
	q->rx_ring = os_page_alloc();
	if (!q->tx_ring || !q->rx_ring)
		return -ENOMEM;
	os_lock(&net->lock);
	net_tx_attach(&q->tx, q->tx_ring, NET_IDS);
	net_rx_attach(&q->rx, q->rx_ring, NET_IDS);
	for (uint16_t i = 0; i < NETFRONT_RX_PAGES; i++)
		net_rx_offer(&q->rx, i, q->rx_gref[i]);
	net_rx_publish(&q->rx);
	os_unlock(&net->lock);
	q->tx_ref = os_grant(domid, q->tx_ring, false);
	q->rx_ref = os_grant(domid, q->rx_ring, false);
	q->port = q->tx_ref < 0 || q->rx_ref < 0 ? -ENOSPC : os_event_alloc(domid, event, q);
	return MIN(q->port, 0);
}

static int offer_queue(struct netfront *net, struct netfront_queue *q, struct xenbus_nodes *nodes, const char *dir)
{
	int err = make_rings(net, q);

	xenbus_add(nodes, dir, "tx-ring-ref", (uint32_t)q->tx_ref);
	xenbus_add(nodes, dir, "rx-ring-ref", (uint32_t)q->rx_ref);
	xenbus_add(nodes, dir, "event-channel", (uint32_t)q->port);
	return err;
}

/* What we take: packets copied into our pages, in pieces, with blank checksums, joined. */
static const char *const features[] = {"request-rx-copy",   "feature-rx-notify", "feature-sg",
				       "feature-gso-tcpv4", "feature-gso-tcpv6", "feature-ipv6-csum-offload"};

static int offer(struct xenbus_device *dev, struct xenbus_nodes *nodes)
{
	struct netfront *net = net_of(dev);
	struct xenbus_node theirs[] = {
		{"multi-queue-max-queues", 1}, {"feature-sg", 0}, {"feature-gso-tcpv4", 0}, {"feature-gso-tcpv6", 0}};
	char dir[16] = "";
	int err = 0;

	xenbus_read(dev, theirs, ARRAY_SIZE(theirs));
	net->sg = theirs[1].value == 1;
	net->gso_tcpv4 = theirs[2].value == 1;
	net->gso_tcpv6 = theirs[3].value == 1;
	net->nr_queues = MAX((uint32_t)MIN(theirs[0].value, (uint64_t)net->most_queues), 1u);
	if (net->nr_queues > 1)
		xenbus_add(nodes, "", "multi-queue-num-queues", net->nr_queues);
	for (uint32_t i = 0; i < net->nr_queues && !err; i++) {
		if (net->nr_queues > 1)
			format(dir, sizeof(dir), "queue-%u/", i);
		err = offer_queue(net, &net->queue[i], nodes, dir);
	}
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		xenbus_add(nodes, "", features[i], 1);
	return err;
}

static int connect(struct xenbus_device *dev)
{
	struct netfront *net = net_of(dev);

	os_lock(&net->lock);
	net->attached = true;
	os_unlock(&net->lock);
	os_raise(&net->arrived);
	return 0;
}

static void look(struct xenbus_device *dev)
{
	(void)dev; /* nothing about an interface changes while it is connected */
}

static void take_back(int *ref, struct ring_page *page)
{
	/* A page that the back end has still mapped is lost, rather than used for something else. */
	if (*ref >= 0 && os_grant_end((uint32_t)*ref))
		os_page_free(page);
	*ref = -1;
}

static void leave(struct xenbus_device *dev)
{
	struct netfront *net = net_of(dev);

	os_lock(&net->lock);
	net->attached = false;
	os_unlock(&net->lock);
	for (uint32_t i = 0; i < net->nr_queues; i++) {
		struct netfront_queue *q = &net->queue[i];

		if (q->port >= 0)
			os_event_close((uint32_t)q->port);
		q->port = -1;
		take_back(&q->tx_ref, q->tx_ring);
		take_back(&q->rx_ref, q->rx_ring);
	}
}

static const struct xenbus_driver driver = {offer, connect, look, leave};

/* "00:16:3e:…" */
static int read_mac(struct netfront *net, const char *front)
{
	char path[XENBUS_PATH + 8], text[18] = "";

	format(path, sizeof(path), "%s/mac", front);
	if (store_read(path, text, sizeof(text)) != 17)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(net->mac); i++) {
		char hex[5] = {'0', 'x', text[3 * i], text[3 * i + 1], 0};
		const char *at = hex;
		uint64_t byte;

		if (parse_u64(&at, &byte) || *at)
			return -EINVAL;
		net->mac[i] = (uint8_t)byte;
	}
	return 0;
}

int netfront_open(struct netfront *net, const char *front, uint32_t queues)
{
	int err;

	memset(net, 0, sizeof(*net));
	net->most_queues = MIN(queues, (uint32_t)NETFRONT_QUEUES);
	for (uint32_t i = 0; i < NETFRONT_QUEUES; i++) {
		net->queue[i].net = net;
		net->queue[i].port = net->queue[i].tx_ref = net->queue[i].rx_ref = -1;
	}
	err = read_mac(net, front);
	return err ? err : xenbus_open(&net->dev, front, &driver);
}

/* ---- Packets ------------------------------------------------------------------------------------------ */

/* Ids that are answered are free again; -EPROTO. */
static int reclaim(struct netfront *net, struct netfront_queue *q)
{
	uint16_t id;
	bool sent;
	int n;

	do {
		while ((n = net_tx_take(&q->tx, &id, &sent)) > 0)
			net->dropped += !sent;
	} while (n == 0 && ring_front_sleep(&q->tx.ring));
	return n;
}

/* Copies a packet into free pages, and says so in frame->part. */
static int fill(struct netfront_queue *q, const uint8_t *packet, struct net_frame *frame)
{
	uint32_t done = 0;

	frame->nr_parts = 0;
	for (uint16_t id = 0; id < NETFRONT_TX_PAGES && done < frame->len; id++) {
		uint16_t here = (uint16_t)MIN(frame->len - done, PAGE);

		if (q->tx.busy[id])
			continue;
		memcpy(q->tx_page[id], packet + done, here);
		frame->part[frame->nr_parts++] = (struct net_part){id, 0, here, q->tx_gref[id]};
		done += here;
	}
	return done < frame->len ? -EAGAIN : 0;
}

static int send_locked(struct netfront *net, struct netfront_queue *q, const uint8_t *packet, struct net_frame *frame)
{
	int err = reclaim(net, q);

	if (!err)
		err = fill(q, packet, frame);
	if (!err)
		err = net_tx_make(&q->tx, frame);
	if (!err && net_tx_publish(&q->tx))
		os_event_send((uint32_t)q->port);
	return err;
}

int netfront_send(struct netfront *net, const void *packet, const struct net_frame *frame)
{
	struct net_frame f = *frame;
	int err = -ENODEV;

	if (f.len == 0 || f.len > (net->sg ? NET_PACKET_MOST : PAGE) ||
	    (f.gso_type == XEN_NETIF_GSO_TYPE_TCPV4 && !net->gso_tcpv4) ||
	    (f.gso_type == XEN_NETIF_GSO_TYPE_TCPV6 && !net->gso_tcpv6))
		return -EINVAL;
	os_lock(&net->lock);
	if (net->attached)
		err = send_locked(net, &net->queue[os_vcpu() % net->nr_queues], packet, &f);
	if (!err)
		net->sent++;
	os_unlock(&net->lock);
	if (err == -EPROTO)
		xenbus_break(&net->dev);
	return err;
}

int netfront_receive(struct netfront *net, struct netfront_packet *packet)
{
	int n = 0;

	os_lock(&net->lock);
	for (uint32_t i = 0; net->attached && i < net->nr_queues && n == 0; i++) {
		struct netfront_queue *q = &net->queue[i];

		packet->queue = i;
		do {
			n = net_rx_take(&q->rx, &packet->frame);
		} while (n == 0 && ring_front_sleep(&q->rx.ring));
	}
	net->received += n > 0;
	if (!net->attached)
		n = -ENODEV;
	os_unlock(&net->lock);
	if (n == -EPROTO)
		xenbus_break(&net->dev);
	return n == 0 ? -EAGAIN : MIN(n, 0);
}

void netfront_take(struct netfront *net, const struct netfront_packet *packet, uint8_t *to)
{
	struct netfront_queue *q = &net->queue[packet->queue];
	const struct net_frame *f = &packet->frame;
	uint32_t done = 0;

	for (uint32_t i = 0; i < f->nr_parts && to && !f->bad; i++) {
		memcpy(to + done, q->rx_page[f->part[i].id] + f->part[i].offset, f->part[i].len);
		done += f->part[i].len;
	}
	/* What is no TCP or UDP cannot be completed; the stack above will not like it. */
	if (to && f->csum_blank && !f->bad && net_fill_checksum(to, done))
		net->dropped++;
	os_lock(&net->lock);
	if (net->attached) {
		for (uint32_t i = 0; i < f->nr_parts; i++)
			net_rx_offer(&q->rx, f->part[i].id, q->rx_gref[f->part[i].id]);
		if (f->spare != NET_IDS)
			net_rx_offer(&q->rx, f->spare, q->rx_gref[f->spare]);
		if (net_rx_publish(&q->rx))
			os_event_send((uint32_t)q->port);
	}
	os_unlock(&net->lock);
}
