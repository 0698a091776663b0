/* ring.h - cursors over the shared ring of a split driver, for both of its ends [pure]
 *
 * The front end puts requests into the ring, the back end answers in the same slots. Both count freely running
 * indices; a slot is the index modulo the number of slots, a power of two. Each end keeps its own position here, in
 * private memory, and believes the shared page only as far as it makes sense: every shared index is read once and
 * checked against what can be. -EPROTO means that the peer counts nonsense; nothing has been taken then, and nothing
 * that comes later can be trusted: close the device.
 *
 * Waiting without losing a wake-up: work until pending() is 0, then sleep(); only when that says false may the caller
 * wait for an event. publish() says whether the peer waits, and so must be sent one.
 */
#ifndef EVENT_CHANNEL_RING_H
#define EVENT_CHANNEL_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the shared pages begin with; the slots follow. <xen/io/ring.h> has the same for each protocol. */
struct ring_page {
	uint32_t req_prod, req_event;
	uint32_t rsp_prod, rsp_event;
	uint8_t pad[48];
	uint8_t slots[];
};

/* The largest power of two of slots that fit into so many bytes of shared pages; 0: none does. */
uint32_t ring_slots(size_t bytes, size_t slot_size);

/* ---- The back end: takes requests, makes responses ------------------------------------------- */

struct ring_back {
	struct ring_page *page; /* shared */
	uint32_t slots;
	uint32_t slot_size;
	uint32_t taken;	    /* requests taken so far */
	uint32_t answered;  /* responses made so far */
	uint32_t published; /* of these, those that the front end can see */
};

/*
 * Takes a ring over, new or in the middle of its life: what has been taken but not answered is offered again, from the
 * first on. -EPROTO: its indices cannot be.
 */
int ring_back_attach(struct ring_back *r, struct ring_page *page, uint32_t slots, uint32_t slot_size);
/* How many requests wait, or -EPROTO. */
int ring_back_pending(const struct ring_back *r);
/* Copies the next request out of the ring, once. Only while pending() said there is one. */
void ring_back_take(struct ring_back *r, void *request);
/* Copies the request `ahead` of the next one, which stays where it is. */
void ring_back_peek(const struct ring_back *r, uint32_t ahead, void *request);
/* Takes so many that have been peeked at; only as many as pending() said. */
void ring_back_skip(struct ring_back *r, uint32_t count);
/* Puts a response in; there is always room, as long as each one answers a request that was taken. */
void ring_back_answer(struct ring_back *r, const void *response, size_t size);
/* Shows all responses to the front end. True: it must be notified. */
bool ring_back_publish(struct ring_back *r);
/* Asks to be notified when `wanted` requests wait, 1 or more. True: they do already. */
bool ring_back_sleep(struct ring_back *r, uint32_t wanted);

/* ---- The front end: makes requests, takes responses ------------------------------------------ */

struct ring_front {
	struct ring_page *page; /* shared, but made by this end */
	uint32_t slots;
	uint32_t slot_size;
	uint32_t made;	    /* requests made so far */
	uint32_t published; /* of these, those that the back end can see */
	uint32_t taken;	    /* responses taken so far */
};

/* Makes an empty ring of zeroed pages. */
void ring_front_init(struct ring_front *r, struct ring_page *page, uint32_t slots, uint32_t slot_size);
/* How many more requests there is room for. */
uint32_t ring_front_room(const struct ring_front *r);
/* Puts a request in; only while there is room. */
void ring_front_make(struct ring_front *r, const void *request, size_t size);
/* Shows all requests to the back end. True: it must be notified. */
bool ring_front_publish(struct ring_front *r);
/* How many responses wait, or -EPROTO. */
int ring_front_pending(const struct ring_front *r);
/* Copies the next response out of the ring, once. */
void ring_front_take(struct ring_front *r, void *response, size_t size);
/* Asks to be notified of the next response. True: there is one already. */
bool ring_front_sleep(struct ring_front *r);

#endif
