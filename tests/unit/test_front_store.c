/* test_front_store.c - a guest's store client against the store itself, through the shared page; and against a hostile store */
#include <errno.h>
#include <stdio.h>

#include "dom0-tools/stored/conn.h"
#include "dom0-tools/stored/store_ring.h"
#include "frontend-drivers/protocol/store_client.h"
#include "random.h"
#include "unit.h"

static struct xenstore_domain_interface page;
static struct store_client guest;
static struct store *store;
static struct conn conn;
static char event_path[256], event_token[64];
static int events;

static const struct store_host host = {.send = conn_send, .queued = conn_queued};

static struct store_ring ring;

static void begin(void)
{
	memset(&page, 0, sizeof(page));
	store_client_init(&guest, &page);
	store_ring_begin(&ring, &page);
	store = store_new(&host, NULL);
	/* Domain 0, which may write everywhere: rights are test_store.c's. */
	CU_ASSERT_EQUAL_FATAL(conn_open(&conn, store, 0), 0);
	events = 0;
}

static void end(void)
{
	conn_close(&conn);
	store_free(store);
}

/* The store's turn: `most` bytes each way, so that messages come in pieces. */
static void serve(size_t most)
{
	char buf[XENSTORE_RING_SIZE];
	const char *out;
	int n = store_ring_take(&ring, buf, most);

	CU_ASSERT_TRUE_FATAL(n >= 0);
	store_ring_tell(&ring);
	if (n > 0)
		CU_ASSERT_EQUAL_FATAL(conn_input(&conn, buf, (size_t)n), 0);
	n = (int)conn_output(&conn, &out);
	if (n == 0)
		return;
	n = store_ring_put(&ring, out, (size_t)n < most ? (size_t)n : most);
	CU_ASSERT_TRUE_FATAL(n >= 0);
	conn_output_taken(&conn, (size_t)n);
}

static bool take(void)
{
	const char *path, *token;
	int n = store_client_receive(&guest);

	CU_ASSERT_TRUE_FATAL(n >= 0);
	if (n == 0 || store_client_is_answer(&guest))
		return n;
	CU_ASSERT_TRUE_FATAL(store_client_event(&guest, &path, &token));
	snprintf(event_path, sizeof(event_path), "%s", path);
	snprintf(event_token, sizeof(event_token), "%s", token);
	events++;
	return false;
}

static int ask(uint32_t type, size_t most, const void *a, uint32_t a_len, const void *b, uint32_t b_len)
{
	struct store_part part[2] = {{a, a_len}, {b, b_len}};

	CU_ASSERT_EQUAL_FATAL(store_client_begin(&guest, type, 0, part, b ? 2 : 1), 0);
	for (int i = 0; i < 100000; i++) {
		CU_ASSERT_TRUE_FATAL(store_client_send(&guest) >= 0);
		serve(most);
		if (take())
			return store_client_result(&guest, type);
	}
	CU_FAIL_FATAL("no answer");
	return -ETIME;
}

#define READ(path)	   ask(XS_READ, 4096, path, sizeof(path), NULL, 0)
#define WRITE(path, value) ask(XS_WRITE, 4096, path, sizeof(path), value, sizeof(value) - 1)

TEST(what_is_written_can_be_read)
{
	begin();
	CU_ASSERT_EQUAL(WRITE("/a/b", "value"), 3); /* "OK" */
	CU_ASSERT_EQUAL(READ("/a/b"), 5);
	CU_ASSERT_STRING_EQUAL(guest.payload, "value");
	CU_ASSERT_EQUAL(READ("/a/c"), -ENOENT);
	CU_ASSERT_EQUAL(WRITE("/a//c", "x"), -EINVAL);
	CU_ASSERT_EQUAL(ask(XS_DIRECTORY, 4096, "/a", 3, NULL, 0), 2);
	CU_ASSERT_STRING_EQUAL(guest.payload, "b");
	end();
}

TEST(messages_longer_than_the_ring_and_in_pieces)
{
	static char value[3000];

	begin();
	memset(value, 'v', sizeof(value));
	for (size_t most = 1; most <= 1024; most = most * 5 + 1) {
		value[0] = (char)('a' + most % 20);
		CU_ASSERT_EQUAL(ask(XS_WRITE, most, "/long", 6, value, sizeof(value) - 900), 3);
		CU_ASSERT_EQUAL(ask(XS_READ, most, "/long", 6, NULL, 0), (int)sizeof(value) - 900);
		CU_ASSERT_EQUAL(memcmp(guest.payload, value, sizeof(value) - 900), 0);
		CU_ASSERT_EQUAL(guest.payload[sizeof(value) - 900], '\0');
	}
	end();
}

/* A store that waits for room is woken for certain: whenever it waits, a ring's worth was taken since it was told last. */
TEST(the_store_is_told_of_room_when_it_can_want_it)
{
	uint32_t told_at = 0;

	begin();
	random_seed(__func__, 10);
	for (int i = 0; i < 20000; i++) {
		uint32_t room = XENSTORE_RING_SIZE - (page.rsp_prod - page.rsp_cons);

		if (random_below(3) && room >= 16) {
			struct xsd_sockmsg head = {XS_WATCH_EVENT, 0, 0, (uint32_t)random_below(room - 15)};

			for (uint32_t j = 0; j < sizeof(head) + head.len; j++)
				page.rsp[MASK_XENSTORE_IDX(page.rsp_prod++)] =
					j < sizeof(head) ? ((char *)&head)[j] : 'x';
		}
		while (store_client_receive(&guest) > 0)
			;
		if (store_client_made_room(&guest))
			told_at = page.rsp_cons;
		CU_ASSERT_TRUE_FATAL(page.rsp_cons - told_at < XENSTORE_RING_SIZE);
	}
	CU_ASSERT_TRUE(told_at > 100000);
	end();
}

TEST(watch_events_come_between_answers)
{
	begin();
	CU_ASSERT_EQUAL(ask(XS_WATCH, 4096, "/w", 3, "0x1234", 7), 3);
	while (events == 0) {
		serve(4096);
		take();
	}
	CU_ASSERT_STRING_EQUAL(event_path, "/w");
	CU_ASSERT_STRING_EQUAL(event_token, "0x1234");
	CU_ASSERT_EQUAL(WRITE("/w/x", "1"), 3);
	serve(4096);
	take();
	CU_ASSERT_EQUAL(READ("/w/x"), 1);
	CU_ASSERT_EQUAL(events, 2);
	CU_ASSERT_STRING_EQUAL(event_path, "/w/x");
	CU_ASSERT_EQUAL(ask(XS_UNWATCH, 4096, "/w", 3, "0x1234", 7), 3);
	CU_ASSERT_EQUAL(WRITE("/w/x", "2"), 3);
	serve(4096);
	take();
	CU_ASSERT_EQUAL(events, 2);
	end();
}

TEST(requests_that_are_too_long)
{
	static char large[XENSTORE_PAYLOAD_MAX];
	struct store_part part[4] = {{"/a", 3}, {large, sizeof(large)}};

	begin();
	CU_ASSERT_EQUAL(store_client_begin(&guest, XS_WRITE, 0, part, 2), -E2BIG);
	part[1].len -= 3;
	CU_ASSERT_EQUAL(store_client_begin(&guest, XS_WRITE, 0, part, 2), 0);
	CU_ASSERT_EQUAL(store_client_begin(&guest, XS_WRITE, 0, part, 4), -E2BIG);
	end();
}

/* ---- A store that is none of ours --------------------------------------------------------------------- */

static void put(const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		page.rsp[MASK_XENSTORE_IDX(page.rsp_prod++)] = ((const char *)bytes)[i];
}

static void put_message(uint32_t type, uint32_t number, const char *payload, uint32_t len)
{
	struct xsd_sockmsg head = {type, number, 0, len};

	put(&head, sizeof(head));
	put(payload, len);
}

TEST(several_requests_at_once_are_answered_in_their_order)
{
	static const char *const path[3] = {"/x", "/y", "/x"};
	struct store_part part[2];
	uint32_t answers = 0;

	begin();
	CU_ASSERT_EQUAL(WRITE("/x", "first"), 3);
	for (int i = 0; i < 3; i++) {
		part[0] = (struct store_part){path[i], 3};
		CU_ASSERT_EQUAL(store_client_begin(&guest, XS_READ, 0, part, 1), 0);
		CU_ASSERT_EQUAL(store_client_send(&guest), 1);
	}
	for (int i = 0; i < 10; i++) {
		serve(4096);
		while (take()) {
			CU_ASSERT_EQUAL(store_client_result(&guest, XS_READ), answers == 1 ? -ENOENT : 5);
			answers++;
		}
	}
	CU_ASSERT_EQUAL(answers, 3);
	end();
}

/* The answer to a question of ours, as a hostile store gives it. */
static int answered(uint32_t type, const char *payload, uint32_t len)
{
	struct store_part part = {"/a", 3};

	CU_ASSERT_EQUAL(store_client_begin(&guest, XS_READ, 0, &part, 1), 0);
	put_message(type, guest.number, payload, len);
	CU_ASSERT_EQUAL(store_client_receive(&guest), 1);
	CU_ASSERT_TRUE(store_client_is_answer(&guest));
	return store_client_result(&guest, XS_READ);
}

TEST(answers_that_are_none)
{
	begin();
	CU_ASSERT_EQUAL(answered(XS_ERROR, "EWHATEVER", 10), -EIO);
	CU_ASSERT_EQUAL(answered(XS_WRITE, "OK", 3), -EIO);
	CU_ASSERT_EQUAL(answered(XS_ERROR, "ENOENT", 6), -ENOENT); /* without its zero byte */
	/* Nobody has asked: too early, and twice. */
	put_message(XS_READ, guest.number + 1, "no", 2);
	CU_ASSERT_EQUAL(store_client_receive(&guest), 1);
	CU_ASSERT_FALSE(store_client_is_answer(&guest));
	put_message(XS_READ, guest.number, "no", 2);
	CU_ASSERT_EQUAL(store_client_receive(&guest), 1);
	CU_ASSERT_FALSE(store_client_is_answer(&guest));
	end();
}

TEST(events_that_are_none)
{
	const char *path, *token;

	begin();
	put_message(XS_WATCH_EVENT, 0, "no zero", 7);
	CU_ASSERT_EQUAL(store_client_receive(&guest), 1);
	CU_ASSERT_FALSE(store_client_event(&guest, &path, &token));
	put_message(XS_WATCH_EVENT, 0, "", 0);
	CU_ASSERT_EQUAL(store_client_receive(&guest), 1);
	CU_ASSERT_FALSE(store_client_event(&guest, &path, &token));
	put_message(XS_WATCH_EVENT, 0, "path\0tok", 8);
	CU_ASSERT_EQUAL(store_client_receive(&guest), 1);
	CU_ASSERT_TRUE(store_client_event(&guest, &path, &token));
	CU_ASSERT_STRING_EQUAL(token, "tok");
	/* The token is not there at all: it is the zero byte behind the payload. */
	put_message(XS_WATCH_EVENT, 0, "path\0", 5);
	CU_ASSERT_EQUAL(store_client_receive(&guest), 1);
	CU_ASSERT_TRUE(store_client_event(&guest, &path, &token));
	CU_ASSERT_STRING_EQUAL(token, "");
	end();
}

TEST(indices_and_lengths_that_cannot_be)
{
	struct xsd_sockmsg head = {XS_READ, 1, 0, XENSTORE_PAYLOAD_MAX + 1};
	struct store_part part = {"/a", 3};

	begin();
	page.rsp_prod = page.rsp_cons + XENSTORE_RING_SIZE + 1;
	CU_ASSERT_EQUAL(store_client_receive(&guest), -EPROTO);
	page.rsp_prod = page.rsp_cons - 1;
	CU_ASSERT_EQUAL(store_client_receive(&guest), -EPROTO);
	page.rsp_prod = page.rsp_cons;
	page.req_cons = page.req_prod + 1;
	CU_ASSERT_EQUAL(store_client_begin(&guest, XS_READ, 0, &part, 1), 0);
	CU_ASSERT_EQUAL(store_client_send(&guest), -EPROTO);
	put(&head, sizeof(head));
	CU_ASSERT_EQUAL(store_client_receive(&guest), -EPROTO);
	end();
}

TEST(whatever_a_store_writes_is_bounded)
{
	const char *path, *token;

	random_seed(__func__, 4);
	begin();
	for (int i = 0; i < 100000; i++) {
		uint32_t n = (uint32_t)random_below(200);
		int got;

		for (uint32_t j = 0; j < n; j++)
			page.rsp[MASK_XENSTORE_IDX(page.rsp_prod++)] = (char)random_any_size();
		/* Heads of sizes that can be, now and then, so that it gets further. */
		if (random_below(2))
			put_message((uint32_t)random_below(24), (uint32_t)random_below(4), "x", 1);
		if (random_below(1000) == 0)
			page.rsp_prod = (uint32_t)random_u64();
		while ((got = store_client_receive(&guest)) > 0) {
			CU_ASSERT_TRUE_FATAL(guest.head.len <= XENSTORE_PAYLOAD_MAX);
			CU_ASSERT_TRUE_FATAL(store_client_result(&guest, XS_READ) <= XENSTORE_PAYLOAD_MAX);
			if (store_client_event(&guest, &path, &token))
				CU_ASSERT_TRUE_FATAL(token + strlen(token) <= guest.payload + sizeof(guest.payload));
		}
		if (got < 0) {
			store_client_init(&guest, &page);
			page.rsp_prod = page.rsp_cons;
		}
	}
	end();
}
