/* test_store_conn.c - a client's stream of bytes: requests in pieces, answers in pieces, and clients that take none */
#include <errno.h>
#include <stdio.h>

#include "dom0-tools/stored/conn.h"
#include "dom0-tools/stored/limits.h"
#include "unit.h"

static const struct store_host host = {.send = conn_send, .queued = conn_queued};
static struct store *store;
static struct conn conn;

static void begin(void)
{
	store = store_new(&host, NULL);
	CU_ASSERT_EQUAL_FATAL(conn_open(&conn, store, 0), 0);
}

static void end(void)
{
	conn_close(&conn);
	store_free(store);
}

static size_t request(char *to, uint32_t type, const char *payload, size_t len)
{
	struct xsd_sockmsg head = {.type = type, .req_id = 9, .len = (uint32_t)len};

	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), payload, len);
	return sizeof(head) + len;
}

/* The next answer's text, of which the client takes `piece` bytes at a time. */
static const char *answer(size_t piece)
{
	static char text[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + 1];
	struct xsd_sockmsg head;
	const char *data;
	size_t have = 0, want = sizeof(head), n;

	while (have < want && (n = conn_output(&conn, &data))) {
		n = n < piece ? n : piece;
		n = n < want - have ? n : want - have;
		memcpy(text + have, data, n);
		conn_output_taken(&conn, n);
		have += n;
		memcpy(&head, text, sizeof(head));
		if (have == sizeof(head))
			want += head.len;
	}
	text[have] = '\0';
	return have >= sizeof(head) ? text + sizeof(head) : "";
}

TEST(requests_and_answers_come_in_pieces)
{
	char bytes[256];
	size_t len;

	begin();
	len = request(bytes, XS_WRITE, "/a\0hello", 8);
	len += request(bytes + len, XS_READ, "/a", 3);
	for (size_t i = 0; i < len; i++)
		CU_ASSERT_EQUAL(conn_input(&conn, bytes + i, 1), 0);
	CU_ASSERT_STRING_EQUAL(answer(1), "OK");
	CU_ASSERT_STRING_EQUAL(answer(3), "hello");
	CU_ASSERT_EQUAL(conn_queued(&conn), 0);
	end();
}

TEST(a_request_longer_than_allowed_ends_the_stream)
{
	struct xsd_sockmsg head = {.type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1};

	begin();
	CU_ASSERT_EQUAL(conn_input(&conn, (const char *)&head, sizeof(head)), -EPROTO);
	end();
}

TEST(who_takes_no_answers_is_asked_for_no_more)
{
	static char bytes[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX], value[3000];
	unsigned asked = 0;
	size_t len;

	begin();
	memset(value, 'v', sizeof(value));
	memcpy(value, "/a", 3);
	len = request(bytes, XS_WRITE, value, sizeof(value));
	CU_ASSERT_EQUAL(conn_input(&conn, bytes, len), 0);
	CU_ASSERT_STRING_EQUAL(answer(100), "OK");
	len = request(bytes, XS_READ, "/a", 3);
	for (; conn_wants_input(&conn) && asked < 10000; asked++)
		CU_ASSERT_EQUAL(conn_input(&conn, bytes, len), 0);
	CU_ASSERT_TRUE(asked > 1 && conn_queued(&conn) >= LIMIT_OUTPUT);
	/* It takes some, gets more, and all is in order. */
	for (unsigned i = 0; i < asked / 2; i++)
		CU_ASSERT_EQUAL(strlen(answer(1000)), sizeof(value) - 3);
	CU_ASSERT_TRUE(conn_wants_input(&conn));
	for (unsigned i = 0; i < asked; i++)
		CU_ASSERT_EQUAL(conn_input(&conn, bytes, len), 0);
	for (unsigned i = 0; i < asked + asked - asked / 2; i++)
		CU_ASSERT_EQUAL(strlen(answer(1000)), sizeof(value) - 3);
	CU_ASSERT_EQUAL(conn_queued(&conn), 0);
	CU_ASSERT_STRING_EQUAL(answer(1), "");
	end();
}

TEST(without_memory_for_an_answer_the_stream_ends)
{
	char bytes[64];
	size_t len;

	begin();
	len = request(bytes, XS_READ, "/", 2);
	unit_allocations = 0;
	CU_ASSERT_EQUAL(conn_input(&conn, bytes, len), 0);
	unit_allocations = -1;
	CU_ASSERT_TRUE(conn.broken);
	end();
	store = store_new(&host, NULL);
	unit_allocations = 0;
	CU_ASSERT_EQUAL(conn_open(&conn, store, 0), -ENOMEM);
	unit_allocations = -1;
	store_free(store);
}
