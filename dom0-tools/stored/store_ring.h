/* store_ring.h - the two byte rings of a domain's store page, which the domain may fill with
 * anything */
#ifndef STORED_STORE_RING_H
#define STORED_STORE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

/* Ours are the two indices that we move; the page shows them to the domain and is never asked for them. */
struct store_ring {
	struct xenstore_domain_interface *page;
	uint32_t in;  /* up to where requests are taken */
	uint32_t out; /* up to where answers are put */
};

/* Where the page says that we are. */
void store_ring_begin(struct store_ring *ring, struct xenstore_domain_interface *page);

/*
 * After a restart, with `out` as it was at some time before, and `pending` bytes to put since then: how many of them are
 * in the page already. -EPROTO: nonsense.
 */
int store_ring_resume(struct store_ring *ring, struct xenstore_domain_interface *page, size_t pending);

/*
 * Bytes taken from the requests, or put into the answers; 0: none there, or no room. -EPROTO: the
 * indices are nonsense. The page is shared with the domain: each index is read once.
 */
int store_ring_take(struct store_ring *ring, char *buf, size_t size);
int store_ring_put(struct store_ring *ring, const char *buf, size_t len);
/*
 * Tells the domain what was taken: it has that room again. True: there is more by now, of which it may not send an event,
 * because it saw that we were not done.
 */
bool store_ring_tell(struct store_ring *ring);

#endif
