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

void store_ring_begin(struct store_ring *ring, struct xenstore_domain_interface *page)
{
	ring->page = page;
	ring->in = __atomic_load_n(&page->req_cons, __ATOMIC_RELAXED);
	ring->out = __atomic_load_n(&page->rsp_prod, __ATOMIC_RELAXED);
}

int store_ring_resume(struct store_ring *ring, struct xenstore_domain_interface *page, size_t pending)
{
	uint32_t put = __atomic_load_n(&page->rsp_prod, __ATOMIC_RELAXED) - ring->out;

	ring->page = page;
	if (put > pending || put > XENSTORE_RING_SIZE)
		return -EPROTO;
	ring->out += put;
	return (int)put;
}

int store_ring_take(struct store_ring *ring, char *buf, size_t size)
{
	uint32_t prod = __atomic_load_n(&ring->page->req_prod, __ATOMIC_ACQUIRE);
	uint32_t len = prod - ring->in, part;

	if (len > XENSTORE_RING_SIZE)
		return -EPROTO;
	if (len > size)
		len = size;
	part = straight(ring->in, len);
	memcpy(buf, ring->page->req + MASK_XENSTORE_IDX(ring->in), part);
	memcpy(buf + part, ring->page->req, len - part);
	ring->in += len;
	return (int)len;
}

bool store_ring_tell(struct store_ring *ring)
{
	__atomic_store_n(&ring->page->req_cons, ring->in, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&ring->page->req_prod, __ATOMIC_RELAXED) != ring->in;
}

int store_ring_put(struct store_ring *ring, const char *buf, size_t len)
{
	uint32_t used = ring->out - __atomic_load_n(&ring->page->rsp_cons, __ATOMIC_ACQUIRE), part;

	if (used > XENSTORE_RING_SIZE)
		return -EPROTO;
	if (len > XENSTORE_RING_SIZE - used)
		len = XENSTORE_RING_SIZE - used;
	part = straight(ring->out, len);
	memcpy(ring->page->rsp + MASK_XENSTORE_IDX(ring->out), buf, part);
	memcpy(ring->page->rsp, buf + part, len - part);
	ring->out += len;
	__atomic_store_n(&ring->page->rsp_prod, ring->out, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* shown to be full before the next call finds it so */
	return (int)len;
}
