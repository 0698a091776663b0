/* store_conn.h - one connection to hvstored: whole messages out and in */
#ifndef PLINTH_STORE_CONN_H
#define PLINTH_STORE_CONN_H

#include <stdint.h>

#include <xen/io/xs_wire.h>

#include "plinth.h"

#define STORE_RECONNECT_MS 10000

struct store_event {
	struct store_event *next;
	uint32_t len;
	char text[]; /* path, NUL, token, NUL */
};

/* What the store shall be asked to watch again when it has been started again. */
struct store_watch {
	struct store_watch *next;
	char *token; /* in `path`, behind the path */
	char path[];
};

struct plinth_store {
	int fd;
	int epoll; /* with fd in it: what the caller waits for stays the same when fd does not */
	const char *socket_path;
	struct store_watch *watches;
	uint32_t next_id;
	struct store_event *events, **last_event; /* came while an answer was awaited */
	char in[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + 1];
	size_t have; /* bytes in `in` */
};

/* Up to four strings make a request's payload; each keeps its NUL if the length says so. */
struct store_part {
	const char *data;
	size_t len;
};

/* Appends one request to buf if it fits in size; the new fill level, or -E2BIG. */
long store_encode(struct plinth_store *s, char *buf, size_t fill, size_t size, uint32_t type, uint32_t tx,
		  const struct store_part *parts, unsigned int count);
int store_send(struct plinth_store *s, const char *buf, size_t len);
/* The next answer's payload, NUL-terminated, to free(); events that come before it are kept. */
int store_answer(struct plinth_store *s, char **payload, uint32_t *len);
/*
 * The connection is lost: the store was killed, and whoever watches over it starts it again. Waits for that, connects again
 * and watches again what was watched, for which the store sends an event each. 0, or -ECONNRESET after RECONNECT_MS.
 */
int store_reconnect(struct plinth_store *s);

/* Waits for a message of any kind and files it if it is an event. -ETIMEDOUT. */
int store_wait_event(struct plinth_store *s, int timeout_ms);

#endif
