/* conn.h - one client's stream of bytes: cut into requests, and answers waiting to be taken */
#ifndef STORED_CONN_H
#define STORED_CONN_H

#include <sys/types.h>

#include "store.h"

struct conn {
	struct client *client;
	size_t have; /* bytes of the next request that are here */
	char in[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + 1];
	char *out; /* from `taken` to `filled` */
	size_t taken, filled, room;
	bool broken; /* no memory for an answer: the stream has a hole and must end */
};

/* -ENOMEM. */
int conn_open(struct conn *conn, struct store *store, unsigned int domid);
void conn_close(struct conn *conn);

/* Whether the client may be asked for more: it takes its answers. */
bool conn_wants_input(const struct conn *conn);
/* Gives it bytes and answers every request that is whole. -EPROTO: a request longer than allowed.
 */
int conn_input(struct conn *conn, const char *data, size_t len);

/* Bytes that are to leave before all others to come. -ENOMEM. */
int conn_queue(struct conn *conn, const char *data, size_t len);
size_t conn_output(const struct conn *conn, const char **data);
void conn_output_taken(struct conn *conn, size_t len);

/* For struct store_host. */
void conn_send(void *conn, const struct xsd_sockmsg *head, const void *payload);
size_t conn_queued(void *conn);

#endif
