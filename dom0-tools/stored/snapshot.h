/* snapshot.h - the store and its clients as records, and back */
#ifndef STORED_SNAPSHOT_H
#define STORED_SNAPSHOT_H

#include "conn.h"
#include "journal.h"

/* Transactions that are open are lost to who replays it. */
void snapshot_tree(struct journal *j, const struct store *store);
/* `with_answers`: those that wait too; they are of use only if the client is there still. */
void snapshot_client(struct journal *j, uint32_t id, const struct conn *conn, bool with_answers);

/* The records of the two. -EPROTO: nonsense; -ENOMEM. */
int snapshot_restore_node(struct store *store, const struct record *r);
int snapshot_restore_client(struct conn *conn, const struct record *r);

/* Loses all open transactions as a restart would, so that this store and one made from a snapshot stay the same. */
void store_lose_transactions(struct store *store);
bool store_has_transactions(const struct store *store);

#endif
