/* vif.h - netback's inside: an interface with its two rings */
#ifndef BACKEND_NET_VIF_H
#define BACKEND_NET_VIF_H

#include <linux/virtio_net.h>

#include "backend-drivers/common/grants.h"
#include "backend-drivers/common/wire.h"
#include "backend-drivers/net/check.h"
#include "backend-drivers/net/rate.h"
#include "event-channel/ring.h"

#define VIF_PAGE       4096u
#define VIF_TX_PACKETS 64  /* in one batch */
#define VIF_TX_PIECES  256 /* of all of them */
#define VIF_RX_PACKETS 16
#define VIF_RX_PAGES   17 /* of the longest packet */

struct rx_packet {
	struct virtio_net_hdr header;
	uint32_t len, nr_slots;
};

struct vif {
	uint32_t domid;
	int tap, events;
	struct grants grants;
	struct grants_copy copy;
	bool offload; /* the administrator's switch */
	bool connected;
	struct wire_connect front; /* what the front end can take */
	struct rate rate;

	struct ring_back tx, rx;
	int tx_port, rx_port; /* the same one twice if they are not split */
	bool tx_masked, rx_masked;
	bool throttled; /* the rate is used up */

	struct net_packet packet[VIF_TX_PACKETS];
	struct pages pages; /* for both directions */
	uint8_t *tx_pages;  /* one for each piece */
	uint8_t *tx_at[VIF_TX_PIECES]; /* where in there each piece is */
	uint8_t **tx_first[VIF_TX_PACKETS]; /* and the first of each packet */
	bool readable;	   /* the tap has packets */
	bool watching;	   /* the loop waits for that */
	bool full;	   /* no room in the receive ring: the tap is not read */
	uint32_t eager;	   /* how many packets we try to read before we wait again */
	struct rx_packet rx_packet[VIF_RX_PACKETS];
	uint8_t *rx_pages; /* VIF_RX_PAGES for each packet */
};

/*
 * Packets from the guest: a batch of them. How many slots were dealt with, 0: there is nothing to do (or the rate is
 * used up), -EPROTO: nonsense.
 */
int tx_run(struct vif *vif);
/* Packets to the guest, likewise; 0: the tap is empty, or the guest has no room. */
int rx_run(struct vif *vif);
/* Asks for an event when the guest has made room for a packet of any length. True: it has. */
bool rx_sleep(struct vif *vif);

uint64_t now_us(void);

#endif
