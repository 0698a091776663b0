/* queue.c - one queue of an interface: its two rings and their event channels */
#include <stddef.h>

#include "backend-drivers/net/vif.h"
#include "dom0-tools/lib/plinth.h"

/*
 * Both rings are answered in the order of their requests, so that what the last process had not answered is simply
 * there to be taken once more. A packet may be lost or doubled by its end; networks do that.
 */
static int open_ring(const struct vif *vif, struct ring_back *ring, uint32_t ref, uint32_t slot_size,
		     struct answers *answers)
{
	void *page;
	int err = grants_map(&vif->grants, &ref, 1, &page);

	if (err)
		return plinth_context(err, "ring");
	err = ring_back_attach(ring, page, ring_slots(VIF_PAGE, slot_size), slot_size);
	if (!err)
		err = answers_take_over(answers, ring);
	return err ? plinth_fail(-err, "the ring's indices make no sense") : 0;
}

int queue_open(struct vif *vif, struct vif_queue *q, const struct wire_queue *where, struct queue_answers *answers)
{
	int err;

	*q = (struct vif_queue){.tx_port = -1, .rx_port = -1, .answers = answers};
	err = open_ring(vif, &q->tx, where->ref[0], sizeof(union net_tx_slot), &answers->tx);
	if (!err)
		err = open_ring(vif, &q->rx, where->ref[1], sizeof(struct netif_rx_request), &answers->rx);
	if (err)
		return err;
	q->tx_port = plinth_events_bind(vif->events, vif->domid, where->port);
	if (q->tx_port < 0)
		return q->tx_port;
	q->rx_port = where->rx_port == where->port ? q->tx_port
						   : plinth_events_bind(vif->events, vif->domid, where->rx_port);
	return q->rx_port < 0 ? q->rx_port : 0;
}

static void close_ring(const struct vif *vif, struct ring_back *ring)
{
	if (ring->page)
		grants_unmap(&vif->grants, ring->page, 1);
	ring->page = NULL;
}

void queue_close(struct vif *vif, struct vif_queue *q)
{
	if (q->tx_port >= 0)
		plinth_events_unbind(vif->events, (unsigned int)q->tx_port);
	if (q->rx_port >= 0 && q->rx_port != q->tx_port)
		plinth_events_unbind(vif->events, (unsigned int)q->rx_port);
	q->tx_port = -1;
	q->rx_port = -1;
	close_ring(vif, &q->tx);
	close_ring(vif, &q->rx);
}

void queue_note_event(struct vif_queue *q, int port)
{
	q->tx_masked |= port == q->tx_port;
	q->rx_masked |= port == q->rx_port;
}

void queue_unmask(struct vif *vif, struct vif_queue *q)
{
	if (q->tx_masked)
		plinth_events_unmask(vif->events, (unsigned int)q->tx_port);
	if (q->rx_masked && q->rx_port != q->tx_port)
		plinth_events_unmask(vif->events, (unsigned int)q->rx_port);
	q->tx_masked = false;
	q->rx_masked = false;
}
