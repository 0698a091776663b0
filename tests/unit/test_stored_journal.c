/* test_stored_journal.c - the store's journal: what a successor reads is what was there, or the time before it */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0-tools/stored/client.h"
#include "dom0-tools/stored/daemon.h"
#include "dom0-tools/stored/snapshot.h"
#include "unit.h"

static char path[] = "/tmp/plinth-journal.XXXXXX";
static unsigned int complaints;

void complain(const char *fmt, ...)
{
	(void)fmt;
	complaints++;
}

static void begin_journal(struct journal *j)
{
	int fd;

	strcpy(path, "/tmp/plinth-journal.XXXXXX");
	fd = mkstemp(path);
	close(fd);
	*j = (struct journal){.path = path, .fd = -1};
	journal_begin(j);
	journal_commit(j);
}

static void end_journal(struct journal *j)
{
	close(j->fd);
	free(j->buf);
	unlink(path);
}

/* How many records there are, and the last one's bytes. */
static int read_all(char *last, size_t room)
{
	size_t len;
	char *data = journal_load(path, &len);
	const char *at = data;
	struct record r;
	int n = 0;

	if (!data)
		return -1;
	while (journal_next(&at, data + len, &r)) {
		snprintf(last, room, "%.*s", (int)r.len, r.data);
		n++;
	}
	CU_ASSERT_PTR_EQUAL(at, data + len);
	free(data);
	return n;
}

TEST(a_group_is_read_whole_or_not_at_all)
{
	struct journal j;
	struct stat st;
	char last[64];

	begin_journal(&j);
	journal_add(&j, RECORD_INPUT, 3, "one", 3);
	journal_commit(&j);
	CU_ASSERT_EQUAL(read_all(last, sizeof(last)), 2);
	CU_ASSERT_STRING_EQUAL(last, "one");
	journal_add(&j, RECORD_INPUT, 3, "two", 3);
	journal_add(&j, RECORD_INPUT, 4, "thr", 3);
	journal_more(&j, "ee", 2);
	CU_ASSERT_EQUAL(read_all(last, sizeof(last)), 2);
	journal_commit(&j);
	CU_ASSERT_EQUAL(read_all(last, sizeof(last)), 4);
	CU_ASSERT_STRING_EQUAL(last, "three");
	/* Wherever the last write was cut off, all before it counts, and it does not. */
	stat(path, &st);
	for (off_t cut = 1; cut <= 36; cut++) {
		CU_ASSERT_EQUAL(truncate(path, st.st_size - cut), 0);
		CU_ASSERT_EQUAL(read_all(last, sizeof(last)), 2);
		CU_ASSERT_STRING_EQUAL(last, "one");
	}
	end_journal(&j);
}

TEST(what_is_no_journal_of_this_run_is_not_read)
{
	struct journal j;
	char last[64];
	FILE *f;

	begin_journal(&j);
	f = fopen(path, "r+");
	fseek(f, 40, SEEK_SET); /* in the name of the run */
	fputc('#', f);
	fclose(f);
	CU_ASSERT_EQUAL(read_all(last, sizeof(last)), -1);
	end_journal(&j);
	CU_ASSERT_EQUAL(read_all(last, sizeof(last)), -1);
}

TEST(a_journal_that_cannot_be_written_is_given_up_aloud)
{
	struct journal j = {.path = "/nowhere/at/all", .fd = -1};

	complaints = 0;
	journal_begin(&j);
	CU_ASSERT_EQUAL(complaints, 1);
	CU_ASSERT_PTR_NULL(j.path);
	journal_add(&j, RECORD_INPUT, 0, "x", 1);
	journal_commit(&j);
	CU_ASSERT_EQUAL(complaints, 1);
}

/* ---- Snapshots ---------------------------------------------------------------------------------- */

static bool never(void *host, unsigned int domid)
{
	(void)host;
	(void)domid;
	return false;
}

static const struct store_host host = {.send = conn_send, .queued = conn_queued, .is_introduced = never};

static void ask(struct conn *conn, uint32_t type, uint32_t tx, const char *text, size_t len)
{
	struct xsd_sockmsg head = {.type = type, .tx_id = tx, .len = (uint32_t)len};

	CU_ASSERT_EQUAL(conn_input(conn, (const char *)&head, sizeof(head)), 0);
	CU_ASSERT_EQUAL(conn_input(conn, text, len), 0);
}
#define ASK(conn, type, tx, text) ask(conn, type, tx, text, sizeof(text) - 1)

/* The last answer; the queue is empty then. */
static const char *answer(struct conn *conn)
{
	static char text[XENSTORE_PAYLOAD_MAX + 1];
	const char *data;
	struct xsd_sockmsg head;

	while (conn_output(conn, &data)) {
		memcpy(&head, data, sizeof(head));
		memcpy(text, data + sizeof(head), head.len);
		text[head.len] = '\0';
		conn_output_taken(conn, sizeof(head) + head.len);
	}
	return text;
}

static void restore(struct store *store, struct conn *conn)
{
	size_t len;
	char *data = journal_load(path, &len);
	const char *at = data;
	struct record r;

	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	CU_ASSERT_EQUAL(store_clear(store), 0);
	while (journal_next(&at, data + len, &r)) {
		if (r.kind == RECORD_NODE) {
			CU_ASSERT_EQUAL(snapshot_restore_node(store, &r), 0);
		} else if (r.kind != RECORD_BEGIN) {
			CU_ASSERT_EQUAL(snapshot_restore_client(conn, &r), 0);
		}
	}
	free(data);
}

TEST(a_successor_is_what_the_store_was)
{
	struct store *store = store_new(&host, NULL), *next = store_new(&host, NULL);
	static struct conn dom0, dom5, dom5_next;
	const char *queued;
	struct journal j;

	begin_journal(&j);
	conn_open(&dom0, store, 0);
	conn_open(&dom5, store, 5);
	ASK(&dom0, XS_WRITE, 0, "/local/domain/5/a\0value");
	ASK(&dom0, XS_SET_PERMS, 0, "/local/domain/5\0n5\0");
	ASK(&dom0, XS_RM, 0, "/vm\0");
	ASK(&dom5, XS_WATCH, 0, "a\0first\0");
	ASK(&dom5, XS_WATCH, 0, "/local\0second\0");
	answer(&dom5);
	ASK(&dom5, XS_TRANSACTION_START, 0, "\0");
	ASK(&dom5, XS_WRITE, 1, "b\0in it");
	/* half a request, and answers not taken */
	CU_ASSERT_EQUAL(conn_input(&dom5, "\1\0\0", 3), 0);
	store_lose_transactions(store);
	journal_begin(&j);
	snapshot_tree(&j, store);
	snapshot_client(&j, 5, &dom5, true);
	journal_commit(&j);

	conn_open(&dom5_next, next, 5);
	restore(next, &dom5_next);
	CU_ASSERT_EQUAL(conn_output(&dom5_next, &queued), conn_queued(&dom5));
	CU_ASSERT_EQUAL(dom5_next.have, 3);
	dom5.have = dom5_next.have = 0;
	for (int i = 0; i < 2; i++) {
		struct conn *conn = i ? &dom5_next : &dom5;

		answer(conn);
		ASK(conn, XS_READ, 0, "a\0");
		CU_ASSERT_STRING_EQUAL(answer(conn), "EACCES"); /* as it was before: only its directory is its own */
		ASK(conn, XS_READ, 1, "/local/domain/5\0");
		CU_ASSERT_STRING_EQUAL(answer(conn), "");
		ASK(conn, XS_TRANSACTION_END, 1, "T\0");
		CU_ASSERT_STRING_EQUAL(answer(conn), "EAGAIN");
		ASK(conn, XS_READ, 0, "b\0");
		CU_ASSERT_STRING_EQUAL(answer(conn), "ENOENT");
		ASK(conn, XS_TRANSACTION_START, 0, "\0");
		CU_ASSERT_STRING_EQUAL(answer(conn), "2");
		ASK(conn, XS_TRANSACTION_END, 2, "F\0");
		ASK(conn, XS_WRITE, 0, "c\0x");
		CU_ASSERT_EQUAL(conn->client->nr_watches, 2);
		CU_ASSERT_STRING_EQUAL(conn->client->watches->token, "second");
		CU_ASSERT_TRUE(conn->client->watches->next->relative);
	}
	CU_ASSERT_PTR_NULL(tree_find(&next->tree, "/vm"));
	CU_ASSERT_PTR_NOT_NULL(tree_find(&next->tree, "/tool/xenstored"));
	conn_close(&dom0);
	conn_close(&dom5);
	conn_close(&dom5_next);
	store_free(store);
	store_free(next);
	end_journal(&j);
}
