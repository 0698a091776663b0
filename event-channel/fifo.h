/* fifo.h - delivery by queues: an event word for each port, linked into a queue for each priority of a vcpu [pure]
 *
 * The guest shares pages of event words (a page holds 1024) and a control block for each vcpu. To raise an event we set
 * PENDING in its word and, unless it is MASKED or LINKED already, append it to the queue of its vcpu and priority: the
 * tail's word gets it as its link, or, when the guest has taken the tail off meanwhile, the queue's head does. The
 * guest takes words off from the head while we append; LINKED and BUSY keep the two apart.
 *
 * Nothing the guest writes into words is trusted: link fields are never followed by us, tails are our own.
 */
#ifndef EVENT_CHANNEL_FIFO_H
#define EVENT_CHANNEL_FIFO_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/event_channel.h>

#define FIFO_WORDS_PER_PAGE (4096 / sizeof(event_word_t))
#define FIFO_PAGES	    (EVTCHN_FIFO_NR_CHANNELS / FIFO_WORDS_PER_PAGE)
#define FIFO_VCPUS	    128

struct evtchn_table;
struct port;

struct fifo_vcpu {
	struct evtchn_fifo_control_block *control; /* the guest's */
	uint32_t tail[EVTCHN_FIFO_MAX_QUEUES];	   /* port linked last into each queue; 0: none */
};

struct fifo {
	event_word_t *page[FIFO_PAGES]; /* the guest's */
	uint32_t nr_pages;
	struct fifo_vcpu *vcpu[FIFO_VCPUS]; /* NULL: no control block (yet) */
};

/* Raise a port. True: its vcpu's upcall must be made pending. `newly`: it was not pending before (pollers care). */
bool fifo_raise(struct fifo *f, struct port *p, uint32_t port, bool *newly);
/* Unmask a port. True as above. */
bool fifo_unmask(struct fifo *f, struct port *p, uint32_t port);
/* Forget that it is pending: the port is being opened or closed. */
void fifo_clear(struct fifo *f, struct port *p, uint32_t port);
bool fifo_is_pending(const struct fifo *f, const struct port *p, uint32_t port);
bool fifo_is_masked(const struct fifo *f, uint32_t port);
bool fifo_is_linked(const struct fifo *f, uint32_t port);

/* Another page of words. -ENOSPC: there are enough. The caller then raises again the ports with `pended`. */
int fifo_add_page(struct fifo *f, event_word_t *page);
/* A vcpu's control block. -EINVAL: out of range, or it has one. */
int fifo_add_vcpu(struct fifo *f, uint32_t vcpu, struct fifo_vcpu *state, struct evtchn_fifo_control_block *control);

#endif
