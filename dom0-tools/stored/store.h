/* store.h - the store as its clients see it: requests in, answers and events out; no I/O here */
#ifndef STORED_STORE_H
#define STORED_STORE_H

#include <stdint.h>

#include <xen/io/xs_wire.h>

#include "txn.h"

struct store;
struct client;

/* What the store needs from the daemon around it. */
struct store_host {
	/* Queues one message for the client; `who` is what was given to client_new(). */
	void (*send)(void *who, const struct xsd_sockmsg *head, const void *payload);
	/* Bytes of the client's queue that are not taken yet. */
	size_t (*queued)(void *who);
	/* A domain's ring comes and goes; each 0 or a negative errno. */
	int (*introduce)(void *host, unsigned int domid, uint64_t mfn, unsigned int port);
	int (*release)(void *host, unsigned int domid);
	int (*resume)(void *host, unsigned int domid);
	int (*set_target)(void *host, unsigned int domid, unsigned int target);
	bool (*is_introduced)(void *host, unsigned int domid);
};

/* NULL: out of memory. */
struct store *store_new(const struct store_host *ops, void *host);
void store_free(struct store *store); /* and all its clients */
/* Empties the tree: not even what every store begins with is left. -ENOMEM. */
int store_clear(struct store *store);

/* A connection; domid 0 may do all. NULL: out of memory. */
struct client *client_new(struct store *store, unsigned int domid, void *who);
void client_set_target(struct client *client, unsigned int target);
/* Its watches and open transactions go with it. */
void client_free(struct client *client);

/* Answers one request, whose payload of head->len bytes is the caller's. Exactly one answer. */
void store_request(struct client *client, const struct xsd_sockmsg *head, const char *payload);

/* Tells those who watch "@introduceDomain" or "@releaseDomain". */
void store_fire_special(struct store *store, const char *name);

#endif
