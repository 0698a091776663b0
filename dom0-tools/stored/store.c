/* store.c - the store's clients, and the frame around each request */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "dom0-tools/lib/store_error.h"

struct store *store_new(const struct store_host *ops, void *host)
{
	const struct actor dom0 = {0, NO_DOMAIN};
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->ops = ops;
	store->host = host;
	/* What every Dom0 and its tools expect to find. */
	if (tree_init(&store->tree, &store->clock) ||
	    tree_write(&store->tree, &dom0, "/local/domain/0/name", "Domain-0", 8) ||
	    tree_write(&store->tree, &dom0, "/local/domain/0/domid", "0", 1) ||
	    tree_mkdir(&store->tree, &dom0, "/tool/xenstored") || tree_mkdir(&store->tree, &dom0, "/vm")) {
		store_free(store);
		return NULL;
	}
	return store;
}

void store_free(struct store *store)
{
	while (store->clients)
		client_free(store->clients);
	tree_free(&store->tree);
	free(store);
}

int store_clear(struct store *store)
{
	tree_free(&store->tree);
	return tree_init(&store->tree, &store->clock);
}

struct client *client_new(struct store *store, unsigned int domid, void *who)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->store = store;
	client->actor = (struct actor){domid, NO_DOMAIN};
	client->who = who;
	client->next = store->clients;
	client->link = &store->clients;
	if (client->next)
		client->next->link = &client->next;
	store->clients = client;
	return client;
}

void client_set_target(struct client *client, unsigned int target)
{
	client->actor.target = target;
}

void client_free(struct client *client)
{
	struct txn *txn;

	watch_remove_all(client);
	while ((txn = client->txns)) {
		client->txns = txn->next;
		txn_free(txn);
	}
	*client->link = client->next;
	if (client->next)
		client->next->link = client->link;
	free(client);
}

void client_answer(struct client *client, const void *payload, size_t len)
{
	struct xsd_sockmsg head = client->head;

	head.len = len;
	client->answered = true;
	client->store->ops->send(client->who, &head, payload);
}

static void answer_error(struct client *client, int err)
{
	const char *name = store_error_name(-err);

	client->head.type = XS_ERROR;
	client_answer(client, name, strlen(name) + 1);
}

static void split(const char *text, size_t len, struct args *args)
{
	size_t at = 0;
	const char *end;

	*args = (struct args){.text = text, .len = len};
	while (at < len && args->count < ARGS_MOST && (end = memchr(text + at, 0, len - at))) {
		args->arg[args->count++] = text + at;
		at = end - text + 1;
	}
}

static struct txn *find_txn(const struct client *client, uint32_t id)
{
	struct txn *txn;

	for (txn = client->txns; txn && txn->id != id; txn = txn->next)
		;
	return txn;
}

void store_request(struct client *client, const struct xsd_sockmsg *head, const char *payload)
{
	request_fn handler = request_handler(head->type);
	struct txn *txn = NULL;
	struct args args;
	int err;

	client->head = *head;
	client->answered = false;
	split(payload, head->len, &args);
	if (head->tx_id)
		txn = find_txn(client, head->tx_id);
	if (!handler)
		err = -ENOSYS;
	else if (head->tx_id && !txn)
		err = -ENOENT;
	else
		err = handler(client, txn, &args);
	if (err)
		answer_error(client, err);
	else if (!client->answered)
		client_answer(client, "OK", 3);
}
