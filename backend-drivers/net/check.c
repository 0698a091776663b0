/* check.c - a packet as the guest described it in its transmit ring, turned into what may be copied [pure] */
#include <errno.h>
#include <stddef.h>

#include "backend-drivers/net/check.h"

#define PAGE 4096u

_Static_assert(sizeof(union net_tx_slot) == 12, "a slot of the ring");

static void check_extra(const struct netif_extra_info *extra, struct net_packet *packet)
{
	switch (extra->type) {
	case XEN_NETIF_EXTRA_TYPE_GSO:
		if ((extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV4 && extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV6) ||
		    extra->u.gso.size == 0)
			packet->bad = true;
		packet->gso_type = extra->u.gso.type;
		packet->gso_size = extra->u.gso.size;
		break;
	case XEN_NETIF_EXTRA_TYPE_HASH: /* says which flow it is of: nothing here depends on it */
		break;
	default:
		packet->bad = true; /* not offered: features that we do not announce */
	}
}

/* The extras behind the first slot. 1: all are here, 0: not yet. */
static int read_extras(const union net_tx_slot *slots, uint32_t count, struct net_packet *packet)
{
	bool more = slots[0].request.flags & NETTXF_extra_info;

	while (more) {
		const struct netif_extra_info *extra;

		if (packet->nr_extras == NET_MAX_EXTRAS)
			return -EPROTO;
		if (packet->nr_extras + 1 >= count)
			return 0;
		extra = &slots[++packet->nr_extras].extra;
		check_extra(extra, packet);
		more = extra->flags & XEN_NETIF_EXTRA_FLAG_MORE;
	}
	return 1;
}

static void add_piece(const struct netif_tx_request *request, struct net_packet *packet)
{
	packet->id[packet->nr_pieces] = request->id;
	packet->piece[packet->nr_pieces++] =
		(struct net_piece){.gref = request->gref, .offset = request->offset, .len = request->size};
}

static int read_pieces(const union net_tx_slot *slots, uint32_t count, struct net_packet *packet)
{
	uint32_t at = packet->nr_extras;
	bool more = slots[0].request.flags & NETTXF_more_data;

	add_piece(&slots[0].request, packet);
	while (more) {
		if (packet->nr_pieces == NET_MAX_PIECES)
			return -EPROTO;
		if (++at >= count)
			return 0;
		add_piece(&slots[at].request, packet);
		more = slots[at].request.flags & NETTXF_more_data;
	}
	packet->nr_slots = packet->nr_extras + packet->nr_pieces;
	return 1;
}

/* The first slot's size is the whole packet's: what the others have is not its own. */
static void check_sizes(struct net_packet *packet)
{
	uint32_t others = 0;

	packet->len = packet->piece[0].len;
	for (uint32_t i = 1; i < packet->nr_pieces; i++)
		others += packet->piece[i].len;
	if (packet->len < NET_LEAST_LEN || others >= packet->len) {
		packet->bad = true;
		return;
	}
	packet->piece[0].len = (uint16_t)(packet->len - others);
	for (uint32_t i = 0; i < packet->nr_pieces; i++)
		if (packet->piece[i].len == 0 || packet->piece[i].offset + packet->piece[i].len > PAGE)
			packet->bad = true;
}

int net_check(const union net_tx_slot *slots, uint32_t count, struct net_packet *packet)
{
	int whole;

	packet->nr_slots = 0;
	packet->nr_extras = 0;
	packet->nr_pieces = 0;
	packet->gso_type = XEN_NETIF_GSO_TYPE_NONE;
	packet->gso_size = 0;
	packet->bad = false;
	if (count == 0)
		return 0;
	whole = read_extras(slots, count, packet);
	if (whole > 0)
		whole = read_pieces(slots, count, packet);
	if (whole <= 0)
		return whole;
	packet->csum_blank = slots[0].request.flags & NETTXF_csum_blank;
	packet->csum_valid = slots[0].request.flags & (NETTXF_data_validated | NETTXF_csum_blank);
	check_sizes(packet);
	return 1;
}
