/* handshake.h - how a front end and its back end find each other, part, and find each other again [pure]
 *
 * Each end shows its state in the store and watches the other's. This is the front end's half: told what the back end's node
 * says, it answers what is to be done now, and what to write into one's own node when that is done. It has no notion of
 * what a device is. Steps may come twice, late, or for nothing; a back end may write anything.
 */
#ifndef FRONTEND_HANDSHAKE_H
#define FRONTEND_HANDSHAKE_H

#include <stdbool.h>
#include <xen/io/xenbus.h>

enum handshake_todo {
	HANDSHAKE_WAIT,	   /* for the back end's next state */
	HANDSHAKE_BEGIN,   /* nothing but to write the state: a new driver is here */
	HANDSHAKE_OFFER,   /* read its features, make rings, and describe them in the store */
	HANDSHAKE_CONNECT, /* read what it has to say about the device, and use it */
	HANDSHAKE_LOOK,	   /* connected as before: what it says about the device may be another now */
	HANDSHAKE_LEAVE,   /* nobody serves the rings any more: take them back */
};

struct handshake {
	enum xenbus_state own; /* what our node is to say after what was to be done */
	bool ended;	       /* by our own will: no back end can bring us back */
};

/* A driver that begins. A predecessor's state in the store has to be overwritten with h->own; new nodes say so already. */
void handshake_begin(struct handshake *h);
/* `back` is what the back end's node says: XenbusStateUnknown if it is not there, or is no such number. */
enum handshake_todo handshake_step(struct handshake *h, enum xenbus_state back);
/* What was to be done has failed, or the rings hold nonsense: take the rings back and write h->own. */
void handshake_fail(struct handshake *h);
/* The driver wants to end; steps follow until h->own is XenbusStateClosed. */
void handshake_end(struct handshake *h);
/* Try again after a failure: as handshake_begin(), unless it was ended. */
bool handshake_retry(struct handshake *h);

#endif
