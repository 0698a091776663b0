/* watch.c - watches: who wants to know about which part of the tree */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static struct watch **find(struct client *client, const char *path, const char *token)
{
	struct watch **w;

	for (w = &client->watches; *w; w = &(*w)->next)
		if (!strcmp((*w)->path, path) && !strcmp((*w)->token, token))
			return w;
	return NULL;
}

int watch_add(struct client *client, const char *path, bool relative, const char *token)
{
	size_t path_len = strlen(path) + 1, token_len = strlen(token) + 1;
	struct watch *watch;

	if (find(client, path, token))
		return -EEXIST;
	if (!actor_is_privileged(&client->actor) && client->nr_watches == LIMIT_WATCHES)
		return -E2BIG;
	watch = malloc(sizeof(*watch) + path_len + token_len);
	if (!watch)
		return -ENOMEM;
	watch->relative = relative;
	watch->token = watch->path + path_len;
	memcpy(watch->path, path, path_len);
	memcpy(watch->token, token, token_len);
	watch->next = client->watches;
	client->watches = watch;
	client->nr_watches++;
	return 0;
}

int watch_remove(struct client *client, const char *path, const char *token)
{
	struct watch **slot = find(client, path, token), *watch;

	if (!slot)
		return -ENOENT;
	watch = *slot;
	*slot = watch->next;
	free(watch);
	client->nr_watches--;
	return 0;
}

void watch_remove_all(struct client *client)
{
	struct watch *watch;

	while ((watch = client->watches)) {
		client->watches = watch->next;
		free(watch);
	}
	client->nr_watches = 0;
}

void watch_send(struct client *client, const struct watch *watch, const char *path)
{
	struct xsd_sockmsg head = {.type = XS_WATCH_EVENT};
	char payload[XENSTORE_PAYLOAD_MAX], home[40];
	size_t home_len, token_len = strlen(watch->token) + 1, path_len;

	/* A client that asked in its own words is answered in them. */
	if (watch->relative) {
		home_len = snprintf(home, sizeof(home), "/local/domain/%u/", client->actor.domid);
		if (!strncmp(path, home, home_len))
			path += home_len;
	}
	path_len = strlen(path) + 1;
	if (path_len + token_len > sizeof(payload))
		return;
	/* Who never reads his events loses them: the store's memory is everybody's. */
	if (client->store->ops->queued(client->who) > LIMIT_EVENTS)
		return;
	memcpy(payload, path, path_len);
	memcpy(payload + path_len, watch->token, token_len);
	head.len = path_len + token_len;
	client->store->ops->send(client->who, &head, payload);
}

/* Whether the client may know of a change at path: it may read the node, or what is above it. */
static bool may_know(const struct store *store, const struct client *client, const char *path)
{
	char at[PATH_BYTES];
	const struct node *node;
	char *slash;

	if (actor_is_privileged(&client->actor))
		return true;
	snprintf(at, sizeof(at), "%s", path);
	while (!(node = tree_find(&store->tree, at)) && (slash = strrchr(at, '/')) && slash > at)
		*slash = '\0';
	if (!node)
		node = store->tree.root;
	return perms_allow(&node->perms, &client->actor, PERM_READ);
}

static void fire_client(struct store *store, struct client *client, const char *path, enum step_kind kind, bool done)
{
	struct watch *w;

	for (w = client->watches; w; w = w->next) {
		if (path_is_special(w->path))
			continue;
		/* A removal is told while the nodes are there still, so that it is known which. */
		if (path_is_within(path, w->path)) {
			if (done == (kind != STEP_REMOVE) && may_know(store, client, path))
				watch_send(client, w, path);
		} else if (kind == STEP_REMOVE && !done && path_is_within(w->path, path)) {
			if (tree_find(&store->tree, w->path) && may_know(store, client, w->path))
				watch_send(client, w, w->path);
		}
	}
}

void watch_fire(void *arg, const char *path, enum step_kind kind, bool done)
{
	struct store *store = arg;
	struct client *client;

	for (client = store->clients; client; client = client->next)
		fire_client(store, client, path, kind, done);
}

void store_fire_special(struct store *store, const char *name)
{
	struct client *client;
	struct watch *w;

	for (client = store->clients; client; client = client->next)
		for (w = client->watches; w; w = w->next)
			if (!strcmp(w->path, name))
				watch_send(client, w, name);
}
