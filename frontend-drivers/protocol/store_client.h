/* store_client.h - a guest's end of the xenstore protocol: messages through the ring in the shared page [pure]
 *
 * Requests have numbers; the store answers them in their order, so several can be under way. Watch events come whenever they
 * like, between answers. Both directions may have room for less than a message, so each can be moved in pieces. The store's indices are
 * read once and believed only if they can be; -EPROTO: this connection is of no use any more.
 */
#ifndef FRONTEND_STORE_CLIENT_H
#define FRONTEND_STORE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/xs_wire.h>

struct store_client {
	struct xenstore_domain_interface *page;
	uint32_t number, answered; /* of the last request, and of the last one answered */
	struct xsd_sockmsg out;
	struct store_part {
		const void *bytes;
		uint32_t len;
	} part[4]; /* what of the request has not been put into the ring; the head is the first */
	uint32_t nr_parts;
	struct xsd_sockmsg head; /* of the message that comes in */
	uint32_t have;		 /* of head and payload */
	uint32_t freed;		 /* bytes taken out of the ring since the store was told that there is room */
	char payload[XENSTORE_PAYLOAD_MAX + 1];
};

void store_client_init(struct store_client *c, struct xenstore_domain_interface *page);
/*
 * Begins a request whose payload is those parts, which stay the caller's and must last until it is sent: only then may the next
 * one begin. -E2BIG: longer than a payload may be. `parts` up to 3.
 */
int store_client_begin(struct store_client *c, uint32_t type, uint32_t transaction, const struct store_part *parts,
		       uint32_t count);
/* Puts as much of the request into the ring as there is room for. 1: all; 0: wait for an event and go on; -EPROTO. */
int store_client_send(struct store_client *c);
/*
 * Takes the next message, or what there is of it. 1: c->head and c->payload have it, with a zero byte behind it, until the
 * next call; 0: it is not whole yet; -EPROTO.
 */
int store_client_receive(struct store_client *c);
/*
 * Whether the store should be told that there is room again. If it waits for room, a whole ring has been taken since it was last
 * told; being told for less than half a ring would wake it for nothing.
 */
bool store_client_made_room(struct store_client *c);
/* Whether the message just received is the answer to the oldest request that has none. */
bool store_client_is_answer(const struct store_client *c);
/*
 * Takes that answer, to a request of this type: its length, or the error that it names: -ENOENT, … ; -EIO: one that this side has
 * no number for, or no answer to such a request.
 */
int store_client_result(struct store_client *c, uint32_t type);
/* The path and the token of a watch event; false: it is none, or is not made of two texts. */
bool store_client_event(const struct store_client *c, const char **path, const char **token);

#endif
