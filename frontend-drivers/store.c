/* store.c - reading, writing and watching the store, from any thread */
#include "frontend-drivers/store.h"
#include "frontend-drivers/protocol/store_client.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

static struct {
	struct os_lock lock; /* of all below, but `busy` */
	uint32_t busy;	     /* whether a thread's request is under way */
	struct os_signal idle, moved;
	uint32_t port;
	struct store_client client;
	struct store_request *request; /* that are under way */
	uint32_t count, begun, answered;
	bool broken;
	struct store_watch *watches;
} store;

static void fire(const char *token)
{
	uint64_t address;

	/* The token is our watch's address; the store is not trusted with more than choosing one of them. */
	if (parse_u64(&token, &address))
		return;
	for (struct store_watch *w = store.watches; w; w = w->next)
		if ((uintptr_t)w == address)
			os_raise(w->signal);
}

static bool answers_with_value(const struct store_request *r)
{
	return r->type == XS_READ || r->type == XS_DIRECTORY;
}

static void take_answer(void)
{
	struct store_request *r = &store.request[store.answered++];
	size_t len = store.client.head.len;

	r->result = store_client_result(&store.client, r->type);
	if (!answers_with_value(r))
		r->result = MIN(r->result, 0);
	if (!answers_with_value(r) || !r->size)
		return;
	len = MIN(len, r->size - 1);
	memcpy(r->value, store.client.payload, len);
	r->value[len] = '\0';
}

static void event(void *unused)
{
	const char *path, *token;
	bool notify;
	int n;

	(void)unused;
	os_lock(&store.lock);
	while (!store.broken && (n = store_client_receive(&store.client)) != 0) {
		if (n < 0)
			store.broken = true;
		else if (store_client_event(&store.client, &path, &token))
			fire(token);
		else if (store_client_is_answer(&store.client))
			take_answer();
	}
	notify = store_client_made_room(&store.client);
	os_unlock(&store.lock);
	if (notify)
		os_event_send(store.port);
	os_raise(&store.moved);
}

int store_open(void)
{
	struct xenstore_domain_interface *page = os_store_page(&store.port);

	if (!page)
		return -ENODEV;
	store_client_init(&store.client, page);
	os_event_handle(store.port, event, NULL);
	return 0;
}

static int begin(const struct store_request *r)
{
	struct store_part part[2] = {{r->path, (uint32_t)strlen(r->path) + 1}};

	if (answers_with_value(r) || !r->value)
		return store_client_begin(&store.client, r->type, 0, part, 1);
	/* What is written is bytes; what else goes with a path is a text with its end. */
	part[1] = (struct store_part){r->value, (uint32_t)strlen(r->value) + (r->type != XS_WRITE)};
	return store_client_begin(&store.client, r->type, 0, part, 2);
}

/* As much as there is room for in the ring. */
static void send(void)
{
	int sent = store_client_send(&store.client);

	while (sent > 0 && store.begun < store.count) {
		/* One that is too long is none; nothing here makes such a one. */
		if (begin(&store.request[store.begun++]))
			sent = -EPROTO;
		else
			sent = store_client_send(&store.client);
	}
	if (sent < 0)
		store.broken = true;
}

/* Moves the requests on; true: there is nothing more to wait for. */
static bool advance(void)
{
	bool ended, sends;

	os_lock(&store.lock);
	sends = !store.broken && (store.client.nr_parts > 0 || store.begun < store.count);
	if (sends)
		send();
	ended = store.broken || store.answered == store.count;
	os_unlock(&store.lock);
	if (sends)
		os_event_send(store.port);
	return ended;
}

int store_run(struct store_request *requests, uint32_t count)
{
	int ret = 0;

	if (!store.client.page)
		return -ENODEV;
	while (__atomic_exchange_n(&store.busy, 1, __ATOMIC_ACQUIRE))
		os_wait(&store.idle, OS_FOREVER);
	os_lock(&store.lock);
	store.request = requests;
	store.count = count;
	store.begun = store.answered = 0;
	os_unlock(&store.lock);
	while (!advance())
		os_wait(&store.moved, OS_FOREVER);
	for (uint32_t i = 0; i < count; i++) {
		if (i >= store.answered)
			requests[i].result = -EPROTO;
		if (requests[i].result < 0 && !ret)
			ret = requests[i].result;
	}
	__atomic_store_n(&store.busy, 0, __ATOMIC_RELEASE);
	os_raise(&store.idle);
	return ret;
}

static int run_one(uint32_t type, const char *path, char *value, size_t size)
{
	struct store_request r = {.type = type, .path = path, .value = value, .size = size};
	int err = store_run(&r, 1);

	return err ? err : r.result;
}

int store_read(const char *path, char *value, size_t size)
{
	return run_one(XS_READ, path, value, size);
}

int store_list(const char *path, char *names, size_t size)
{
	int len = run_one(XS_DIRECTORY, path, names, size);

	return len >= 0 && (size_t)len >= size ? -E2BIG : len;
}

int store_write(const char *path, const char *value)
{
	return run_one(XS_WRITE, path, (char *)value, 0);
}

static int watch_request(uint32_t type, const struct store_watch *w)
{
	char token[24];

	format(token, sizeof(token), "%#lx", (unsigned long)(uintptr_t)w);
	return run_one(type, w->path, token, 0);
}

static void unlink_watch(struct store_watch *watch)
{
	os_lock(&store.lock);
	for (struct store_watch **at = &store.watches; *at; at = &(*at)->next)
		if (*at == watch) {
			*at = watch->next;
			break;
		}
	os_unlock(&store.lock);
}

int store_watch(struct store_watch *watch)
{
	int err;

	/* It may fire before the answer is here. */
	os_lock(&store.lock);
	watch->next = store.watches;
	store.watches = watch;
	os_unlock(&store.lock);
	err = watch_request(XS_WATCH, watch);
	if (err)
		unlink_watch(watch);
	return err;
}

int store_unwatch(struct store_watch *watch)
{
	int err = watch_request(XS_UNWATCH, watch);

	unlink_watch(watch);
	return err;
}
