/* store_ring.h - the two byte rings of a domain's store page, which the domain may fill with
 * anything */
#ifndef STORED_STORE_RING_H
#define STORED_STORE_RING_H

#include <stddef.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

/*
 * Bytes taken from the requests, or put into the answers; 0: none there, or no room. -EPROTO: the
 * indices are nonsense. The page is shared with the domain: each index is read once.
 */
int store_ring_take(struct xenstore_domain_interface *page, char *buf, size_t size);
int store_ring_put(struct xenstore_domain_interface *page, const char *buf, size_t len);

#endif
