/* test_ring.c - cursors over a shared ring: both ends together, and each with a peer that lies */
#include <errno.h>

#include "event-channel/ring.h"
#include "random.h"
#include "unit.h"

struct entry {
	uint32_t id, value;
};

#define SLOTS 8

static struct {
	struct ring_page page;
	struct entry slot[SLOTS];
} shared;
static struct ring_front front;
static struct ring_back back;

/* Both ends, as if so many requests had gone through already. */
static void start(uint32_t before)
{
	memset(&shared, 0, sizeof(shared));
	ring_front_init(&front, &shared.page, SLOTS, sizeof(struct entry));
	front.made = front.published = front.taken = before;
	shared.page.req_prod = shared.page.rsp_prod = before;
	shared.page.req_event = shared.page.rsp_event = before + 1;
	CU_ASSERT_EQUAL(ring_back_attach(&back, &shared.page, SLOTS, sizeof(struct entry)), 0);
}

static void make(uint32_t id)
{
	struct entry e = {id, ~id};

	ring_front_make(&front, &e, sizeof(e));
}

static uint32_t take(void)
{
	struct entry e;

	ring_back_take(&back, &e);
	CU_ASSERT_EQUAL(e.value, ~e.id);
	return e.id;
}

static void answer(uint32_t id)
{
	struct entry e = {id, id + 1};

	ring_back_answer(&back, &e, sizeof(e));
}

TEST(slots_are_a_power_of_two_that_fits)
{
	CU_ASSERT_EQUAL(ring_slots(4096, 112), 32);
	CU_ASSERT_EQUAL(ring_slots(4096, 12), 256);
	CU_ASSERT_EQUAL(ring_slots(4096, 8), 256);
	CU_ASSERT_EQUAL(ring_slots(16 * 4096, 112), 512);
	CU_ASSERT_EQUAL(ring_slots(64 + 112, 112), 1);
	CU_ASSERT_EQUAL(ring_slots(64 + 111, 112), 0);
	CU_ASSERT_EQUAL(ring_slots(10, 112), 0);
}

TEST(requests_and_responses_arrive_in_order_across_the_wrap)
{
	uint32_t made = 0, taken = 0, answered = 0, seen = 0;
	random_seed(__func__, 7);
	start(UINT32_MAX - 500);
	while (seen < 2000) {
		struct entry e;
		int n;

		while (ring_front_room(&front) > random_below(SLOTS))
			make(made++);
		ring_front_publish(&front);
		n = ring_back_pending(&back);
		CU_ASSERT_TRUE_FATAL(n >= 0 && n <= SLOTS);
		for (; n > 0 && random_below(4); n--)
			CU_ASSERT_EQUAL(take(), taken++);
		for (; answered < taken && random_below(4); answered++)
			answer(answered);
		ring_back_publish(&back);
		for (n = ring_front_pending(&front); n > 0; n--) {
			ring_front_take(&front, &e, sizeof(e));
			CU_ASSERT_EQUAL(e.id, seen);
			CU_ASSERT_EQUAL(e.value, seen + 1);
			seen++;
		}
		CU_ASSERT_TRUE_FATAL(n == 0);
	}
}

TEST(a_peer_is_notified_only_when_it_waits)
{
	start(UINT32_MAX - 1);
	make(1);
	CU_ASSERT_TRUE(ring_front_publish(&front));
	CU_ASSERT_FALSE(ring_front_publish(&front));
	make(2);
	CU_ASSERT_FALSE(ring_front_publish(&front)); /* the back end has not gone to sleep again */
	CU_ASSERT_TRUE(ring_back_sleep(&back, 1));
	take();
	take();
	CU_ASSERT_FALSE(ring_back_sleep(&back, 1));
	make(3);
	CU_ASSERT_TRUE(ring_front_publish(&front));
	take();
	CU_ASSERT_FALSE(ring_back_sleep(&back, 3));
	make(4);
	make(5);
	CU_ASSERT_FALSE(ring_front_publish(&front));
	make(6);
	CU_ASSERT_TRUE(ring_front_publish(&front));
	CU_ASSERT_TRUE(ring_back_sleep(&back, 3));

	CU_ASSERT_FALSE(ring_back_publish(&back));
	answer(1);
	CU_ASSERT_TRUE(ring_back_publish(&back));
	answer(2);
	CU_ASSERT_FALSE(ring_back_publish(&back));
	CU_ASSERT_TRUE(ring_front_sleep(&front));
	CU_ASSERT_EQUAL(ring_front_pending(&front), 2);
}

TEST(a_full_ring_has_no_room)
{
	start(0);
	for (uint32_t i = 0; i < SLOTS; i++)
		make(i);
	CU_ASSERT_EQUAL(ring_front_room(&front), 0);
	ring_front_publish(&front);
	CU_ASSERT_EQUAL(ring_back_pending(&back), SLOTS);
	for (uint32_t i = 0; i < SLOTS; i++)
		take();
	CU_ASSERT_EQUAL(ring_back_pending(&back), 0);
	CU_ASSERT_EQUAL(ring_front_room(&front), 0);
}

TEST(a_front_end_that_lies_is_found_out)
{
	struct entry e;

	start(100);
	shared.page.req_prod = 100 + SLOTS + 1;
	CU_ASSERT_EQUAL(ring_back_pending(&back), -EPROTO);
	CU_ASSERT_TRUE(ring_back_sleep(&back, 1)); /* no waiting: the error is there to be seen */
	shared.page.req_prod = 99;
	CU_ASSERT_EQUAL(ring_back_pending(&back), -EPROTO);
	shared.page.req_prod = 100 + SLOTS;
	CU_ASSERT_EQUAL(ring_back_pending(&back), SLOTS);
	ring_back_take(&back, &e);
	ring_back_take(&back, &e);
	/* Two are taken and not answered: a ring that is full again cannot be. */
	shared.page.req_prod = 102 + SLOTS;
	CU_ASSERT_EQUAL(ring_back_pending(&back), -EPROTO);
	/* Nor can what was taken be taken back. */
	shared.page.req_prod = 101;
	CU_ASSERT_EQUAL(ring_back_pending(&back), -EPROTO);
	shared.page.rsp_prod = 0;
	shared.page.req_prod = SLOTS + 1;
	CU_ASSERT_EQUAL(ring_back_attach(&back, &shared.page, SLOTS, sizeof(struct entry)), -EPROTO);
}

TEST(a_back_end_that_lies_is_found_out)
{
	start(UINT32_MAX);
	CU_ASSERT_EQUAL(ring_front_pending(&front), 0);
	shared.page.rsp_prod = 0;
	CU_ASSERT_EQUAL(ring_front_pending(&front), -EPROTO);
	make(1);
	ring_front_publish(&front);
	CU_ASSERT_EQUAL(ring_front_pending(&front), 1);
	shared.page.rsp_prod = 1;
	CU_ASSERT_EQUAL(ring_front_pending(&front), -EPROTO);
	shared.page.rsp_prod = UINT32_MAX - 1;
	CU_ASSERT_EQUAL(ring_front_pending(&front), -EPROTO);
}

TEST(a_new_back_end_takes_up_where_the_old_one_answered_last)
{
	start(UINT32_MAX - 2);
	for (uint32_t i = 0; i < 6; i++)
		make(i);
	ring_front_publish(&front);
	for (uint32_t i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(take(), i);
	answer(0);
	answer(1);
	ring_back_publish(&back);
	memset(&back, 0, sizeof(back));
	CU_ASSERT_EQUAL(ring_back_attach(&back, &shared.page, SLOTS, sizeof(struct entry)), 0);
	CU_ASSERT_EQUAL(ring_back_pending(&back), 4);
	CU_ASSERT_EQUAL(take(), 2);
	CU_ASSERT_EQUAL(ring_front_pending(&front), 2);
}
