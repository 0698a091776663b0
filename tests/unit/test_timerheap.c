/* test_timerheap.c - the heap always knows what is due first */
#include "core/timerheap.h"
#include "unit.h"

#define NODES 400

static struct timerheap_node node[NODES];
static bool queued[NODES];

static uint64_t earliest(void)
{
	uint64_t first = UINT64_MAX;

	for (int i = 0; i < NODES; i++)
		if (queued[i] && node[i].expires < first)
			first = node[i].expires;
	return first;
}

TEST(an_empty_heap_has_no_first)
{
	struct timerheap h = {NULL};

	timerheap_add(&h, &node[0]);
	CU_ASSERT_PTR_EQUAL(h.first, &node[0]);
	timerheap_remove(&h, &node[0]);
	CU_ASSERT_PTR_NULL(h.first);
}

TEST(they_come_out_in_order)
{
	struct timerheap h = {NULL};
	uint64_t last = 0;

	for (int i = 0; i < NODES; i++) {
		node[i].expires = (uint64_t)(i * 7919 % 101);
		timerheap_add(&h, &node[i]);
	}
	for (int i = 0; i < NODES; i++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(h.first);
		CU_ASSERT(h.first->expires >= last);
		last = h.first->expires;
		timerheap_remove(&h, h.first);
	}
	CU_ASSERT_PTR_NULL(h.first);
}

TEST(adding_and_removing_anywhere_keeps_the_first)
{
	struct timerheap h = {NULL};
	uint32_t seed = 12345;

	for (int step = 0; step < 200000; step++) {
		int i;

		seed = seed * 1664525 + 1013904223;
		i = (int)(seed >> 8) % NODES;
		if (queued[i]) {
			timerheap_remove(&h, &node[i]);
		} else {
			node[i].expires = seed >> 20;
			timerheap_add(&h, &node[i]);
		}
		queued[i] = !queued[i];
		CU_ASSERT_EQUAL(h.first ? h.first->expires : UINT64_MAX, earliest());
	}
}
