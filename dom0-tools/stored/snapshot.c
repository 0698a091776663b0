/* snapshot.c - the store and its clients as records, and back */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "snapshot.h"

static const struct actor dom0 = {0, NO_DOMAIN};

/* ---- Out --------------------------------------------------------------------------------------- */

static void add_node(struct journal *j, const struct node *node, char path[PATH_BYTES], size_t len)
{
	char perms[16 * LIMIT_PERMS];
	uint32_t perms_len = (uint32_t)perms_print(&node->perms, perms);

	journal_add(j, RECORD_NODE, 0, &perms_len, sizeof(perms_len));
	journal_more(j, perms, perms_len);
	journal_more(j, len ? path : "/", (len ? len : 1) + 1);
	journal_more(j, node->value, node->len);
	for (unsigned int i = 0; i < node->nr_children; i++) {
		int n = snprintf(path + len, PATH_BYTES - len, "/%s", node->children[i]->name);

		add_node(j, node->children[i], path, len + (size_t)n);
		path[len] = '\0';
	}
}

void snapshot_tree(struct journal *j, const struct store *store)
{
	char path[PATH_BYTES] = "";

	add_node(j, store->tree.root, path, 0);
}

/* The first of the list is the last that came; it is to be again. */
static void add_watches(struct journal *j, uint32_t id, const struct watch *watch)
{
	if (!watch)
		return;
	add_watches(j, id, watch->next);
	journal_add(j, RECORD_WATCH, id, watch->relative ? "r" : "a", 1);
	journal_more(j, watch->path, strlen(watch->path) + 1);
	journal_more(j, watch->token, strlen(watch->token) + 1);
}

void snapshot_client(struct journal *j, uint32_t id, const struct conn *conn, bool with_answers)
{
	const struct client *client = conn->client;

	add_watches(j, id, client->watches);
	for (const struct txn *txn = client->txns; txn; txn = txn->next)
		journal_add(j, RECORD_TXN, id, &txn->id, sizeof(txn->id));
	journal_add(j, RECORD_NEXT, id, &client->next_txn, sizeof(client->next_txn));
	journal_add(j, RECORD_HALF, id, conn->in, conn->have);
	if (with_answers)
		journal_add(j, RECORD_QUEUED, id, conn->out + conn->taken, conn->filled - conn->taken);
}

/* ---- And back ---------------------------------------------------------------------------------- */

int snapshot_restore_node(struct store *store, const struct record *r)
{
	const char *end = r->data + r->len, *path, *value;
	struct perms perms;
	uint32_t perms_len;
	int err;

	if (r->len < sizeof(perms_len))
		return -EPROTO;
	memcpy(&perms_len, r->data, sizeof(perms_len));
	if (perms_len >= r->len - sizeof(perms_len) || perms_parse(r->data + sizeof(perms_len), perms_len, &perms))
		return -EPROTO;
	path = r->data + sizeof(perms_len) + perms_len;
	value = memchr(path, 0, (size_t)(end - path));
	if (!value || *path != '/')
		return -EPROTO;
	value++;
	err = tree_write(&store->tree, &dom0, path, value, (size_t)(end - value));
	return err ? err : tree_set_perms(&store->tree, &dom0, path, &perms);
}

static int restore_watch(struct client *client, const struct record *r)
{
	const char *path = r->data + 1, *token = r->len ? memchr(path, 0, r->len - 1) : NULL;

	if (!token || token + 1 >= r->data + r->len || r->data[r->len - 1])
		return -EPROTO;
	return watch_add(client, path, r->data[0] == 'r', token + 1);
}

static int restore_number(const struct record *r, uint32_t *number)
{
	if (r->len != sizeof(*number))
		return -EPROTO;
	memcpy(number, r->data, sizeof(*number));
	return 0;
}

static int restore_txn(struct client *client, const struct record *r)
{
	struct txn *txn;
	uint32_t id;

	if (restore_number(r, &id))
		return -EPROTO;
	txn = txn_new(&client->store->tree, id);
	if (!txn)
		return -ENOMEM;
	txn->lost = true;
	txn->next = client->txns;
	client->txns = txn;
	client->nr_txns++;
	return 0;
}

int snapshot_restore_client(struct conn *conn, const struct record *r)
{
	switch (r->kind) {
	case RECORD_WATCH:
		return restore_watch(conn->client, r);
	case RECORD_TXN:
		return restore_txn(conn->client, r);
	case RECORD_NEXT:
		return restore_number(r, &conn->client->next_txn);
	case RECORD_HALF:
		if (r->len >= sizeof(conn->in))
			return -EPROTO;
		memcpy(conn->in, r->data, r->len);
		conn->have = r->len;
		return 0;
	case RECORD_QUEUED:
		return conn_queue(conn, r->data, r->len);
	default:
		return -EPROTO;
	}
}

/* ---- Transactions ------------------------------------------------------------------------------- */

void store_lose_transactions(struct store *store)
{
	for (struct client *client = store->clients; client; client = client->next)
		for (struct txn *txn = client->txns; txn; txn = txn->next)
			txn->lost = true;
}

bool store_has_transactions(const struct store *store)
{
	for (const struct client *client = store->clients; client; client = client->next)
		if (client->txns)
			return true;
	return false;
}
