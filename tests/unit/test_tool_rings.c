/* test_tool_rings.c - the byte rings of store and console pages, with guests that lie; the limiter
 */
#include <errno.h>

#include "dom0-tools/consoled/cons_ring.h"
#include "dom0-tools/consoled/limiter.h"
#include "dom0-tools/stored/store_ring.h"
#include "unit.h"

TEST(store_ring_carries_bytes_around_its_end)
{
	static struct xenstore_domain_interface page;
	struct store_ring ring;
	char buf[64];

	page.req_cons = page.req_prod = 1021;
	page.rsp_cons = page.rsp_prod = 1020;
	store_ring_begin(&ring, &page);
	for (int i = 0; i < 6; i++)
		page.req[MASK_XENSTORE_IDX(page.req_prod++)] = 'a' + i;
	CU_ASSERT_EQUAL(store_ring_take(&ring, buf, 4), 4);
	CU_ASSERT_EQUAL(memcmp(buf, "abcd", 4), 0);
	CU_ASSERT_EQUAL(store_ring_take(&ring, buf, sizeof(buf)), 2);
	CU_ASSERT_EQUAL(store_ring_take(&ring, buf, sizeof(buf)), 0);
	CU_ASSERT_EQUAL(page.req_cons, 1021); /* it is not told before it may be */
	CU_ASSERT_FALSE(store_ring_tell(&ring));
	CU_ASSERT_EQUAL(page.req_cons, 1027);
	page.req_prod++; /* the domain saw that we were at 1021 still, and sends no event */
	CU_ASSERT_TRUE(store_ring_tell(&ring));
	CU_ASSERT_EQUAL(store_ring_put(&ring, "0123456789", 10), 10);
	CU_ASSERT_EQUAL(page.rsp_prod, 1030);
	CU_ASSERT_EQUAL(memcmp(page.rsp + 1020, "0123", 4), 0);
	CU_ASSERT_EQUAL(memcmp(page.rsp, "456789", 6), 0);
}

TEST(store_ring_stops_when_it_is_full)
{
	static struct xenstore_domain_interface page;
	static char buf[2 * XENSTORE_RING_SIZE];
	struct store_ring ring;

	store_ring_begin(&ring, &page);
	CU_ASSERT_EQUAL(store_ring_put(&ring, buf, sizeof(buf)), XENSTORE_RING_SIZE);
	CU_ASSERT_EQUAL(store_ring_put(&ring, buf, 1), 0);
}

TEST(nonsense_in_the_store_ring_is_noticed)
{
	static struct xenstore_domain_interface page;
	struct store_ring ring;
	char buf[16];

	store_ring_begin(&ring, &page);
	page.req_prod = XENSTORE_RING_SIZE + 1;
	CU_ASSERT_EQUAL(store_ring_take(&ring, buf, sizeof(buf)), -EPROTO);
	page.rsp_cons = 1;
	CU_ASSERT_EQUAL(store_ring_put(&ring, buf, 1), -EPROTO);
}

TEST(what_was_put_before_a_restart_is_not_put_again)
{
	static struct xenstore_domain_interface page;
	struct store_ring ring;

	store_ring_begin(&ring, &page);
	CU_ASSERT_EQUAL(store_ring_put(&ring, "answer", 6), 6);
	/* The journal knows of the answer, not that it was put. */
	ring = (struct store_ring){.out = 0};
	CU_ASSERT_EQUAL(store_ring_resume(&ring, &page, 10), 6);
	CU_ASSERT_EQUAL(ring.out, 6);
	CU_ASSERT_EQUAL(store_ring_resume(&ring, &page, 4), 0);
	page.rsp_prod = 7; /* one more than there ever was */
	ring.out = 0;
	CU_ASSERT_EQUAL(store_ring_resume(&ring, &page, 6), -EPROTO);
}

TEST(console_ring_carries_bytes_around_its_end)
{
	static struct xencons_interface page;
	char buf[64];

	page.out_cons = page.out_prod = 2046;
	for (int i = 0; i < 5; i++)
		page.out[MASK_XENCONS_IDX(page.out_prod++, page.out)] = 'v' + i;
	CU_ASSERT_EQUAL(cons_ring_peek(&page, buf, sizeof(buf)), 5);
	CU_ASSERT_EQUAL(cons_ring_peek(&page, buf, sizeof(buf)), 5);
	cons_ring_drop(&page, 5);
	CU_ASSERT_EQUAL(page.out_cons, page.out_prod);
	CU_ASSERT_EQUAL(memcmp(buf, "vwxyz", 5), 0);
	page.in_cons = page.in_prod = 1022;
	CU_ASSERT_EQUAL(cons_ring_room(&page), 1024);
	CU_ASSERT_EQUAL(cons_ring_put(&page, "typed", 5), 5);
	CU_ASSERT_EQUAL(memcmp(page.in, "ped", 3), 0);
	CU_ASSERT_EQUAL(cons_ring_room(&page), 1019);
}

TEST(nonsense_in_the_console_ring_is_noticed)
{
	static struct xencons_interface page;
	char buf[16];

	page.out_prod = 2049;
	CU_ASSERT_EQUAL(cons_ring_peek(&page, buf, sizeof(buf)), -EPROTO);
	page.in_cons = 1;
	CU_ASSERT_EQUAL(cons_ring_room(&page), 0);
	CU_ASSERT_EQUAL(cons_ring_put(&page, buf, 1), -EPROTO);
}

TEST(a_flood_is_held_to_its_rate)
{
	struct limiter l;
	uint64_t now = 1000, passed = 0, budget;

	limiter_init(&l, 1000, 500, now);
	CU_ASSERT_EQUAL(limiter_budget(&l, now), 500);
	for (int i = 0; i < 1000; i++, now += 10) {
		budget = limiter_budget(&l, now);
		passed += budget;
		limiter_spend(&l, budget);
		CU_ASSERT_EQUAL(limiter_wait(&l) > 0, true);
	}
	/* Ten seconds at 1000 bytes a second, and the burst at the start. */
	CU_ASSERT_TRUE(passed >= 10000 && passed <= 10500);
	CU_ASSERT_EQUAL(limiter_budget(&l, now + 1000000), 500);
}
