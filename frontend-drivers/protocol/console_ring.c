/* console_ring.c - the guest's end of the page between it and its console daemon [pure] */
#include "frontend-drivers/protocol/console_ring.h"
#include "lib/errno.h"
#include "lib/types.h"

int console_ring_put(struct xencons_interface *page, const char *bytes, uint32_t count)
{
	uint32_t taken = __atomic_load_n(&page->out_cons, __ATOMIC_ACQUIRE), made = page->out_prod;

	if (made - taken > sizeof(page->out))
		return -EPROTO;
	count = MIN(count, (uint32_t)sizeof(page->out) - (made - taken));
	for (uint32_t i = 0; i < count; i++)
		page->out[MASK_XENCONS_IDX(made + i, page->out)] = bytes[i];
	__atomic_store_n(&page->out_prod, made + count, __ATOMIC_RELEASE);
	return (int)count;
}

int console_ring_take(struct xencons_interface *page, char *bytes, uint32_t count)
{
	uint32_t made = __atomic_load_n(&page->in_prod, __ATOMIC_ACQUIRE), taken = page->in_cons;

	if (made - taken > sizeof(page->in))
		return -EPROTO;
	count = MIN(count, made - taken);
	for (uint32_t i = 0; i < count; i++)
		bytes[i] = page->in[MASK_XENCONS_IDX(taken + i, page->in)];
	__atomic_store_n(&page->in_cons, taken + count, __ATOMIC_RELEASE);
	return (int)count;
}
