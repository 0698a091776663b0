/* xenbus.c - a device that is split between this domain and another: its nodes in the store, and its life */
#include "frontend-drivers/xenbus.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#define RETRY_NS 1000000000ull /* between a failure and the next try */

static struct xenbus_device *devices;
static struct os_signal changed;

/* ---- Nodes -------------------------------------------------------------------------------------------- */

/* For one batch of requests; xenbus' thread's alone. */
static struct {
	struct store_request request[XENBUS_NODES + 1];
	char path[XENBUS_NODES + 1][XENBUS_PATH + 40], value[XENBUS_NODES + 1][24];
} batch;

static bool number(const char *text, int len, uint64_t *value)
{
	return len > 0 && !parse_u64(&text, value) && !*text;
}

static struct store_request *prepare(uint32_t i, uint32_t type, const char *dir, const char *name)
{
	format(batch.path[i], sizeof(batch.path[i]), "%s/%s", dir, name);
	batch.request[i] = (struct store_request){
		.type = type, .path = batch.path[i], .value = batch.value[i], .size = sizeof(batch.value[i])};
	return &batch.request[i];
}

void xenbus_read(struct xenbus_device *dev, struct xenbus_node *nodes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		prepare(i, XS_READ, dev->back, nodes[i].name);
	store_run(batch.request, count);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t value;

		/* A number that does not fit into the text is none that we know. */
		if ((size_t)batch.request[i].result < sizeof(batch.value[i]) &&
		    number(batch.value[i], batch.request[i].result, &value))
			nodes[i].value = value;
	}
}

void xenbus_add(struct xenbus_nodes *nodes, const char *dir, const char *name, uint64_t value)
{
	struct xenbus_node *node = &nodes->node[nodes->count];

	if (nodes->count == XENBUS_NODES) {
		nodes->full = true;
		return;
	}
	nodes->count++;
	node->value = value;
	if ((size_t)format(node->name, sizeof(node->name), "%s%s", dir, name) >= sizeof(node->name))
		nodes->full = true;
}

static enum xenbus_state back_state(struct xenbus_device *dev)
{
	struct xenbus_node node = {"state", XenbusStateUnknown};

	xenbus_read(dev, &node, 1);
	return node.value > XenbusStateReconfigured ? XenbusStateUnknown : (enum xenbus_state)node.value;
}

/* Writes what the driver has to say, and behind it the state that lets the back end read it. */
static int show(struct xenbus_device *dev, const struct xenbus_nodes *nodes)
{
	uint32_t n = nodes ? nodes->count : 0;

	for (uint32_t i = 0; i < n; i++) {
		prepare(i, XS_WRITE, dev->front, nodes->node[i].name);
		format(batch.value[i], sizeof(batch.value[i]), "%llu", (unsigned long long)nodes->node[i].value);
	}
	prepare(n, XS_WRITE, dev->front, "state");
	format(batch.value[n], sizeof(batch.value[n]), "%d", dev->hand.own);
	return store_run(batch.request, n + 1);
}

static void show_state(struct xenbus_device *dev)
{
	if (show(dev, NULL))
		os_log("%s: its state cannot be written", dev->front);
}

/* ---- One device's steps ------------------------------------------------------------------------------- */

static void set_up(struct xenbus_device *dev, bool up)
{
	__atomic_store_n(&dev->up, up, __ATOMIC_RELEASE);
	os_raise(&dev->connected);
}

static void leave(struct xenbus_device *dev)
{
	__atomic_store_n(&dev->up, false, __ATOMIC_RELEASE);
	dev->driver->leave(dev);
	os_raise(&dev->connected);
}

static void fail(struct xenbus_device *dev, int err)
{
	os_log("%s: error %d; it is left", dev->front, -err);
	handshake_fail(&dev->hand);
	show_state(dev);
	leave(dev);
}

/* Does what is to be done. True: it was something, and the next step may follow at once. */
static bool step(struct xenbus_device *dev)
{
	enum handshake_todo todo = handshake_step(&dev->hand, back_state(dev));
	static struct xenbus_nodes nodes;
	int err = 0;

	nodes = (struct xenbus_nodes){.count = 0};

	switch (todo) {
	case HANDSHAKE_WAIT:
		return false;
	case HANDSHAKE_LOOK:
		dev->driver->look(dev);
		return false;
	case HANDSHAKE_BEGIN:
		break;
	case HANDSHAKE_OFFER:
		err = dev->driver->offer(dev, &nodes);
		if (nodes.full)
			err = -E2BIG;
		break;
	case HANDSHAKE_CONNECT:
		err = dev->driver->connect(dev);
		break;
	case HANDSHAKE_LEAVE:
		leave(dev);
		break;
	}
	if (!err)
		err = show(dev, &nodes);
	if (err) {
		fail(dev, err);
		return false;
	}
	if (todo == HANDSHAKE_CONNECT)
		set_up(dev, true);
	return true;
}

/* True: it failed, and is to be tried again later. */
static bool serve(struct xenbus_device *dev)
{
	if (__atomic_exchange_n(&dev->broken, false, __ATOMIC_ACQ_REL))
		fail(dev, -EPROTO);
	if (__atomic_load_n(&dev->closing, __ATOMIC_ACQUIRE) && !dev->hand.ended) {
		handshake_end(&dev->hand);
		show_state(dev);
	}
	while (step(dev))
		;
	if (dev->hand.ended && dev->hand.own == XenbusStateClosed) {
		__atomic_store_n(&dev->closed, true, __ATOMIC_RELEASE);
		os_raise(&dev->connected);
	}
	return dev->hand.own == XenbusStateClosed && !dev->hand.ended;
}

void xenbus_serve(void *unused)
{
	(void)unused;
	for (;;) {
		uint64_t until = OS_FOREVER;

		for (struct xenbus_device *dev = __atomic_load_n(&devices, __ATOMIC_ACQUIRE); dev; dev = dev->next)
			if (serve(dev))
				until = os_now() + RETRY_NS;
		if (os_wait(&changed, until))
			continue;
		for (struct xenbus_device *dev = devices; dev; dev = dev->next)
			if (back_state(dev) != XenbusStateUnknown && handshake_retry(&dev->hand))
				show_state(dev);
	}
}

/* ---- From other threads ------------------------------------------------------------------------------- */

int xenbus_open(struct xenbus_device *dev, const char *front, const struct xenbus_driver *driver)
{
	char back_path[XENBUS_PATH + 16], domain_path[XENBUS_PATH + 16], text[24];
	struct store_request request[2] = {
		{.type = XS_READ, .path = domain_path, .value = text, .size = sizeof(text)},
		{.type = XS_READ, .path = back_path, .value = dev->back, .size = sizeof(dev->back)}};
	uint64_t domain;

	dev->driver = driver;
	str_copy(dev->front, front, sizeof(dev->front));
	format(domain_path, sizeof(domain_path), "%s/backend-id", front);
	format(back_path, sizeof(back_path), "%s/backend", front);
	if (store_run(request, 2) || !number(text, request[0].result, &domain) || domain >= 0x7ff0 ||
	    (size_t)request[1].result >= sizeof(dev->back))
		return -ENODEV;
	dev->back_domain = (uint16_t)domain;
	handshake_begin(&dev->hand);
	dev->next = devices;
	__atomic_store_n(&devices, dev, __ATOMIC_RELEASE);
	format(dev->watched, sizeof(dev->watched), "%s/state", dev->back);
	dev->watch = (struct store_watch){.path = dev->watched, .signal = &changed};
	return store_watch(&dev->watch);
}

void xenbus_break(struct xenbus_device *dev)
{
	__atomic_store_n(&dev->broken, true, __ATOMIC_RELEASE);
	os_raise(&changed);
}

bool xenbus_wait(struct xenbus_device *dev, uint64_t until)
{
	while (!__atomic_load_n(&dev->up, __ATOMIC_ACQUIRE))
		if (!os_wait(&dev->connected, until))
			return false;
	os_raise(&dev->connected); /* others may wait too */
	return true;
}

bool xenbus_close(struct xenbus_device *dev, uint64_t until)
{
	__atomic_store_n(&dev->closing, true, __ATOMIC_RELEASE);
	os_raise(&changed);
	while (!__atomic_load_n(&dev->closed, __ATOMIC_ACQUIRE))
		if (!os_wait(&dev->connected, until))
			return false;
	return true;
}
