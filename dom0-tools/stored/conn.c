/* conn.c - one client's stream of bytes: cut into requests, and answers waiting to be taken */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"

int conn_open(struct conn *conn, struct store *store, unsigned int domid)
{
	memset(conn, 0, sizeof(*conn));
	conn->client = client_new(store, domid, conn);
	return conn->client ? 0 : -ENOMEM;
}

void conn_close(struct conn *conn)
{
	client_free(conn->client);
	free(conn->out);
	conn->client = NULL;
	conn->out = NULL;
}

bool conn_wants_input(const struct conn *conn)
{
	return conn->filled - conn->taken < LIMIT_OUTPUT;
}

int conn_input(struct conn *conn, const char *data, size_t len)
{
	struct xsd_sockmsg head;
	size_t want, n;

	while (len) {
		want = sizeof(head);
		if (conn->have >= sizeof(head)) {
			memcpy(&head, conn->in, sizeof(head));
			want += head.len;
		}
		n = want - conn->have < len ? want - conn->have : len;
		memcpy(conn->in + conn->have, data, n);
		conn->have += n;
		data += n;
		len -= n;
		if (conn->have < sizeof(head))
			break;
		memcpy(&head, conn->in, sizeof(head));
		if (head.len > XENSTORE_PAYLOAD_MAX)
			return -EPROTO;
		if (conn->have < sizeof(head) + head.len)
			continue;
		conn->in[conn->have] = '\0'; /* strings end, whatever was sent */
		store_request(conn->client, &head, conn->in + sizeof(head));
		conn->have = 0;
	}
	return 0;
}

size_t conn_output(const struct conn *conn, const char **data)
{
	*data = conn->out + conn->taken;
	return conn->filled - conn->taken;
}

void conn_output_taken(struct conn *conn, size_t len)
{
	conn->taken += len;
	if (conn->taken < conn->filled)
		return;
	conn->taken = conn->filled = 0;
	if (conn->room > LIMIT_OUTPUT) {
		free(conn->out);
		conn->out = NULL;
		conn->room = 0;
	}
}

static bool make_room(struct conn *conn, size_t len)
{
	size_t room;
	char *more;

	if (conn->room - conn->filled >= len)
		return true;
	if (conn->taken) {
		memmove(conn->out, conn->out + conn->taken, conn->filled - conn->taken);
		conn->filled -= conn->taken;
		conn->taken = 0;
	}
	if (conn->room - conn->filled >= len)
		return true;
	room = 2 * conn->room + len;
	more = realloc(conn->out, room);
	if (!more)
		return false;
	conn->out = more;
	conn->room = room;
	return true;
}

int conn_queue(struct conn *conn, const char *data, size_t len)
{
	if (!len)
		return 0;
	if (!make_room(conn, len))
		return -ENOMEM;
	memcpy(conn->out + conn->filled, data, len);
	conn->filled += len;
	return 0;
}

void conn_send(void *arg, const struct xsd_sockmsg *head, const void *payload)
{
	struct conn *conn = arg;

	if (!make_room(conn, sizeof(*head) + head->len)) {
		conn->broken = true;
		return;
	}
	memcpy(conn->out + conn->filled, head, sizeof(*head));
	if (head->len)
		memcpy(conn->out + conn->filled + sizeof(*head), payload, head->len);
	conn->filled += sizeof(*head) + head->len;
}

size_t conn_queued(void *arg)
{
	const struct conn *conn = arg;

	return conn->filled - conn->taken;
}
