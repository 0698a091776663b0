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
	bool done, broken;
	int result;
	char *value; /* where the answer goes */
	size_t size;
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

static void take_answer(void)
{
	size_t len = store.client.head.len;

	store.result = store_client_result(&store.client);
	store.done = true;
	if (!store.size)
		return;
	len = MIN(len, store.size - 1);
	memcpy(store.value, store.client.payload, len);
	store.value[len] = '\0';
}

static void event(void *unused)
{
	const char *path, *token;
	int n;

	(void)unused;
	os_lock(&store.lock);
	while (!store.broken && (n = store_client_receive(&store.client)) != 0) {
		if (n < 0)
			store.broken = true;
		else if (store_client_event(&store.client, &path, &token))
			fire(token);
		else if (store_client_is_answer(&store.client) && !store.done)
			take_answer();
	}
	os_unlock(&store.lock);
	os_event_send(store.port); /* there is room in the ring again */
	os_raise(&store.moved);
}

int store_open(void)
{
	struct xenstore_domain_interface *page = os_store_page(&store.port);

	if (!page)
		return -ENODEV;
	store_client_init(&store.client, page);
	store.done = true;
	os_event_handle(store.port, event, NULL);
	return 0;
}

/* Moves the request on; true: there is nothing more to wait for. */
static bool advance(void)
{
	bool ended, sends;

	os_lock(&store.lock);
	sends = !store.broken && store.client.nr_parts > 0;
	if (sends && store_client_send(&store.client) < 0)
		store.broken = true;
	ended = store.broken || store.done;
	os_unlock(&store.lock);
	if (sends)
		os_event_send(store.port);
	return ended;
}

static int request(uint32_t type, const struct store_part *parts, uint32_t count, char *value, size_t size)
{
	int ret;

	if (!store.client.page)
		return -ENODEV;
	while (__atomic_exchange_n(&store.busy, 1, __ATOMIC_ACQUIRE))
		os_wait(&store.idle, OS_FOREVER);
	os_lock(&store.lock);
	store.value = value;
	store.size = size;
	ret = store.broken ? -EPROTO : store_client_begin(&store.client, type, 0, parts, count);
	store.done = ret < 0;
	os_unlock(&store.lock);
	while (!ret && !advance())
		os_wait(&store.moved, OS_FOREVER);
	if (!ret)
		ret = store.broken ? -EPROTO : store.result;
	__atomic_store_n(&store.busy, 0, __ATOMIC_RELEASE);
	os_raise(&store.idle);
	return ret;
}

static struct store_part text(const char *s)
{
	return (struct store_part){ s, (uint32_t)strlen(s) + 1 };
}

int store_read(const char *path, char *value, size_t size)
{
	struct store_part part = text(path);

	return request(XS_READ, &part, 1, value, size);
}

int store_list(const char *path, char *names, size_t size)
{
	struct store_part part = text(path);
	int len = request(XS_DIRECTORY, &part, 1, names, size);

	return len >= 0 && (size_t)len >= size ? -E2BIG : len;
}

int store_write(const char *path, const char *value)
{
	struct store_part part[2] = { text(path), { value, (uint32_t)strlen(value) } };
	int ret = request(XS_WRITE, part, 2, NULL, 0);

	return MIN(ret, 0);
}

static int watch_request(uint32_t type, const struct store_watch *w)
{
	char token[24];
	struct store_part part[2] = { text(w->path) };
	int ret;

	format(token, sizeof(token), "%#lx", (unsigned long)(uintptr_t)w);
	part[1] = text(token);
	ret = request(type, part, 2, NULL, 0);
	return MIN(ret, 0);
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
