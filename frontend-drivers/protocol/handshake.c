/* handshake.c - how a front end and its back end find each other, part, and find each other again [pure] */
#include "frontend-drivers/protocol/handshake.h"

static enum handshake_todo go(struct handshake *h, enum xenbus_state own, enum handshake_todo todo)
{
	h->own = own;
	return todo;
}

/* Our rings are described, or in use. */
static enum handshake_todo step_offered(struct handshake *h, enum xenbus_state back)
{
	switch (back) {
	case XenbusStateConnected:
		if (h->own == XenbusStateConnected)
			return HANDSHAKE_LOOK;
		return go(h, XenbusStateConnected, HANDSHAKE_CONNECT);
	case XenbusStateInitWait:
		/* It has not looked yet; but one that was connected has forgotten us, and wants to hear it all again. */
		if (h->own == XenbusStateInitialised)
			return HANDSHAKE_WAIT;
		return go(h, XenbusStateInitialising, HANDSHAKE_LEAVE);
	case XenbusStateInitialising:
		return go(h, XenbusStateInitialising, HANDSHAKE_LEAVE);
	case XenbusStateInitialised:
	case XenbusStateReconfiguring:
	case XenbusStateReconfigured:
		return HANDSHAKE_WAIT;
	default:
		return go(h, XenbusStateClosed, HANDSHAKE_LEAVE);
	}
}

enum handshake_todo handshake_step(struct handshake *h, enum xenbus_state back)
{
	switch (h->own) {
	case XenbusStateInitialising:
		return back == XenbusStateInitWait ? go(h, XenbusStateInitialised, HANDSHAKE_OFFER) : HANDSHAKE_WAIT;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		return step_offered(h, back);
	case XenbusStateClosing:
		/* Its answer to our Closing; or it has gone, or closes too. */
		if (back == XenbusStateClosing || back == XenbusStateClosed || back == XenbusStateUnknown)
			return go(h, XenbusStateClosed, HANDSHAKE_LEAVE);
		return HANDSHAKE_WAIT;
	default: /* closed: a back end that waits for a front end has one */
		if (!h->ended && (back == XenbusStateInitWait || back == XenbusStateInitialising))
			return go(h, XenbusStateInitialising, HANDSHAKE_BEGIN);
		return HANDSHAKE_WAIT;
	}
}

void handshake_begin(struct handshake *h)
{
	*h = (struct handshake){.own = XenbusStateInitialising};
}

void handshake_fail(struct handshake *h)
{
	h->own = XenbusStateClosed;
}

void handshake_end(struct handshake *h)
{
	h->ended = true;
	h->own = h->own == XenbusStateInitialised || h->own == XenbusStateConnected ? XenbusStateClosing
										    : XenbusStateClosed;
}

bool handshake_retry(struct handshake *h)
{
	if (h->ended || h->own != XenbusStateClosed)
		return false;
	handshake_begin(h);
	return true;
}
