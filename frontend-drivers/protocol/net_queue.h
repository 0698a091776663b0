/* net_queue.h - the front end of a network interface: packets on a pair of rings [pure]
 *
 * The caller has pages, numbered by an id below NET_IDS for each direction, and grants them. A packet may lie in several
 * (scatter-gather), may leave its TCP or UDP checksum blank, and may be a large TCP segment that the other side cuts (GSO).
 *
 * What the back end answers is checked: ids that are in use, in the order in which that must be, data within a page, packets
 * that end. -EPROTO: it is not so, and nothing on these rings can be believed any more.
 */
#ifndef FRONTEND_NET_QUEUE_H
#define FRONTEND_NET_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/io/netif.h>

#include "event-channel/ring.h"

#define NET_IDS		256 /* slots of a ring of one page, for either direction */
#define NET_PIECES_MOST XEN_NETIF_NR_SLOTS_MIN
#define NET_PACKET_MOST XEN_NETIF_MAX_TX_SIZE

struct net_part {
	uint16_t id;
	uint16_t offset, len; /* of the data in the id's page, bytes */
	uint32_t gref;	      /* to send; not set in what is received */
};

struct net_frame {
	uint32_t nr_parts, len;
	struct net_part part[NET_PIECES_MOST];
	bool csum_blank, csum_valid;
	uint8_t gso_type;  /* XEN_NETIF_GSO_TYPE_* */
	uint16_t gso_size; /* payload of each segment, bytes */
	bool bad;	   /* received: there is no data, only ids to be offered again */
	uint16_t spare;	   /* received: the id whose place an extra took, also to be offered again; NET_IDS: none */
};

/* ---- Sending ------------------------------------------------------------------------------------------ */

struct net_tx {
	struct ring_front ring;
	uint32_t extras; /* made, and not answered */
	bool busy[NET_IDS];
};

void net_tx_attach(struct net_tx *tx, struct ring_page *page, uint32_t slots);
/*
 * Puts a packet into the ring, all of it. Its ids are busy until they are answered. -EAGAIN: no room; -EINVAL: what such a
 * frame says cannot be: no data, a part across a page's end or of an id that is busy, too long.
 */
int net_tx_make(struct net_tx *tx, const struct net_frame *frame);
bool net_tx_publish(struct net_tx *tx);
/* Takes an answer: 1, and the id is free again, sent or not; 0: there is none; -EPROTO. */
int net_tx_take(struct net_tx *tx, uint16_t *id, bool *sent);

/* ---- Receiving ---------------------------------------------------------------------------------------- */

struct net_rx {
	struct ring_front ring;
	uint16_t id_at[NET_IDS]; /* whose request a ring slot has */
	bool busy[NET_IDS];
	struct net_frame frame; /* that comes in, as far as it has come */
	bool more, extra;	/* what its last slot said follows */
};

void net_rx_attach(struct net_rx *rx, struct ring_page *page, uint32_t slots);
/* Offers a page to be filled. -EAGAIN: no room; -EINVAL: there is no such id, or it is offered already. */
int net_rx_offer(struct net_rx *rx, uint16_t id, uint32_t gref);
bool net_rx_publish(struct net_rx *rx);
/* 1: a whole packet, its ids are the caller's again; 0: not (yet); -EPROTO. */
int net_rx_take(struct net_rx *rx, struct net_frame *frame);

/* ---- Checksums ---------------------------------------------------------------------------------------- */

/*
 * Makes the checksum that a packet of one piece has left blank: TCP or UDP over IPv4 or IPv6, where the field holds the
 * sum of the pseudo-header. -EINVAL: it is no such packet, or does not hold what it says.
 */
int net_fill_checksum(uint8_t *packet, uint32_t len);

#endif
