/* cons_ring.h - the two byte rings of a console page, which the guest may fill with anything */
#ifndef CONSOLED_CONS_RING_H
#define CONSOLED_CONS_RING_H

#include <stddef.h>
#include <stdint.h>

#include <xen/io/console.h>

/*
 * Bytes of what the guest prints, or put where it reads what is typed; 0: none there, or no
 * room. -EPROTO: the indices are nonsense. The page is shared with the guest: each index is read
 * once. What was looked at stays in the ring until it is dropped.
 */
int cons_ring_peek(const struct xencons_interface *page, char *buf, size_t size);
void cons_ring_drop(struct xencons_interface *page, size_t len);
int cons_ring_put(struct xencons_interface *page, const char *buf, size_t len);
/* Room for typed bytes; 0 also where the indices are nonsense. */
size_t cons_ring_room(const struct xencons_interface *page);

#endif
