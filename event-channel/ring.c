/* ring.c - cursors over the shared ring of a split driver, for both of its ends [pure] */
#include <xen/io/ring.h>

#include "event-channel/ring.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/types.h"

static_assert(offsetof(struct ring_page, slots) == RING_HEADER_BYTES, "the slots' place is part of the ABI");

/*
 * An index is read with acquire and written with release: a peer that sees it also sees the slots it speaks of, and
 * vice versa.
 */
static uint32_t look(const uint32_t *shared)
{
	return __atomic_load_n(shared, __ATOMIC_ACQUIRE);
}

static void show(uint32_t *shared, uint32_t value)
{
	__atomic_store_n(shared, value, __ATOMIC_RELEASE);
}

/*
 * Between showing our index and looking at what the peer waits for stands a full barrier, and the same on the other
 * side between saying what one waits for and looking again: so one of the two sees the other.
 */
static void full_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Whether the step from `old` to `now` went past the index that the peer waits for. */
static bool passes(uint32_t now, uint32_t old, uint32_t event)
{
	return now - event < now - old;
}

static uint8_t *slot(struct ring_page *page, uint32_t slots, uint32_t slot_size, uint32_t index)
{
	return page->slots + (size_t)(index & (slots - 1)) * slot_size;
}

/* The barrier keeps the compiler from fetching any of it a second time: the peer may change it meanwhile. */
static void copy_once(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	__asm__ volatile("" : : : "memory");
}

uint32_t ring_slots(size_t bytes, size_t slot_size)
{
	size_t fit = bytes < RING_HEADER_BYTES ? 0 : (bytes - RING_HEADER_BYTES) / slot_size;
	uint32_t slots = 1;

	if (fit == 0)
		return 0;
	while (slots <= fit / 2)
		slots *= 2;
	return slots;
}

/* ---- The back end ----------------------------------------------------------------------------- */

int ring_back_attach(struct ring_back *r, struct ring_page *page, uint32_t slots, uint32_t slot_size)
{
	uint32_t answered = look(&page->rsp_prod);

	*r = (struct ring_back){.page = page,
				.slots = slots,
				.slot_size = slot_size,
				.taken = answered,
				.answered = answered,
				.published = answered};
	return ring_back_pending(r) < 0 ? -EPROTO : 0;
}

int ring_back_pending(const struct ring_back *r)
{
	uint32_t made = look(&r->page->req_prod);

	/* Requests may lie at most a whole ring before our responses, and not behind what was taken. */
	if (made - r->answered > r->slots || made - r->taken > r->slots)
		return -EPROTO;
	return (int)(made - r->taken);
}

void ring_back_peek(const struct ring_back *r, uint32_t ahead, void *request)
{
	copy_once(request, slot(r->page, r->slots, r->slot_size, r->taken + ahead), r->slot_size);
}

void ring_back_take(struct ring_back *r, void *request)
{
	ring_back_peek(r, 0, request);
	r->taken++;
}

void ring_back_skip(struct ring_back *r, uint32_t count)
{
	r->taken += count;
}

void ring_back_answer(struct ring_back *r, const void *response, size_t size)
{
	memcpy(slot(r->page, r->slots, r->slot_size, r->answered++), response, size);
}

bool ring_back_publish(struct ring_back *r)
{
	uint32_t old = r->published;

	if (old == r->answered)
		return false;
	r->published = r->answered;
	show(&r->page->rsp_prod, r->published);
	full_barrier();
	return passes(r->published, old, look(&r->page->rsp_event));
}

bool ring_back_sleep(struct ring_back *r, uint32_t wanted)
{
	int pending;

	show(&r->page->req_event, r->taken + wanted);
	full_barrier();
	pending = ring_back_pending(r);
	return pending < 0 || (uint32_t)pending >= wanted;
}

/* ---- The front end ---------------------------------------------------------------------------- */

void ring_front_init(struct ring_front *r, struct ring_page *page, uint32_t slots, uint32_t slot_size)
{
	*r = (struct ring_front){.page = page, .slots = slots, .slot_size = slot_size};
	page->req_prod = 0;
	page->rsp_prod = 0;
	page->req_event = 1;
	page->rsp_event = 1;
}

uint32_t ring_front_room(const struct ring_front *r)
{
	return r->slots - (r->made - r->taken);
}

void ring_front_make(struct ring_front *r, const void *request, size_t size)
{
	memcpy(slot(r->page, r->slots, r->slot_size, r->made++), request, size);
}

bool ring_front_publish(struct ring_front *r)
{
	uint32_t old = r->published;

	if (old == r->made)
		return false;
	r->published = r->made;
	show(&r->page->req_prod, r->published);
	full_barrier();
	return passes(r->published, old, look(&r->page->req_event));
}

int ring_front_pending(const struct ring_front *r)
{
	uint32_t waiting = look(&r->page->rsp_prod) - r->taken;

	/* No more answers than questions. */
	return waiting > r->published - r->taken ? -EPROTO : (int)waiting;
}

void ring_front_take(struct ring_front *r, void *response, size_t size)
{
	copy_once(response, slot(r->page, r->slots, r->slot_size, r->taken++), size);
}

bool ring_front_sleep(struct ring_front *r)
{
	show(&r->page->rsp_event, r->taken + 1);
	full_barrier();
	return ring_front_pending(r) != 0;
}
