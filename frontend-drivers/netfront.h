/* netfront.h - a network interface, for one thread that sends and receives
 *
 * Packets are copied through pages that stay granted. The back end may leave checksums blank and join segments (GSO); so may
 * the sender here. One pair of rings for each queue; received packets of a flow come by one queue.
 */
#ifndef FRONTEND_NETFRONT_H
#define FRONTEND_NETFRONT_H

#include "frontend-drivers/protocol/net_queue.h"
#include "frontend-drivers/xenbus.h"

#define NETFRONT_QUEUES	  4
#define NETFRONT_TX_PAGES 32
#define NETFRONT_RX_PAGES 64 /* a back end waits for room for the longest packet, 18 pages */

struct netfront_queue {
	struct netfront *net;
	struct ring_page *tx_ring, *rx_ring;
	int tx_ref, rx_ref, port;
	struct net_tx tx;
	struct net_rx rx;
	uint8_t *tx_page[NETFRONT_TX_PAGES], *rx_page[NETFRONT_RX_PAGES];
	uint32_t tx_gref[NETFRONT_TX_PAGES], rx_gref[NETFRONT_RX_PAGES];
};

struct netfront {
	struct xenbus_device dev;
	struct os_lock lock;	  /* of the rings: xenbus' thread makes and takes them */
	struct os_signal arrived; /* something may be there to receive, or room to send */
	bool attached;
	bool sg, gso_tcpv4, gso_tcpv6; /* what the back end takes */
	uint32_t nr_queues, most_queues;
	uint8_t mac[6];
	uint64_t sent, received, dropped; /* packets */
	struct netfront_queue queue[NETFRONT_QUEUES];
};

struct netfront_packet {
	struct net_frame frame;
	uint32_t queue;
};

/* `front` such as "device/vif/0". */
int netfront_open(struct netfront *net, const char *front, uint32_t queues);
/*
 * Sends a packet of frame->len bytes; of the frame only what it says of checksum and GSO is read, and a blank checksum's
 * field must hold the sum of the pseudo-header. -EAGAIN: there is no room now; -ENODEV: no back end; -EINVAL: longer than
 * 4 KiB where it takes no more than one page, or GSO that it does not take.
 */
int netfront_send(struct netfront *net, const void *packet, const struct net_frame *frame);
/* The next packet, if there is one; it is to be given back by netfront_take(). -EAGAIN, -ENODEV. */
int netfront_receive(struct netfront *net, struct netfront_packet *packet);
/* Copies its frame.len bytes (to may be NULL: it is dropped), fills a blank checksum, and offers its pages again. */
void netfront_take(struct netfront *net, const struct netfront_packet *packet, uint8_t *to);

#endif
