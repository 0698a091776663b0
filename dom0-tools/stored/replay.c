/* replay.c - the store becomes what the one was that has died */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "daemon.h"
#include "snapshot.h"

static struct conn *find_client(struct daemon *d, uint32_t id)
{
	return id < SOCKET_IDS ? domains_conn(d, id) : sockets_conn(d, id);
}

static int replay_input(struct daemon *d, const struct record *r)
{
	if (r->client < SOCKET_IDS)
		return domains_replay_input(d, r);
	return sockets_replay_input(d, r);
}

static int replay_gone(struct daemon *d, uint32_t id)
{
	if (id < SOCKET_IDS)
		domains_replay_gone(d, id);
	else
		sockets_replay_gone(d, id);
	return 0;
}

static int replay_record(struct daemon *d, const struct record *r)
{
	struct conn *conn;

	switch (r->kind) {
	case RECORD_BEGIN:
		return 0;
	case RECORD_NODE:
		return snapshot_restore_node(d->store, r);
	case RECORD_RING:
		return domains_replay_ring(d, r);
	case RECORD_SOCKET:
		return sockets_replay_open(d, r->client);
	case RECORD_INPUT:
		return replay_input(d, r);
	case RECORD_TAKEN:
		return domains_replay_taken(d, r);
	case RECORD_GONE:
		return replay_gone(d, r->client);
	case RECORD_SPECIAL:
		if (!r->len || r->data[r->len - 1])
			return -EPROTO;
		store_fire_special(d->store, r->data);
		return 0;
	default:
		conn = find_client(d, r->client);
		return conn ? snapshot_restore_client(conn, r) : -EPROTO;
	}
}

/* The first of all snapshots is that of a store which has only what every store begins with. */
bool replay(struct daemon *d)
{
	struct record r;
	size_t len;
	char *data = d->journal.path ? journal_load(d->journal.path, &len) : NULL;
	int err;

	if (!data)
		return false;
	err = store_clear(d->store);
	d->replay = data;
	d->replay_end = data + len;
	while (!err && journal_next(&d->replay, d->replay_end, &r))
		err = replay_record(d, &r);
	if (!err && d->replay != d->replay_end)
		err = -EPROTO;
	d->replay = d->replay_end = NULL;
	free(data);
	sockets_replay_end(d);
	store_lose_transactions(d->store);
	if (err)
		complain("%s: the journal is damaged: %s; what it tells up to there is kept", d->journal.path,
			 strerror(-err));
	return true;
}

void take_snapshot(struct daemon *d)
{
	journal_begin(&d->journal);
	snapshot_tree(&d->journal, d->store);
	domains_snapshot(d);
	sockets_snapshot(d);
	journal_commit(&d->journal);
}

void keep_journal_short(struct daemon *d)
{
	bool overdue = journal_is_long(&d->journal, true);

	if (!journal_is_long(&d->journal, false) || (store_has_transactions(d->store) && !overdue))
		return;
	/* A transaction that is open for so long has met a conflict anyway. */
	store_lose_transactions(d->store);
	take_snapshot(d);
}
