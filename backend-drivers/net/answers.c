/* answers.c - a ring's responses, written down before they are shown, in memory that outlives the process [pure] */
#include <errno.h>
#include <string.h>

#include "backend-drivers/net/answers.h"

#define MAGIC 0x6e657431 /* changes with the layout: one of another build is not read */

/* The process may be stopped between any two stores: they must be made in this order. */
static void put(uint32_t *where, uint32_t value)
{
	__atomic_store_n(where, value, __ATOMIC_RELEASE);
}

static uint8_t *response(struct answers *a, uint32_t index)
{
	return a->response[index % ANSWERS_SLOTS];
}

/* All that is counted and not yet in the ring. */
static bool show(struct answers *a, struct ring_back *ring)
{
	while (ring->answered != a->counted)
		ring_back_answer(ring, response(a, ring->answered), ANSWER_BYTES);
	return ring_back_publish(ring);
}

int answers_take_over(struct answers *a, struct ring_back *ring)
{
	uint32_t counted;

	if (ring->slots > ANSWERS_SLOTS)
		return -EPROTO;
	if (a->magic == 0) {
		a->counted = a->written = ring->published;
		put(&a->magic, MAGIC);
	}
	counted = a->counted - ring->published;
	if (a->magic != MAGIC || counted > (uint32_t)ring_back_pending(ring))
		return -EPROTO;
	a->written = a->counted;
	ring_back_skip(ring, counted);
	show(a, ring); /* who takes a ring over notifies its front end in any case */
	return 0;
}

void answers_add(struct answers *a, const void *what, size_t size)
{
	memcpy(response(a, a->written++), what, size);
}

bool answers_publish(struct answers *a, struct ring_back *ring)
{
	put(&a->counted, a->written);
	return show(a, ring);
}
