/* store_world.h - a store whose clients are the test: a host that only remembers, and requests with their answers */
#ifndef STORE_WORLD_H
#define STORE_WORLD_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "dom0-tools/stored/store.h"
#include "unit.h"

/* ---- A host that only remembers ------------------------------------------------------------- */

struct inbox {
	unsigned int answers, events;
	uint32_t type, len; /* of the last answer */
	char text[XENSTORE_PAYLOAD_MAX + 1];
	char event[XENSTORE_PAYLOAD_MAX + 1]; /* "path token" of the last event */
	char events_seen[1024];		      /* all of them, each behind a space */
	size_t queued;
};

static struct store *store;
static struct inbox dom0_box, dom5_box, dom6_box;
static struct client *dom0, *dom5, *dom6;
static unsigned int introduced;

static void host_send(void *who, const struct xsd_sockmsg *head, const void *payload)
{
	struct inbox *box = who;

	if (head->type == XS_WATCH_EVENT) {
		const char *path = payload, *token = path + strlen(path) + 1;

		box->events++;
		snprintf(box->event, sizeof(box->event), "%s %s", path, token);
		if (strlen(box->events_seen) + head->len + 2 < sizeof(box->events_seen))
			sprintf(box->events_seen + strlen(box->events_seen), " %s", path);
		return;
	}
	box->answers++;
	box->type = head->type;
	box->len = head->len;
	memcpy(box->text, payload ? payload : "", head->len);
	box->text[head->len] = '\0';
}

static size_t host_queued(void *who)
{
	return ((struct inbox *)who)->queued;
}

static int host_introduce(void *host, unsigned int domid, uint64_t mfn, unsigned int port)
{
	(void)host;
	(void)mfn;
	(void)port;
	introduced = domid;
	return 0;
}

static int host_release(void *host, unsigned int domid)
{
	(void)host;
	if (introduced != domid)
		return -ENOENT;
	introduced = 0;
	return 0;
}

static int host_resume(void *host, unsigned int domid)
{
	(void)host;
	return introduced == domid ? 0 : -ENOENT;
}

static int host_target(void *host, unsigned int domid, unsigned int target)
{
	(void)host;
	return introduced == domid && target ? 0 : -ENOENT;
}

static bool host_is_introduced(void *host, unsigned int domid)
{
	(void)host;
	return introduced == domid;
}

static const struct store_host host = {host_send,   host_queued, host_introduce,    host_release,
				       host_resume, host_target, host_is_introduced};

static inline void begin(void)
{
	memset(&dom0_box, 0, sizeof(dom0_box));
	memset(&dom5_box, 0, sizeof(dom5_box));
	memset(&dom6_box, 0, sizeof(dom6_box));
	introduced = 0;
	store = store_new(&host, NULL);
	dom0 = client_new(store, 0, &dom0_box);
	dom5 = client_new(store, 5, &dom5_box);
	dom6 = client_new(store, 6, &dom6_box);
}

static void end(void)
{
	store_free(store);
}

/* Asks, with '|' standing for NUL in the payload; the answer's text, or "E…" for an error. */
static const char *ask_in(struct client *client, struct inbox *box, uint32_t tx, uint32_t type, const char *fmt, ...)
{
	struct xsd_sockmsg head = {.type = type, .req_id = 7, .tx_id = tx};
	char payload[XENSTORE_PAYLOAD_MAX + 1];
	unsigned int answers = box->answers;
	va_list ap;

	va_start(ap, fmt);
	head.len = vsnprintf(payload, sizeof(payload), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < head.len; i++)
		if (payload[i] == '|')
			payload[i] = '\0';
	store_request(client, &head, payload);
	CU_ASSERT_EQUAL(box->answers, answers + 1);
	CU_ASSERT_TRUE(box->type == type || box->type == XS_ERROR);
	return box->text;
}

#define ask(who, type, ...)	   ask_in(who, &who##_box, 0, type, __VA_ARGS__)
#define ask_tx(who, tx, type, ...) ask_in(who, &who##_box, tx, type, __VA_ARGS__)
#define IS(got, want)		   CU_ASSERT_STRING_EQUAL(got, want)

static inline uint32_t begin_tx(struct client *client, struct inbox *box)
{
	return atoi(ask_in(client, box, 0, XS_TRANSACTION_START, "|"));
}

#endif
