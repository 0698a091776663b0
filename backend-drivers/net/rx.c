/* rx.c - packets to the guest: out of the tap, into the pages that its receive ring offers */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xen/grant_table.h>

#include "backend-drivers/net/header.h"
#include "backend-drivers/net/vif.h"
#include "dom0-tools/lib/plinth.h"

#define MOST_SLOTS (VIF_RX_PAGES + 1) /* of the longest packet, with its extra */

static uint8_t *packet_pages(const struct vif *vif, uint32_t i)
{
	return vif->rx_pages + (size_t)i * VIF_RX_PAGES * VIF_PAGE;
}

static uint8_t gso_type(const struct virtio_net_hdr *header)
{
	switch (header->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return XEN_NETIF_GSO_TYPE_TCPV4;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return XEN_NETIF_GSO_TYPE_TCPV6;
	default:
		return XEN_NETIF_GSO_TYPE_NONE;
	}
}

/* Makes the sum of an IPv6 packet if the guest takes blank ones for IPv4 only; the tap knows no such difference. */
static void complete_ipv6(const struct vif *vif, struct rx_packet *p, uint8_t *data)
{
	struct header h;

	if (vif->front.ipv6_csum || !(p->header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
	    gso_type(&p->header) != XEN_NETIF_GSO_TYPE_NONE || header_read(data, p->len, &h) || !h.ipv6)
		return;
	if (!header_fill_csum(data, p->len, p->header.csum_start, p->header.csum_offset))
		p->header.flags = 0;
}

/* 1, or 0: there is no packet. */
static int read_packet(struct vif *vif, uint32_t i)
{
	struct rx_packet *p = &vif->rx_packet[i];
	struct iovec part[2] = {{&p->header, sizeof(p->header)},
				{packet_pages(vif, i), (size_t)VIF_RX_PAGES * VIF_PAGE}};
	ssize_t n = readv(vif->tap, part, 2);

	if (n <= (ssize_t)sizeof(p->header))
		return 0;
	p->len = (uint32_t)(n - (ssize_t)sizeof(p->header));
	p->nr_slots = (p->len + VIF_PAGE - 1) / VIF_PAGE + (gso_type(&p->header) != XEN_NETIF_GSO_TYPE_NONE);
	complete_ipv6(vif, p, part[1].iov_base);
	p->queue = &vif->queue[header_queue(part[1].iov_base, p->len, vif->nr_queues)];
	return 1;
}

/*
 * Responses go into the slots from which the requests were read, so all of a packet's requests are taken before its
 * first response is made. They wait in `request` until the copies are done.
 */
static void request_copies(struct vif *vif, uint32_t i, struct netif_rx_request *request)
{
	const struct rx_packet *p = &vif->rx_packet[i];
	bool gso = gso_type(&p->header) != XEN_NETIF_GSO_TYPE_NONE;
	uint32_t done = 0, n;

	for (uint32_t slot = 0; slot < p->nr_slots; slot++) {
		ring_back_take(&p->queue->rx, &request[slot]);
		if (gso && slot == 1)
			continue; /* the extra's: its page stays unused */
		n = p->len - done < VIF_PAGE ? p->len - done : VIF_PAGE;
		grants_copy_to(&vif->copy, request[slot].gref, 0, packet_pages(vif, i) + done, n);
		done += n;
	}
}

static uint16_t first_flags(const struct rx_packet *p)
{
	uint16_t flags = 0;

	if (p->header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		flags = NETRXF_csum_blank | NETRXF_data_validated;
	else if (p->header.flags & VIRTIO_NET_HDR_F_DATA_VALID)
		flags = NETRXF_data_validated;
	if (gso_type(&p->header) != XEN_NETIF_GSO_TYPE_NONE)
		flags |= NETRXF_extra_info;
	return flags;
}

static void answer_extra(const struct rx_packet *p)
{
	struct netif_extra_info extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO};

	extra.u.gso.size = p->header.gso_size;
	extra.u.gso.type = gso_type(&p->header);
	answers_add(&p->queue->answers->rx, &extra, sizeof(extra));
}

/* `copied` walks along the results of the batch's copies. */
static void answer(struct vif *vif, uint32_t i, const struct netif_rx_request *request, bool done,
		   const struct ioctl_gntdev_grant_copy_segment **copied)
{
	const struct rx_packet *p = &vif->rx_packet[i];
	uint16_t flags = first_flags(p);
	uint32_t left = p->len;

	for (uint32_t slot = 0; slot < p->nr_slots; slot++) {
		struct netif_rx_response response = {.id = request[slot].id};
		uint32_t n = left < VIF_PAGE ? left : VIF_PAGE;
		bool good;

		if (slot == 1 && flags & NETRXF_extra_info) {
			answer_extra(p);
			continue;
		}
		good = done && (*copied)++->status == GNTST_okay;
		left -= n;
		response.flags = (uint16_t)((slot == 0 ? flags : 0) | (left ? NETRXF_more_data : 0));
		response.status = good ? (int16_t)n : NETIF_RSP_ERROR;
		answers_add(&p->queue->answers->rx, &response, sizeof(response));
	}
}

static int deliver(struct vif *vif, uint32_t packets)
{
	static struct netif_rx_request request[VIF_RX_PACKETS][MOST_SLOTS];
	const struct ioctl_gntdev_grant_copy_segment *copied = vif->copy.segment;
	int err;

	for (uint32_t i = 0; i < packets; i++)
		request_copies(vif, i, request[i]);
	err = grants_copy_run(&vif->copy);
	for (uint32_t i = 0; i < packets; i++)
		answer(vif, i, request[i], !err, &copied);
	for (uint32_t i = 0; i < vif->nr_queues; i++) {
		struct vif_queue *q = &vif->queue[i];

		if (answers_publish(&q->answers->rx, &q->rx))
			plinth_events_notify(vif->events, (unsigned int)q->rx_port);
	}
	return err;
}

/* How many slots each queue's guest offers; whether any offers too few for a packet of any length. Or -EPROTO. */
static int look_at_room(struct vif *vif)
{
	bool full = false;

	for (uint32_t i = 0; i < vif->nr_queues; i++) {
		int room = ring_back_pending(&vif->queue[i].rx);

		if (room < 0)
			return room;
		vif->queue[i].rx_room = (uint32_t)room;
		full |= room < (int)MOST_SLOTS;
	}
	return full;
}

/* Which queue a packet goes to is known when it has been read, so all must have room for the next one. */
int rx_run(struct vif *vif)
{
	uint32_t packets = 0, slots = 0;
	int full = look_at_room(vif);

	if (full < 0)
		return full;
	while (packets < vif->eager && !full) {
		const struct rx_packet *p = &vif->rx_packet[packets];

		if (!read_packet(vif, packets))
			break;
		packets++;
		slots += p->nr_slots;
		p->queue->rx_room -= p->nr_slots;
		full = p->queue->rx_room < MOST_SLOTS;
	}
	vif->full = full && packets < vif->eager;
	/* As many as came last time and twice that are tried the next; a single packet costs no second look. */
	vif->eager = packets < vif->eager ? 1 : 2 * vif->eager < VIF_RX_PACKETS ? 2 * vif->eager : VIF_RX_PACKETS;
	if (packets > 0 && deliver(vif, packets))
		return -EIO;
	return (int)slots;
}

bool rx_sleep(struct vif *vif)
{
	bool room = true;

	for (uint32_t i = 0; i < vif->nr_queues; i++)
		room &= ring_back_sleep(&vif->queue[i].rx, MOST_SLOTS);
	return room;
}
