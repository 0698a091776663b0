/* test_net_answers.c - netback's responses survive the process, wherever it is stopped */
#include <errno.h>
#include <xen/io/netif.h>

#include "backend-drivers/net/answers.h"
#include "unit.h"

#define SLOT	 12 /* a transmit ring's, where responses are shorter than requests */
#define SLOTS	 256
#define REQUESTS 6

static _Alignas(8) uint8_t shared[4096];
static struct ring_page *const page = (struct ring_page *)shared;
static struct ring_front front;
static struct answers answers;

static void make_requests(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct netif_tx_request request = {.gref = 1000 + i, .id = (uint16_t)i, .size = 60};

		ring_front_make(&front, &request, sizeof(request));
	}
	ring_front_publish(&front);
}

static void begin(uint32_t count)
{
	memset(shared, 0, sizeof(shared));
	memset(&answers, 0, sizeof(answers));
	ring_front_init(&front, page, SLOTS, SLOT);
	make_requests(count);
}

static void respond(uint32_t id)
{
	struct netif_tx_response response = {.id = (uint16_t)id, .status = NETIF_RSP_OKAY};

	answers_add(&answers, &response, sizeof(response));
}

/* The next process takes over what is there now and answers the rest: each request once, and read as it was made. */
static void check_successor(void)
{
	struct ring_front guest = front;
	struct ring_back ring;
	struct netif_tx_response response;

	CU_ASSERT_EQUAL_FATAL(ring_back_attach(&ring, page, SLOTS, SLOT), 0);
	CU_ASSERT_EQUAL_FATAL(answers_take_over(&answers, &ring), 0);
	while (ring_back_pending(&ring) > 0) {
		struct netif_tx_request request;
		uint32_t id = ring.taken;

		ring_back_take(&ring, &request);
		CU_ASSERT_EQUAL(request.gref, 1000 + id);
		CU_ASSERT_EQUAL(request.id, id);
		respond(request.id);
	}
	answers_publish(&answers, &ring);
	CU_ASSERT_EQUAL(ring_front_pending(&guest), REQUESTS);
	for (uint16_t id = 0; id < REQUESTS; id++) {
		ring_front_take(&guest, &response, sizeof(response));
		CU_ASSERT_EQUAL(response.id, id);
		CU_ASSERT_EQUAL(response.status, NETIF_RSP_OKAY);
	}
}

/* Stopped after so many responses were written down, with `shown` of the first packet's two in the ring. */
static void stop_at(uint32_t written, bool counted, uint32_t shown)
{
	uint8_t before[sizeof(shared)];
	struct netif_tx_request request;
	struct ring_back ring;

	begin(REQUESTS);
	CU_ASSERT_EQUAL_FATAL(ring_back_attach(&ring, page, SLOTS, SLOT), 0);
	CU_ASSERT_EQUAL_FATAL(answers_take_over(&answers, &ring), 0);
	for (uint32_t i = 0; i < written; i++) {
		ring_back_take(&ring, &request);
		respond(request.id);
	}
	if (counted) {
		memcpy(before, shared, sizeof(shared));
		answers_publish(&answers, &ring);
		/* As it was before the publication, but for the first slots. */
		memcpy(shared, before, sizeof(struct ring_page));
		memcpy(page->slots + shown * SLOT, before + sizeof(struct ring_page) + shown * SLOT,
		       sizeof(shared) - sizeof(struct ring_page) - shown * SLOT);
	}
	check_successor();
}

TEST(stopped_anywhere)
{
	for (uint32_t written = 0; written <= REQUESTS; written++) {
		stop_at(written, false, 0);
		for (uint32_t shown = 0; shown <= written; shown++)
			stop_at(written, true, shown);
	}
}

TEST(round_the_ring)
{
	struct netif_tx_request request;
	struct netif_tx_response response;
	struct ring_back ring;

	begin(0);
	CU_ASSERT_EQUAL_FATAL(ring_back_attach(&ring, page, SLOTS, SLOT), 0);
	CU_ASSERT_EQUAL_FATAL(answers_take_over(&answers, &ring), 0);
	for (uint32_t i = 0; i < 2 * SLOTS + 3; i++) {
		make_requests(1);
		ring_back_take(&ring, &request);
		respond(i);
		answers_publish(&answers, &ring);
		ring_front_take(&front, &response, sizeof(response));
		CU_ASSERT_EQUAL(response.id, (uint16_t)i);
	}
}

TEST(counts_that_do_not_fit)
{
	struct ring_back ring;

	begin(REQUESTS);
	ring_back_attach(&ring, page, SLOTS, SLOT);
	CU_ASSERT_EQUAL(answers_take_over(&answers, &ring), 0);
	/* The guest's doing */
	answers.counted = REQUESTS + 1;
	ring_back_attach(&ring, page, SLOTS, SLOT);
	CU_ASSERT_EQUAL(answers_take_over(&answers, &ring), -EPROTO);
	answers.counted = 2;
	page->rsp_prod = 3;
	ring_back_attach(&ring, page, SLOTS, SLOT);
	CU_ASSERT_EQUAL(answers_take_over(&answers, &ring), -EPROTO);
	/* Another build's, and a ring that is too large */
	answers.magic++;
	answers.counted = 3;
	CU_ASSERT_EQUAL(answers_take_over(&answers, &ring), -EPROTO);
	memset(&answers, 0, sizeof(answers));
	ring.slots = 2 * SLOTS;
	CU_ASSERT_EQUAL(answers_take_over(&answers, &ring), -EPROTO);
}
