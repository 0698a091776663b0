/* store_conn.h - one connection to hvstored: whole messages out and in */
#ifndef PLINTH_STORE_CONN_H
#define PLINTH_STORE_CONN_H

#include <stdint.h>

#include <xen/io/xs_wire.h>

#include "plinth.h"

struct store_event {
	struct store_event *next;
	uint32_t len;
	char text[]; /* path, NUL, token, NUL */
};

struct plinth_store {
	int fd;
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
long store_encode(struct plinth_store *s, char *buf, size_t fill, size_t size, uint32_t type,
		  uint32_t tx, const struct store_part *parts, unsigned int count);
int store_send(struct plinth_store *s, const char *buf, size_t len);
/* The next answer's payload, NUL-terminated, to free(); events that come before it are kept. */
int store_answer(struct plinth_store *s, char **payload, uint32_t *len);
/* Waits for a message of any kind and files it if it is an event. -ETIMEDOUT. */
int store_wait_event(struct plinth_store *s, int timeout_ms);

#endif
