/* tx.c - packets from the guest: out of its transmit ring, into the tap */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xen/grant_table.h>

#include "backend-drivers/net/header.h"
#include "backend-drivers/net/vif.h"
#include "dom0-tools/lib/plinth.h"

#define HEADER_ROOM 16u /* for a struct virtio_net_hdr */

_Static_assert(sizeof(struct virtio_net_hdr) <= HEADER_ROOM, "the tap's header");

/* The next packet of the ring, if it may go now: 1, 0 or -EPROTO. */
static int take_packet(struct vif *vif, struct ring_back *ring, uint32_t room, struct net_packet *packet)
{
	union net_tx_slot slot[NET_MAX_SLOTS];
	int pending = ring_back_pending(ring), whole;
	uint32_t n = 1, most = NET_MAX_SLOTS;

	if (pending <= 0)
		return pending;
	if ((uint32_t)pending < most)
		most = (uint32_t)pending;
	ring_back_peek(ring, 0, &slot[0]);
	/* Most packets have one slot; of the others all that can be theirs is copied. */
	if (slot[0].request.flags & (NETTXF_more_data | NETTXF_extra_info))
		for (; n < most; n++)
			ring_back_peek(ring, n, &slot[n]);
	whole = net_check(slot, n, packet);
	if (whole == 0)
		return n == NET_MAX_SLOTS ? -EPROTO : 0;
	if (whole < 0)
		return whole;
	if (packet->nr_pieces > room)
		return 0;
	if (!packet->bad && !rate_take(&vif->rate, vif->rate.bytes ? now_us() : 0, packet->len)) {
		vif->throttled = true;
		return 0;
	}
	ring_back_skip(ring, packet->nr_slots);
	return 1;
}

static void answer(struct answers *answers, const struct net_packet *packet)
{
	struct netif_tx_response response = {.status = packet->bad ? NETIF_RSP_ERROR : NETIF_RSP_OKAY};
	struct netif_tx_response null = {.status = NETIF_RSP_NULL};

	for (uint32_t i = 0; i < packet->nr_pieces; i++) {
		response.id = packet->id[i];
		answers_add(answers, &response, sizeof(response));
		for (uint32_t extra = 0; i == 0 && extra < packet->nr_extras; extra++)
			answers_add(answers, &null, sizeof(null));
	}
}

/*
 * Where each piece of a packet is copied to, from `page` on: never across the end of a page, and if possible all in one
 * piece, behind room for the tap's header. That succeeds for what Linux sends: headers, then parts of consecutive pages,
 * of which only the first and the last are not whole; they fit if the first ends where a page of ours does. The next page
 * that is free.
 */
static uint8_t *lay_out(const struct net_packet *packet, uint8_t *page, uint8_t **at)
{
	uint32_t before = packet->piece[0].len, offset = HEADER_ROOM;

	if (packet->nr_pieces > 2 && packet->piece[1].len < VIF_PAGE)
		before += packet->piece[1].len;
	if (packet->nr_pieces > 1 && before + HEADER_ROOM <= VIF_PAGE)
		offset = VIF_PAGE - before;
	else if (packet->piece[0].len + HEADER_ROOM > VIF_PAGE)
		offset = 0;
	for (uint32_t i = 0; i < packet->nr_pieces; i++) {
		if (offset + packet->piece[i].len > VIF_PAGE) {
			page += VIF_PAGE;
			offset = 0;
		}
		at[i] = page + offset;
		offset += packet->piece[i].len;
	}
	return page + VIF_PAGE;
}

/* The packet's pieces as they lie in memory, neighbours as one; how many that are. */
static uint32_t gather(const struct net_packet *packet, uint8_t *const *at, struct iovec *part)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < packet->nr_pieces; i++) {
		if (n > 0 && (uint8_t *)part[n - 1].iov_base + part[n - 1].iov_len == at[i])
			part[n - 1].iov_len += packet->piece[i].len;
		else
			part[n++] = (struct iovec){at[i], packet->piece[i].len};
	}
	return n;
}

/* The packet's first bytes, as far as headers can reach, in one piece. */
static const uint8_t *first_bytes(const struct net_packet *packet, const struct iovec *part, uint8_t *buf,
				  uint32_t *len)
{
	uint32_t n;

	*len = packet->len < HEADER_MOST ? packet->len : HEADER_MOST;
	if (part[0].iov_len >= *len)
		return part[0].iov_base;
	for (uint32_t at = 0, i = 0; at < *len; at += n, i++) {
		n = (uint32_t)part[i].iov_len < *len - at ? (uint32_t)part[i].iov_len : *len - at;
		memcpy(buf + at, part[i].iov_base, n);
	}
	return buf;
}

/* Where nobody behind us is to complete a checksum, we do: in one piece, because there the sum is made in one go. */
static ssize_t send_complete(struct vif *vif, const struct iovec *part, uint32_t nr_parts,
			     const struct virtio_net_hdr *tap)
{
	static uint8_t whole[XEN_NETIF_MAX_TX_SIZE + 1];
	struct virtio_net_hdr plain = {0};
	struct iovec out[2] = {{&plain, sizeof(plain)}, {whole, 0}};

	for (uint32_t i = 0; i < nr_parts; i++) {
		memcpy(whole + out[1].iov_len, part[i].iov_base, part[i].iov_len);
		out[1].iov_len += part[i].iov_len;
	}
	if (header_fill_csum(whole, (uint32_t)out[1].iov_len, tap->csum_start, tap->csum_offset))
		return -1;
	return writev(vif->tap, out, 2);
}

/* part[0] is free for the header. */
static ssize_t send_parts(struct vif *vif, struct iovec *part, uint32_t nr_parts, const struct virtio_net_hdr *tap)
{
	uint8_t *data = part[1].iov_base;

	if (nr_parts == 1 && (uintptr_t)data % VIF_PAGE >= HEADER_ROOM) {
		memcpy(data - sizeof(*tap), tap, sizeof(*tap));
		return write(vif->tap, data - sizeof(*tap), sizeof(*tap) + part[1].iov_len);
	}
	part[0] = (struct iovec){(void *)tap, sizeof(*tap)};
	return writev(vif->tap, part, (int)(1 + nr_parts));
}

static void send_packet(struct vif *vif, struct net_packet *packet, uint8_t *const *at)
{
	struct iovec part[1 + NET_MAX_PIECES];
	struct virtio_net_hdr header;
	uint8_t buf[HEADER_MOST];
	const uint8_t *first;
	uint32_t len, nr_parts;
	ssize_t n;

	nr_parts = gather(packet, at, part + 1);
	first = first_bytes(packet, part + 1, buf, &len);
	if (header_for_tap(first, len, packet->csum_blank, packet->gso_type, packet->gso_size, &header)) {
		packet->bad = true;
		return;
	}
	if (!(header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) && packet->csum_valid)
		header.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	if (!vif->offload && header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM && header.gso_type == VIRTIO_NET_HDR_GSO_NONE)
		n = send_complete(vif, part + 1, nr_parts, &header);
	else
		n = send_parts(vif, part, nr_parts, &header);
	/* A network may lose packets, and this one is full; but the guest shall not think that it was sent. */
	packet->bad = n < 0;
}

/* Copies what the packets of a batch consist of, all in one go. */
static int fetch(struct vif *vif, uint32_t packets)
{
	uint8_t *page = vif->tx_pages, **to = vif->tx_at;
	uint32_t at = 0;
	int err;

	for (uint32_t i = 0; i < packets; i++) {
		struct net_packet *p = &vif->packet[i];

		vif->tx_first[i] = to;
		if (p->bad)
			continue;
		page = lay_out(p, page, to);
		for (uint32_t j = 0; j < p->nr_pieces; j++)
			grants_copy_from(&vif->copy, p->piece[j].gref, p->piece[j].offset, *to++, p->piece[j].len);
	}
	err = grants_copy_run(&vif->copy);
	for (uint32_t i = 0; i < packets; i++) {
		struct net_packet *p = &vif->packet[i];
		bool good = !err;

		for (uint32_t j = 0; j < p->nr_pieces && !p->bad; j++)
			good &= vif->copy.segment[at++].status == GNTST_okay;
		p->bad |= !good;
	}
	return err;
}

int tx_run(struct vif *vif, struct vif_queue *q)
{
	uint32_t packets = 0, pieces = 0, slots = 0;
	int n = 1;

	while (packets < VIF_TX_PACKETS) {
		n = take_packet(vif, &q->tx, VIF_TX_PIECES - pieces, &vif->packet[packets]);
		if (n <= 0)
			break;
		slots += vif->packet[packets].nr_slots;
		pieces += vif->packet[packets++].nr_pieces;
	}
	if (packets > 0 && fetch(vif, packets))
		return -EIO;
	for (uint32_t i = 0; i < packets; i++) {
		struct net_packet *p = &vif->packet[i];

		if (!p->bad)
			send_packet(vif, p, vif->tx_first[i]);
		answer(&q->answers->tx, p);
	}
	if (answers_publish(&q->answers->tx, &q->tx))
		plinth_events_notify(vif->events, (unsigned int)q->tx_port);
	return n < 0 ? n : (int)slots;
}
