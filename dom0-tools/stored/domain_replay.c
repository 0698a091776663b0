/* domain_replay.c - domains in the journal: what a snapshot says of them, and what happened to them since */
#include <errno.h>
#include <string.h>

#include "client.h"
#include "domain.h"
#include "snapshot.h"

/* The oldest first: each is put before the others when it is added. */
static void snapshot(struct daemon *d, const struct domain *dom)
{
	struct record_ring ring;

	if (!dom)
		return;
	snapshot(d, dom->next);
	ring = (struct record_ring){dom->remote_port, dom->ring.in, dom->ring.out, dom->conn.client->actor.target};
	journal_add(&d->journal, RECORD_RING, dom->domid, &ring, sizeof(ring));
	snapshot_client(&d->journal, dom->domid, &dom->conn, true);
}

void domains_snapshot(struct daemon *d)
{
	snapshot(d, d->domains);
}

struct conn *domains_conn(struct daemon *d, uint32_t id)
{
	struct domain *dom = domain_find(d, id);

	return dom ? &dom->conn : NULL;
}

int domains_replay_ring(struct daemon *d, const struct record *r)
{
	struct record_ring ring;
	struct domain *dom;

	if (r->len != sizeof(ring))
		return -EPROTO;
	memcpy(&ring, r->data, sizeof(ring));
	dom = domain_add(d, r->client, ring.port);
	if (!dom)
		return -ENOMEM;
	dom->ring.in = ring.in;
	dom->ring.out = ring.out;
	client_set_target(dom->conn.client, ring.target);
	return 0;
}

int domains_replay_input(struct daemon *d, const struct record *r)
{
	struct domain *dom = domain_find(d, r->client);

	if (!dom)
		return -EPROTO;
	dom->ring.in += r->len;
	if (conn_input(&dom->conn, r->data, r->len))
		domain_fail(dom, "sent a request that is too long");
	return 0;
}

int domains_replay_taken(struct daemon *d, const struct record *r)
{
	struct domain *dom = domain_find(d, r->client);
	uint32_t len;

	if (!dom || r->len != sizeof(len))
		return -EPROTO;
	memcpy(&len, r->data, sizeof(len));
	if (len > conn_queued(&dom->conn))
		return -EPROTO;
	conn_output_taken(&dom->conn, len);
	dom->ring.out += len;
	return 0;
}

void domains_replay_gone(struct daemon *d, uint32_t id)
{
	struct domain *dom = domain_find(d, id);

	if (dom)
		domain_forget(d, dom);
}
