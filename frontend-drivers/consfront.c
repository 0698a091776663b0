/* consfront.c - the console of a domain that has one in a shared page */
#include "frontend-drivers/consfront.h"
#include "frontend-drivers/protocol/console_ring.h"
#include "lib/errno.h"

#define PATIENCE_NS 200000000ull /* for a daemon that does not empty the ring */

struct os_signal consfront_typed;

static struct {
	struct os_lock lock;
	struct xencons_interface *page;
	uint32_t port;
	bool dead; /* it was waited for once in vain, or writes nonsense */
} console;

static void event(void *unused)
{
	(void)unused;
	__atomic_store_n(&console.dead, false, __ATOMIC_RELAXED);
	os_raise(&consfront_typed);
}

int consfront_open(void)
{
	console.page = os_console_page(&console.port);
	if (!console.page)
		return -ENODEV;
	os_event_handle(console.port, event, NULL);
	return 0;
}

void consfront_write(const char *text, uint32_t count)
{
	uint64_t end = 0;

	while (count > 0 && console.page && !console.dead) {
		int n;

		os_lock(&console.lock);
		n = console_ring_put(console.page, text, count);
		os_unlock(&console.lock);
		if (n > 0)
			os_event_send(console.port);
		if (n < 0 || (n == 0 && end && os_now() > end))
			console.dead = true;
		else if (n == 0 && !end)
			end = os_now() + PATIENCE_NS;
		count -= (uint32_t)(n > 0 ? n : 0);
		text += n > 0 ? n : 0;
	}
}

uint32_t consfront_read(char *to, uint32_t count)
{
	int n;

	os_lock(&console.lock);
	n = console.page ? console_ring_take(console.page, to, count) : 0;
	os_unlock(&console.lock);
	if (n > 0)
		os_event_send(console.port);
	return (uint32_t)(n > 0 ? n : 0);
}
