/* store_ring.c - the two byte rings of a domain's store page, which the domain may fill with
 * anything */
#include <errno.h>
#include <string.h>

#include "store_ring.h"

/* The stretch from index on without wrapping. */
static uint32_t straight(uint32_t index, uint32_t len)
{
	uint32_t to_end = XENSTORE_RING_SIZE - MASK_XENSTORE_IDX(index);

	return len < to_end ? len : to_end;
}

int store_ring_take(struct xenstore_domain_interface *page, char *buf, size_t size)
{
	uint32_t cons = __atomic_load_n(&page->req_cons, __ATOMIC_RELAXED);
	uint32_t prod = __atomic_load_n(&page->req_prod, __ATOMIC_ACQUIRE);
	uint32_t len = prod - cons, part;

	if (len > XENSTORE_RING_SIZE)
		return -EPROTO;
	if (len > size)
		len = size;
	part = straight(cons, len);
	memcpy(buf, page->req + MASK_XENSTORE_IDX(cons), part);
	memcpy(buf + part, page->req, len - part);
	__atomic_store_n(&page->req_cons, cons + len, __ATOMIC_RELEASE);
	return len;
}

int store_ring_put(struct xenstore_domain_interface *page, const char *buf, size_t len)
{
	uint32_t prod = __atomic_load_n(&page->rsp_prod, __ATOMIC_RELAXED);
	uint32_t cons = __atomic_load_n(&page->rsp_cons, __ATOMIC_ACQUIRE);
	uint32_t room = XENSTORE_RING_SIZE - (prod - cons), part;

	if (prod - cons > XENSTORE_RING_SIZE)
		return -EPROTO;
	if (len > room)
		len = room;
	part = straight(prod, len);
	memcpy(page->rsp + MASK_XENSTORE_IDX(prod), buf, part);
	memcpy(page->rsp, buf + part, len - part);
	__atomic_store_n(&page->rsp_prod, prod + len, __ATOMIC_RELEASE);
	return len;
}
