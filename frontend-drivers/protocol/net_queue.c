/* net_queue.c - the front end of a network interface: packets on a pair of rings [pure] */
#include "frontend-drivers/protocol/net_queue.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/types.h"

#define PAGE 4096u

union tx_slot {
	struct netif_tx_request request;
	struct netif_extra_info extra;
};
union rx_slot {
	struct netif_rx_request request;
	struct netif_rx_response response;
	struct netif_extra_info extra;
};
static_assert(sizeof(union tx_slot) == 12 && sizeof(union rx_slot) == 8, "slots of the rings");
static_assert((4096 - 64) / sizeof(union tx_slot) >= NET_IDS && (4096 - 64) / sizeof(union rx_slot) >= NET_IDS,
	      "a page");

/* ---- Sending ------------------------------------------------------------------------------------------ */

void net_tx_attach(struct net_tx *tx, struct ring_page *page, uint32_t slots)
{
	memset(tx, 0, sizeof(*tx));
	ring_front_init(&tx->ring, page, slots, sizeof(union tx_slot));
}

static int check_frame(const struct net_tx *tx, const struct net_frame *frame)
{
	uint32_t len = 0;

	if (frame->nr_parts == 0 || frame->nr_parts > NET_PIECES_MOST)
		return -EINVAL;
	for (uint32_t i = 0; i < frame->nr_parts; i++) {
		const struct net_part *p = &frame->part[i];

		if (p->id >= NET_IDS || tx->busy[p->id] || p->len == 0 || (uint32_t)p->offset + p->len > PAGE)
			return -EINVAL;
		for (uint32_t j = 0; j < i; j++)
			if (frame->part[j].id == p->id)
				return -EINVAL;
		len += p->len;
	}
	if (len != frame->len || len > NET_PACKET_MOST || (frame->gso_type && !frame->gso_size))
		return -EINVAL;
	return 0;
}

static void make_gso(struct net_tx *tx, const struct net_frame *frame)
{
	union tx_slot slot;

	memset(&slot, 0, sizeof(slot));
	slot.extra.type = XEN_NETIF_EXTRA_TYPE_GSO;
	slot.extra.u.gso.type = frame->gso_type;
	slot.extra.u.gso.size = frame->gso_size;
	ring_front_make(&tx->ring, &slot, sizeof(slot));
	tx->extras++;
}

int net_tx_make(struct net_tx *tx, const struct net_frame *frame)
{
	uint16_t flags = 0;
	int err = check_frame(tx, frame);

	if (err)
		return err;
	if (ring_front_room(&tx->ring) < frame->nr_parts + (frame->gso_type != XEN_NETIF_GSO_TYPE_NONE))
		return -EAGAIN;
	if (frame->csum_blank)
		flags = NETTXF_csum_blank | NETTXF_data_validated;
	else if (frame->csum_valid)
		flags = NETTXF_data_validated;
	if (frame->gso_type)
		flags |= NETTXF_extra_info;
	for (uint32_t i = 0; i < frame->nr_parts; i++) {
		const struct net_part *p = &frame->part[i];
		union tx_slot slot = {.request = {.gref = p->gref, .offset = p->offset, .id = p->id}};

		/* The first slot tells the whole packet's size, and all about it. */
		slot.request.size = (uint16_t)(i == 0 ? frame->len : p->len);
		slot.request.flags =
			(uint16_t)((i == 0 ? flags : 0) | (i + 1 < frame->nr_parts ? NETTXF_more_data : 0));
		tx->busy[p->id] = true;
		ring_front_make(&tx->ring, &slot, sizeof(slot));
		if (i == 0 && frame->gso_type)
			make_gso(tx, frame);
	}
	return 0;
}

bool net_tx_publish(struct net_tx *tx)
{
	return ring_front_publish(&tx->ring);
}

int net_tx_take(struct net_tx *tx, uint16_t *id, bool *sent)
{
	struct netif_tx_response r;
	int pending;

	while ((pending = ring_front_pending(&tx->ring)) > 0) {
		ring_front_take(&tx->ring, &r, sizeof(r));
		if (r.status == NETIF_RSP_NULL) {
			if (tx->extras == 0)
				return -EPROTO;
			tx->extras--;
			continue;
		}
		if (r.id >= NET_IDS || !tx->busy[r.id])
			return -EPROTO;
		tx->busy[r.id] = false;
		*id = r.id;
		*sent = r.status == NETIF_RSP_OKAY;
		return 1;
	}
	return pending;
}

/* ---- Receiving ---------------------------------------------------------------------------------------- */

static void begin_frame(struct net_rx *rx)
{
	rx->frame = (struct net_frame){.spare = NET_IDS};
	rx->more = rx->extra = false;
}

void net_rx_attach(struct net_rx *rx, struct ring_page *page, uint32_t slots)
{
	memset(rx, 0, sizeof(*rx));
	ring_front_init(&rx->ring, page, slots, sizeof(union rx_slot));
	begin_frame(rx);
}

int net_rx_offer(struct net_rx *rx, uint16_t id, uint32_t gref)
{
	struct netif_rx_request r = {.id = id, .gref = gref};

	if (id >= NET_IDS || rx->busy[id])
		return -EINVAL;
	if (ring_front_room(&rx->ring) == 0)
		return -EAGAIN;
	rx->busy[id] = true;
	rx->id_at[rx->ring.made & (rx->ring.slots - 1)] = id;
	ring_front_make(&rx->ring, &r, sizeof(r));
	return 0;
}

bool net_rx_publish(struct net_rx *rx)
{
	return ring_front_publish(&rx->ring);
}

/* An extra stands where an answer would, and says nothing of the request whose place it took. */
static int take_extra(struct net_rx *rx, const struct netif_extra_info *extra, uint16_t id)
{
	struct net_frame *f = &rx->frame;

	if (f->spare != NET_IDS || extra->flags & XEN_NETIF_EXTRA_FLAG_MORE || extra->type != XEN_NETIF_EXTRA_TYPE_GSO)
		return -EPROTO;
	f->gso_type = extra->u.gso.type;
	f->gso_size = extra->u.gso.size;
	if ((f->gso_type != XEN_NETIF_GSO_TYPE_TCPV4 && f->gso_type != XEN_NETIF_GSO_TYPE_TCPV6) || f->gso_size == 0)
		f->bad = true;
	f->spare = id;
	rx->extra = false;
	return 0;
}

static int take_part(struct net_rx *rx, const struct netif_rx_response *r, uint16_t id)
{
	struct net_frame *f = &rx->frame;

	if (r->id != id || f->nr_parts == NET_PIECES_MOST)
		return -EPROTO;
	if (f->nr_parts == 0) {
		f->csum_blank = r->flags & NETRXF_csum_blank;
		f->csum_valid = r->flags & (NETRXF_data_validated | NETRXF_csum_blank);
		rx->extra = r->flags & NETRXF_extra_info;
	}
	rx->more = r->flags & NETRXF_more_data;
	f->part[f->nr_parts++] = (struct net_part){.id = id};
	if (r->status <= 0) {
		f->bad = true;
		return 0;
	}
	if ((uint32_t)r->offset + (uint32_t)r->status > PAGE)
		return -EPROTO;
	f->part[f->nr_parts - 1].offset = r->offset;
	f->part[f->nr_parts - 1].len = (uint16_t)r->status;
	f->len += (uint32_t)r->status;
	if (f->len > NET_PACKET_MOST)
		f->bad = true;
	return 0;
}

int net_rx_take(struct net_rx *rx, struct net_frame *frame)
{
	int pending;

	while ((pending = ring_front_pending(&rx->ring)) > 0) {
		uint16_t id = rx->id_at[rx->ring.taken & (rx->ring.slots - 1)];
		union rx_slot slot;
		int err;

		ring_front_take(&rx->ring, &slot, sizeof(slot));
		rx->busy[id] = false;
		err = rx->extra ? take_extra(rx, &slot.extra, id) : take_part(rx, &slot.response, id);
		if (err)
			return err;
		if (rx->more || rx->extra)
			continue;
		*frame = rx->frame;
		begin_frame(rx);
		return 1;
	}
	return pending;
}
