/* test_deliver.c - events reach the guest, once, and none is lost: two-level and FIFO, with the guest acting in between */
#include "event-channel/deliver.h"
#include "event-channel/fifo.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/types.h"
#include "unit.h"

static struct evtchn_table t;
static struct shared_info shared;
static struct vcpu_info info[2];
static struct fifo fifo;
static struct fifo_vcpu fifo_vcpu[2];
static struct evtchn_fifo_control_block control[2];
static event_word_t words[FIFO_WORDS_PER_PAGE];
static uint32_t heads[2][EVTCHN_FIFO_MAX_QUEUES]; /* what the guest remembers of its queues */

static void start(void)
{
	for (uint32_t i = 0; i < t.nr_buckets; i++)
		free(t.bucket[i]);
	memset(&t, 0, sizeof(t));
	memset(&shared, 0, sizeof(shared));
	memset(info, 0, sizeof(info));
	ports_init(&t, EVTCHN_FIFO_NR_CHANNELS);
	for (int i = 0; i < 2; i++)
		ports_add_bucket(&t, calloc(PORTS_PER_BUCKET, sizeof(struct port)));
	for (int i = 0; i < 200; i++)
		ports_bind_ipi(&t, 0);
}

static void start_fifo(void)
{
	start();
	memset(&fifo, 0, sizeof(fifo));
	memset(control, 0, sizeof(control));
	memset(words, 0, sizeof(words));
	memset(heads, 0, sizeof(heads));
	t.fifo = &fifo;
	CU_ASSERT_EQUAL(fifo_add_vcpu(&fifo, 0, &fifo_vcpu[0], &control[0]), 0);
	CU_ASSERT_EQUAL(fifo_add_vcpu(&fifo, 1, &fifo_vcpu[1], &control[1]), 0);
	CU_ASSERT_EQUAL(fifo_add_page(&fifo, words), 0);
}

static struct delivery raise(uint32_t port)
{
	return deliver_raise(&t, &shared, &info[ports_get(&t, port)->vcpu], port);
}

static struct delivery unmask(uint32_t port)
{
	return deliver_unmask(&t, &shared, &info[ports_get(&t, port)->vcpu], port);
}

/* --- two-level ---------------------------------------------------------------------------------------------------- */

TEST(a_raised_port_is_found_by_its_bits)
{
	start();
	struct delivery d = raise(70);

	CU_ASSERT_TRUE(d.kick && d.newly);
	CU_ASSERT_TRUE(bit_test(shared.evtchn_pending, 70));
	CU_ASSERT_EQUAL(info[0].evtchn_pending_sel, 2);
	CU_ASSERT_EQUAL(info[0].evtchn_upcall_pending, 1);
	CU_ASSERT_TRUE(deliver_is_pending(&t, &shared, 70));
	d = raise(70);
	CU_ASSERT_FALSE(d.kick || d.newly);
	d = raise(71); /* the same word is selected already */
	CU_ASSERT_FALSE(d.kick);
	CU_ASSERT_TRUE(d.newly);
	d = raise(3);
	CU_ASSERT_FALSE(d.kick); /* the upcall is pending already */
	CU_ASSERT_EQUAL(info[0].evtchn_pending_sel, 3);
}

TEST(a_masked_port_is_pending_without_an_upcall_until_it_is_unmasked)
{
	start();
	bit_set(shared.evtchn_mask, 5);
	struct delivery d = raise(5);

	CU_ASSERT_TRUE(d.newly);
	CU_ASSERT_FALSE(d.kick);
	CU_ASSERT_EQUAL(info[0].evtchn_upcall_pending, 0);
	CU_ASSERT_TRUE(deliver_is_masked(&t, &shared, 5));
	d = unmask(5);
	CU_ASSERT_TRUE(d.kick);
	CU_ASSERT_EQUAL(info[0].evtchn_pending_sel, 1);
	CU_ASSERT_FALSE(unmask(5).kick);
}

TEST(a_port_without_events_is_unmasked_quietly)
{
	start();
	bit_set(shared.evtchn_mask, 5);
	CU_ASSERT_FALSE(unmask(5).kick);
	CU_ASSERT_FALSE(deliver_is_masked(&t, &shared, 5));
}

TEST(a_closed_port_takes_its_event_along)
{
	start();
	raise(9);
	deliver_clear(&t, &shared, 9);
	CU_ASSERT_FALSE(deliver_is_pending(&t, &shared, 9));
}

TEST(a_moved_vcpu_info_is_looked_at_as_a_whole)
{
	start();
	deliver_rescan(&info[1]);
	CU_ASSERT_EQUAL(info[1].evtchn_pending_sel, ~0UL);
	CU_ASSERT_EQUAL(info[1].evtchn_upcall_pending, 1);
}

/* --- FIFO --------------------------------------------------------------------------------------------------------- */

#define BITMASK(n) (1u << (n))

/* The guest's half, as the ABI tells it: take the first port off a queue. 0: the queue is empty. */
static uint32_t guest_takes(unsigned vcpu, unsigned priority)
{
	struct evtchn_fifo_control_block *c = &control[vcpu];
	uint32_t *head = &heads[vcpu][priority];

	if (!(c->ready & BITMASK(priority)))
		return 0;
	if (*head == 0)
		*head = c->head[priority];
	uint32_t port = *head;
	event_word_t old = words[port];

	words[port] = old & ~(BITMASK(EVTCHN_FIFO_LINKED) | EVTCHN_FIFO_LINK_MASK);
	*head = old & EVTCHN_FIFO_LINK_MASK;
	if (*head == 0)
		c->ready &= ~BITMASK(priority);
	if (!(words[port] & BITMASK(EVTCHN_FIFO_PENDING)) || words[port] & BITMASK(EVTCHN_FIFO_MASKED))
		return UINT32_MAX; /* taken off, but nothing to handle */
	words[port] &= ~BITMASK(EVTCHN_FIFO_PENDING);
	return port;
}

TEST(events_come_out_in_the_order_they_went_in)
{
	start_fifo();
	struct delivery d = raise(5);

	CU_ASSERT_TRUE(d.kick && d.newly);
	CU_ASSERT_EQUAL(control[0].ready, BITMASK(EVTCHN_FIFO_PRIORITY_DEFAULT));
	d = raise(3);
	CU_ASSERT_FALSE(d.kick);
	raise(9);
	CU_ASSERT_EQUAL(guest_takes(0, 7), 5);
	CU_ASSERT_EQUAL(guest_takes(0, 7), 3);
	CU_ASSERT_EQUAL(guest_takes(0, 7), 9);
	CU_ASSERT_EQUAL(control[0].ready, 0);
}

TEST(a_port_raised_twice_is_queued_once)
{
	start_fifo();
	raise(5);
	struct delivery d = raise(5);

	CU_ASSERT_FALSE(d.newly || d.kick);
	CU_ASSERT_EQUAL(guest_takes(0, 7), 5);
	CU_ASSERT_EQUAL(control[0].ready, 0);
	info[0].evtchn_upcall_pending = 0;
	CU_ASSERT_TRUE(raise(5).kick);
	CU_ASSERT_EQUAL(guest_takes(0, 7), 5);
}

TEST(a_masked_word_is_queued_when_it_is_unmasked)
{
	start_fifo();
	words[4] = BITMASK(EVTCHN_FIFO_MASKED);
	struct delivery d = raise(4);

	CU_ASSERT_TRUE(d.newly);
	CU_ASSERT_FALSE(d.kick);
	CU_ASSERT_EQUAL(control[0].ready, 0);
	CU_ASSERT_TRUE(unmask(4).kick);
	CU_ASSERT_EQUAL(guest_takes(0, 7), 4);
	words[4] = BITMASK(EVTCHN_FIFO_MASKED);
	CU_ASSERT_FALSE(unmask(4).kick);
}

TEST(priorities_have_their_own_queues)
{
	start_fifo();
	ports_get(&t, 6)->priority = 0;
	raise(5);
	CU_ASSERT_FALSE(raise(6).kick); /* one upcall is enough */
	CU_ASSERT_EQUAL(control[0].ready, BITMASK(7) | BITMASK(0));
	CU_ASSERT_EQUAL(guest_takes(0, 0), 6);
	CU_ASSERT_EQUAL(guest_takes(0, 7), 5);
}

TEST(a_port_that_moved_does_not_tear_the_queue_it_was_in)
{
	start_fifo();
	raise(5);
	CU_ASSERT_EQUAL(guest_takes(0, 7), 5);
	/* It is still the tail we remember of vcpu 0's queue; now it goes into vcpu 1's. */
	ports_get(&t, 5)->vcpu = 1;
	CU_ASSERT_TRUE(raise(5).kick);
	raise(8);
	CU_ASSERT_EQUAL(guest_takes(0, 7), 8);
	CU_ASSERT_EQUAL(guest_takes(1, 7), 5);
	CU_ASSERT_EQUAL(guest_takes(1, 7), 0);
}

TEST(what_is_raised_before_there_is_a_word_is_remembered)
{
	start_fifo();
	fifo.nr_pages = 0;
	CU_ASSERT_TRUE(raise(5).newly);
	CU_ASSERT_FALSE(raise(5).newly);
	CU_ASSERT_TRUE(ports_get(&t, 5)->pended);
	CU_ASSERT_TRUE(deliver_is_pending(&t, &shared, 5));
	CU_ASSERT_TRUE(deliver_is_masked(&t, &shared, 5));
	CU_ASSERT_FALSE(unmask(5).kick);
	deliver_clear(&t, &shared, 5);
	CU_ASSERT_FALSE(deliver_is_pending(&t, &shared, 5));
}

TEST(a_vcpu_without_a_control_block_gets_nothing_and_loses_nothing)
{
	start_fifo();
	ports_get(&t, 5)->vcpu = 1;
	fifo.vcpu[1] = NULL;
	CU_ASSERT_FALSE(raise(5).kick);
	CU_ASSERT_TRUE(ports_get(&t, 5)->pended);
	CU_ASSERT_TRUE(deliver_is_pending(&t, &shared, 5));
}

TEST(control_blocks_and_pages_are_limited)
{
	struct fifo_vcpu state;

	start_fifo();
	CU_ASSERT_EQUAL(fifo_add_vcpu(&fifo, 0, &state, &control[0]), -EINVAL);
	CU_ASSERT_EQUAL(fifo_add_vcpu(&fifo, FIFO_VCPUS, &state, &control[0]), -EINVAL);
	while (fifo.nr_pages < FIFO_PAGES)
		CU_ASSERT_EQUAL_FATAL(fifo_add_page(&fifo, words), 0);
	CU_ASSERT_EQUAL(fifo_add_page(&fifo, words), -ENOSPC);
}

TEST(a_guest_that_writes_nonsense_harms_only_itself)
{
	start_fifo();
	raise(5);
	words[5] |= EVTCHN_FIFO_LINK_MASK;
	control[0].head[7] = UINT32_MAX;
	for (uint32_t port = 1; port < 100; port++) {
		words[port] ^= (port * 2654435761u);
		raise(port);
		unmask(port);
	}
	CU_ASSERT_TRUE(fifo_vcpu[0].tail[7] < 100);
}

/*
 * Every order in which raises of three ports, their moves between two priorities, and the guest's taking can follow each
 * other: whatever was raised and not masked is handled in the end.
 */
#define STEPS 6
#define KINDS 8

static unsigned handled[4];

static void guest_handles_all(void)
{
	for (unsigned priority = 0; priority < EVTCHN_FIFO_MAX_QUEUES; priority++) {
		uint32_t port;

		for (unsigned guard = 0; (port = guest_takes(0, priority)) != 0 && guard < 10; guard++) {
			if (port < 4)
				handled[port]++;
		}
	}
}

TEST(no_order_of_raising_moving_and_taking_loses_an_event)
{
	unsigned total = 1, lost = 0;

	for (unsigned i = 0; i < STEPS; i++)
		total *= KINDS;
	for (unsigned path = 0; path < total && !lost; path++) {
		bool raised[4] = {false};
		unsigned left = path;

		start_fifo();
		memset(handled, 0, sizeof(handled));
		for (unsigned i = 0; i < STEPS; i++, left /= KINDS) {
			unsigned kind = left % KINDS;

			if (kind < 3) {
				if (raise(kind + 1).newly)
					raised[kind + 1] = true;
			} else if (kind < 6) {
				struct port *p = ports_get(&t, kind - 2);

				p->priority = p->priority == 7 ? 6 : 7;
			} else {
				uint32_t port = guest_takes(0, kind);

				if (port < 4)
					handled[port]++;
			}
		}
		guest_handles_all();
		for (unsigned port = 1; port < 4; port++) {
			lost += raised[port] != (handled[port] > 0);
			lost += deliver_is_pending(&t, &shared, port);
		}
		lost += control[0].ready != 0;
	}
	CU_ASSERT_EQUAL(lost, 0);
}
