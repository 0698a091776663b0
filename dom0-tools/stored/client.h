/* client.h - inside the store: its clients, their watches, and the answering of requests */
#ifndef STORED_CLIENT_H
#define STORED_CLIENT_H

#include "store.h"

struct watch {
	struct watch *next;
	bool relative; /* asked for with a path relative to the client's directory */
	char *token;
	char path[];
};

struct client {
	struct client *next, **link; /* the store's list */
	struct store *store;
	struct actor actor;
	void *who;
	struct watch *watches;
	unsigned int nr_watches;
	struct txn *txns;
	unsigned int nr_txns;
	uint32_t next_txn;
	struct xsd_sockmsg head; /* of the request being answered */
	bool answered;
};

struct store {
	const struct store_host *ops;
	void *host;
	struct tree tree;
	uint64_t clock;
	struct client *clients;
};

/* A request's payload, cut into its strings; the last may be bytes without a NUL. */
#define ARGS_MOST 4
struct args {
	const char *text; /* the payload, with a NUL behind it */
	size_t len;
	unsigned int count; /* strings that end in a NUL, up to ARGS_MOST */
	const char *arg[ARGS_MOST];
};

void client_answer(struct client *client, const void *payload, size_t len);

/* watch.c */
int watch_add(struct client *client, const char *path, bool relative, const char *token);
int watch_remove(struct client *client, const char *path, const char *token);
void watch_remove_all(struct client *client);
void watch_send(struct client *client, const struct watch *watch, const char *path);
/* Tells everybody whom a change concerns; see txn_change_fn. */
void watch_fire(void *store, const char *path, enum step_kind kind, bool done);

/* request.c: each answers, or returns a negative errno for the error to be sent. */
typedef int (*request_fn)(struct client *client, struct txn *txn, const struct args *args);
request_fn request_handler(uint32_t type);

#endif
