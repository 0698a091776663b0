/* cons_ring.c - the two byte rings of a console page, which the guest may fill with anything */
#include <errno.h>
#include <string.h>

#include "cons_ring.h"

/* A stretch of a ring from index on, that does not wrap. */
static uint32_t straight(uint32_t index, uint32_t len, uint32_t size)
{
	uint32_t to_end = size - (index & (size - 1));

	return len < to_end ? len : to_end;
}

int cons_ring_peek(const struct xencons_interface *page, char *buf, size_t size)
{
	uint32_t cons = __atomic_load_n(&page->out_cons, __ATOMIC_RELAXED);
	uint32_t prod = __atomic_load_n(&page->out_prod, __ATOMIC_ACQUIRE);
	uint32_t len = prod - cons, part;

	if (len > sizeof(page->out))
		return -EPROTO;
	if (len > size)
		len = size;
	part = straight(cons, len, sizeof(page->out));
	memcpy(buf, page->out + (cons & (sizeof(page->out) - 1)), part);
	memcpy(buf + part, page->out, len - part);
	return len;
}

void cons_ring_drop(struct xencons_interface *page, size_t len)
{
	uint32_t cons = __atomic_load_n(&page->out_cons, __ATOMIC_RELAXED);

	__atomic_store_n(&page->out_cons, cons + (uint32_t)len, __ATOMIC_RELEASE);
}

size_t cons_ring_room(const struct xencons_interface *page)
{
	uint32_t prod = __atomic_load_n(&page->in_prod, __ATOMIC_RELAXED);
	uint32_t used = prod - __atomic_load_n(&page->in_cons, __ATOMIC_ACQUIRE);

	return used > sizeof(page->in) ? 0 : sizeof(page->in) - used;
}

int cons_ring_put(struct xencons_interface *page, const char *buf, size_t len)
{
	uint32_t prod = __atomic_load_n(&page->in_prod, __ATOMIC_RELAXED);
	uint32_t used = prod - __atomic_load_n(&page->in_cons, __ATOMIC_ACQUIRE), part;

	if (used > sizeof(page->in))
		return -EPROTO;
	if (len > sizeof(page->in) - used)
		len = sizeof(page->in) - used;
	part = straight(prod, len, sizeof(page->in));
	memcpy(page->in + (prod & (sizeof(page->in) - 1)), buf, part);
	memcpy(page->in, buf + part, len - part);
	__atomic_store_n(&page->in_prod, prod + len, __ATOMIC_RELEASE);
	return len;
}
