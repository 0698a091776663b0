/* check.h - a packet as the guest described it in its transmit ring, turned into what may be copied [pure]
 *
 * The slots have been copied out of the ring. A packet is a first slot, extra-info slots if it has any, and the rest.
 */
#ifndef BACKEND_NET_CHECK_H
#define BACKEND_NET_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/io/netif.h>

#define NET_MAX_PIECES 20 /* more than netfront's 18, as old front ends need */
#define NET_MAX_EXTRAS 4
#define NET_MAX_SLOTS  (NET_MAX_PIECES + NET_MAX_EXTRAS)
#define NET_LEAST_LEN  14 /* an Ethernet header */

union net_tx_slot {
	struct netif_tx_request request;
	struct netif_extra_info extra;
};

struct net_piece {
	uint32_t gref;
	uint16_t offset, len; /* bytes, within the page */
};

struct net_packet {
	uint32_t nr_slots;  /* of the ring */
	uint32_t nr_extras; /* of these, behind the first */
	uint16_t id[NET_MAX_PIECES];
	uint32_t nr_pieces, len;
	struct net_piece piece[NET_MAX_PIECES];
	bool csum_blank, csum_valid;
	uint8_t gso_type;  /* XEN_NETIF_GSO_TYPE_* */
	uint16_t gso_size; /* payload of each segment */
	bool bad;	   /* answer it with an error, and do no more with it */
};

/*
 * 1: the first packet of these slots is described, or is bad; 0: its end is not here yet; -EPROTO: it has more slots
 * than a packet can have, and where the next begins cannot be known.
 */
int net_check(const union net_tx_slot *slots, uint32_t count, struct net_packet *packet);

#endif
