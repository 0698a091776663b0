/* vif.h - netback's inside: an interface with its queues, two rings each */
#ifndef BACKEND_NET_VIF_H
#define BACKEND_NET_VIF_H

#include <linux/virtio_net.h>

#include "backend-drivers/common/grants.h"
#include "backend-drivers/common/wire.h"
#include "backend-drivers/net/answers.h"
#include "backend-drivers/net/check.h"
#include "backend-drivers/net/rate.h"
#include "event-channel/ring.h"

#define VIF_PAGE       4096u
#define VIF_TX_PACKETS 64  /* in one batch */
#define VIF_TX_PIECES  256 /* of all of them */
#define VIF_RX_PACKETS 16
#define VIF_RX_PAGES   17 /* of the longest packet */

struct vif_queue {
	struct ring_back tx, rx; /* page NULL: not mapped */
	struct queue_answers *answers;
	int tx_port, rx_port; /* the same one twice if they are not split; -1: none */
	bool tx_masked, rx_masked;
	uint32_t rx_room; /* slots, while a batch is gathered */
};

struct rx_packet {
	struct virtio_net_hdr header;
	uint32_t len, nr_slots;
	struct vif_queue *queue;
};

struct vif {
	uint32_t domid;
	int tap, events;
	struct grants grants;
	struct grants_copy copy;
	bool offload;		   /* the administrator's switch */
	struct wire_connect front; /* what the front end can take */
	struct rate rate;

	uint32_t nr_queues; /* connected */
	struct vif_queue queue[WIRE_MAX_QUEUES];
	bool throttled; /* the rate is used up */

	struct net_packet packet[VIF_TX_PACKETS];
	struct pages pages;		    /* for both directions */
	uint8_t *tx_pages;		    /* one for each piece */
	uint8_t *tx_at[VIF_TX_PIECES];	    /* where in there each piece is */
	uint8_t **tx_first[VIF_TX_PACKETS]; /* and the first of each packet */
	bool readable;			    /* the tap has packets */
	bool watching;			    /* the loop waits for that */
	bool full;			    /* no room in one of the receive rings: the tap is not read */
	uint32_t eager;			    /* how many packets we try to read before we wait again */
	struct rx_packet rx_packet[VIF_RX_PACKETS];
	uint8_t *rx_pages; /* VIF_RX_PAGES for each packet */
};

/*
 * Packets from the guest: a batch of them, of one queue. How many slots were dealt with, 0: there is nothing to do (or the
 * rate is used up), -EPROTO: nonsense.
 */
int tx_run(struct vif *vif, struct vif_queue *q);
/* Packets to the guest, likewise, each flow by one queue; 0: the tap is empty, or the guest has no room in one of them. */
int rx_run(struct vif *vif);
/* Asks for an event when the guest has made room for a packet of any length in each queue. True: it has. */
bool rx_sleep(struct vif *vif);

/* ---- queue.c: its rings and event channels ------------------------------------------------------- */

/* Maps the rings, shows what our predecessor had answered, and binds the ports; what fails leaves something to be closed. */
int queue_open(struct vif *vif, struct vif_queue *q, const struct wire_queue *where, struct queue_answers *answers);
void queue_close(struct vif *vif, struct vif_queue *q);
/* An event came by this port, which is masked now; it may be another queue's. */
void queue_note_event(struct vif_queue *q, int port);
void queue_unmask(struct vif *vif, struct vif_queue *q);

uint64_t now_us(void);

#endif
