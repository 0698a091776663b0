/* xenbus.c - a device that is split between this domain and another: its nodes in the store, and its life */
#include "frontend-drivers/xenbus.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#define RETRY_NS 1000000000ull /* between a failure and the next try */

static struct xenbus_device *devices;
static struct os_signal changed;

/* ---- Nodes -------------------------------------------------------------------------------------------- */

static bool read_number(const char *path, uint64_t *value)
{
	char text[24];
	const char *at = text;
	int len = store_read(path, text, sizeof(text));

	return len > 0 && (size_t)len < sizeof(text) && !parse_u64(&at, value) && !*at;
}

uint64_t xenbus_read_back(struct xenbus_device *dev, const char *name, uint64_t otherwise)
{
	char path[2 * XENBUS_PATH];
	uint64_t value;

	format(path, sizeof(path), "%s/%s", dev->back, name);
	return read_number(path, &value) ? value : otherwise;
}

int xenbus_write(struct xenbus_device *dev, const char *dir, const char *name, uint64_t value)
{
	char path[2 * XENBUS_PATH], text[24];

	format(path, sizeof(path), "%s/%s%s", dev->front, dir, name);
	format(text, sizeof(text), "%llu", (unsigned long long)value);
	return store_write(path, text);
}

static enum xenbus_state back_state(struct xenbus_device *dev)
{
	uint64_t state = xenbus_read_back(dev, "state", XenbusStateUnknown);

	return state > XenbusStateReconfigured ? XenbusStateUnknown : (enum xenbus_state)state;
}

static void show_state(struct xenbus_device *dev)
{
	if (xenbus_write(dev, "", "state", dev->hand.own))
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
	int err = 0;

	switch (todo) {
	case HANDSHAKE_WAIT:
		return false;
	case HANDSHAKE_LOOK:
		dev->driver->look(dev);
		return false;
	case HANDSHAKE_BEGIN:
		break;
	case HANDSHAKE_OFFER:
		err = dev->driver->offer(dev);
		break;
	case HANDSHAKE_CONNECT:
		err = dev->driver->connect(dev);
		break;
	case HANDSHAKE_LEAVE:
		leave(dev);
		break;
	}
	if (err) {
		fail(dev, err);
		return false;
	}
	show_state(dev);
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
	char path[2 * XENBUS_PATH];
	uint64_t domain;
	int len;

	dev->driver = driver;
	str_copy(dev->front, front, sizeof(dev->front));
	format(path, sizeof(path), "%s/backend-id", front);
	if (!read_number(path, &domain) || domain >= 0x7ff0)
		return -ENODEV;
	dev->back_domain = (uint16_t)domain;
	format(path, sizeof(path), "%s/backend", front);
	len = store_read(path, dev->back, sizeof(dev->back));
	if (len <= 0 || (size_t)len >= sizeof(dev->back))
		return -ENODEV;
	handshake_begin(&dev->hand);
	dev->next = devices;
	__atomic_store_n(&devices, dev, __ATOMIC_RELEASE);
	format(dev->watched, sizeof(dev->watched), "%s/state", dev->back);
	dev->watch = (struct store_watch){ .path = dev->watched, .signal = &changed };
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
