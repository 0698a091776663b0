/* console_ring.h - the guest's end of the page between it and its console daemon [pure]
 *
 * Indices run freely. The daemon's are read once each and believed only if they can be: -EPROTO, and nothing is moved.
 */
#ifndef FRONTEND_CONSOLE_RING_H
#define FRONTEND_CONSOLE_RING_H

#include <stdint.h>
#include <xen/io/console.h>

/* Puts in as many of the bytes as there is room for; how many, or -EPROTO. */
int console_ring_put(struct xencons_interface *page, const char *bytes, uint32_t count);
/* Takes up to `count` bytes that were typed; how many, or -EPROTO. */
int console_ring_take(struct xencons_interface *page, char *bytes, uint32_t count);

#endif
