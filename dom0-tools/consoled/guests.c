/* guests.c - the console of each guest: its rings, its terminal, its log */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cons_ring.h"
#include "consoled.h"
#include "dom0-tools/lib/abi.h"
#include "limiter.h"

#define RATE	      (256u << 10) /* bytes a second that one guest may print … */
#define BURST	      (128u << 10) /* … and at once */
#define BACKLOG	      (64u << 10)  /* kept for a terminal that nobody reads */
#define RETRY_MS      250	   /* until a terminal that took nothing is tried again … */
#define RETRY_SOON_MS 10	   /* … and one that took something */
#define WAKING_COST   512	   /* bytes of its budget for each time it makes us look */
#define TURN_BYTES    8192	   /* taken from one guest before it is the next one's turn */

struct console {
	struct console *next;
	struct daemon *daemon;
	unsigned int domid, port;
	struct xencons_interface *page;
	int master, slave;
	struct logfile log;
	struct limiter limiter;
	bool broken;	   /* wrote nonsense; not listened to any more */
	bool masked;	   /* its event channel is, until it has had its turn */
	bool seen;	   /* while comparing with the list of domains */
	bool listening;	   /* to what is typed: its ring has room */
	uint64_t retry_at; /* when the terminal is to be tried again, while something waits */
	size_t start, len; /* of what waits for the terminal, in the circle of `backlog` */
	char backlog[BACKLOG];
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

/* ---- The terminal ---------------------------------------------------------------------------- */

/* When nobody reads, the oldest goes: who attaches later wants to see the end. */
static void keep(struct console *c, const char *data, size_t len)
{
	size_t at, part;

	if (c->len + len > BACKLOG) {
		size_t drop = c->len + len - BACKLOG;

		c->start = (c->start + drop) % BACKLOG;
		c->len -= drop;
	}
	at = (c->start + c->len) % BACKLOG;
	part = len < BACKLOG - at ? len : BACKLOG - at;
	memcpy(c->backlog + at, data, part);
	memcpy(c->backlog, data + part, len - part);
	c->len += len;
}

/*
 * Writes what fits. For the rest there is no asking to be woken: a terminal that is nearly full
 * calls itself writable and takes nothing. So it is tried again, soon if somebody seems to read.
 */
static void to_terminal(struct console *c)
{
	bool any = false;

	while (c->len) {
		size_t part = c->len < BACKLOG - c->start ? c->len : BACKLOG - c->start;
		ssize_t n = write(c->master, c->backlog + c->start, part);

		if (n <= 0)
			break;
		c->start = (c->start + n) % BACKLOG;
		c->len -= n;
		any = true;
	}
	c->retry_at = now_ms() + (any ? RETRY_SOON_MS : RETRY_MS);
}

static void wait_for_terminal(struct console *c)
{
	bool room = !c->broken && cons_ring_room(c->page);

	if (room == c->listening)
		return;
	c->listening = room;
	plinth_loop_set(c->daemon->loop, c->master, room ? EPOLLIN : 0);
}

static void terminal_ready(void *arg, uint32_t events)
{
	struct console *c = arg;
	char buf[1024];
	size_t room = cons_ring_room(c->page);
	ssize_t n;

	if (events & EPOLLIN && room && !c->broken) {
		n = read(c->master, buf, room < sizeof(buf) ? room : sizeof(buf));
		if (n > 0 && cons_ring_put(c->page, buf, n) == n)
			plinth_events_notify(c->daemon->events, c->port);
	}
	wait_for_terminal(c);
}

/* The slave stays open here, so that the master neither hangs up nor forgets that it is raw. */
static int open_terminal(struct console *c)
{
	struct termios raw = {.c_cflag = CS8 | CREAD};

	cfmakeraw(&raw);
	raw.c_cflag |= CREAD;
	cfsetspeed(&raw, B115200);
	if (openpty(&c->master, &c->slave, NULL, &raw, NULL))
		return plinth_fail(errno, "no terminal: %s", strerror(errno));
	fcntl(c->slave, F_SETFD, FD_CLOEXEC);
	fcntl(c->master, F_SETFD, FD_CLOEXEC);
	fcntl(c->master, F_SETFL, O_NONBLOCK);
	c->listening = true;
	return plinth_loop_add(c->daemon->loop, c->master, EPOLLIN, terminal_ready, c);
}

/* ---- What the guest prints ------------------------------------------------------------------- */

/* Whether the guest has more to say than it may now. */
static bool take_output(struct console *c)
{
	uint64_t budget = limiter_budget(&c->limiter, now_ms());
	char buf[2048];
	size_t total = 0;
	int n = 1;

	while (total < TURN_BYTES && total < budget) {
		n = cons_ring_peek(c->page, buf, sizeof(buf));
		if (n <= 0)
			break;
		total += n;
		logfile_write(&c->log, buf, n);
		keep(c, buf, n);
		/* Only now: if we are killed before, the next one prints it. */
		cons_ring_drop(c->page, n);
	}
	if (n < 0) {
		complain(
			"domain %u wrote nonsense into its console ring; it is not listened to "
			"any more",
			c->domid);
		c->broken = true;
	}
	/* A line at a time costs us as much as a full ring: waking up has its price too. */
	limiter_spend(&c->limiter, total > WAKING_COST ? total : WAKING_COST);
	if (total) {
		if (now_ms() >= c->retry_at)
			to_terminal(c);
		plinth_events_notify(c->daemon->events, c->port);
	}
	return n > 0;
}

static void serve(struct console *c)
{
	bool more = !c->broken && take_output(c);

	/* As long as it must wait, its events do not even wake us. */
	if (!more && !c->broken && c->masked) {
		plinth_events_unmask(c->daemon->events, c->port);
		/* It may have printed between the last look and the unmasking; the rest of that is the next turn's. */
		c->masked = take_output(c);
	}
	wait_for_terminal(c);
}

void guests_event(struct daemon *d, unsigned int port)
{
	struct console *c;

	for (c = d->consoles; c; c = c->next) {
		if (c->port == port) {
			c->masked = true;
			serve(c);
			return;
		}
	}
}

/* Milliseconds until this one has something to do without an event; -1: nothing. */
static int go_on(struct console *c)
{
	uint64_t now = now_ms();
	int wait = -1;

	if (c->masked && !c->broken) {
		if (limiter_budget(&c->limiter, now))
			serve(c);
		if (c->masked)
			wait = limiter_wait(&c->limiter);
	}
	if (!c->len)
		return wait;
	if (now >= c->retry_at)
		to_terminal(c);
	if (c->len && (wait < 0 || c->retry_at < now + wait))
		wait = c->retry_at > now ? c->retry_at - now : 0;
	return wait;
}

int guests_go_on(struct daemon *d)
{
	struct console *c;
	int wait = -1, one;

	for (c = d->consoles; c; c = c->next) {
		one = go_on(c);
		if (one >= 0 && (wait < 0 || one < wait))
			wait = one;
	}
	return wait;
}

/* ---- Coming and going ------------------------------------------------------------------------ */

static int get_number(struct plinth_store *store, unsigned int domid, const char *name, unsigned long long *value)
{
	char path[96], text[32];
	int err;

	snprintf(path, sizeof(path), "/local/domain/%u/%s", domid, name);
	err = plinth_store_get(store, 0, path, text, sizeof(text));
	if (err < 0)
		return err;
	*value = strtoull(text, NULL, 10);
	return 0;
}

static void announce(struct console *c)
{
	char path[96];

	snprintf(path, sizeof(path), "/local/domain/%u/console/tty", c->domid);
	if (plinth_store_write(c->daemon->store, 0, path, ttyname(c->slave)))
		complain("domain %u: %s", c->domid, plinth_error());
}

static void close_console(struct console *c)
{
	struct daemon *d = c->daemon;

	plinth_loop_remove(d->loop, c->master);
	if (c->master >= 0)
		close(c->master);
	if (c->slave >= 0)
		close(c->slave);
	if (c->port)
		plinth_events_unbind(d->events, c->port);
	if (c->page)
		plinth_grants_unmap(d->grants, c->page);
	logfile_close(&c->log);
	free(c);
}

static void open_log(struct console *c)
{
	char path[96], name[128];

	snprintf(path, sizeof(path), "/local/domain/%u/name", c->domid);
	if (plinth_store_get(c->daemon->store, 0, path, name, sizeof(name)) <= 0)
		snprintf(name, sizeof(name), "domain-%u", c->domid);
	logfile_open(&c->log, &c->daemon->log, name);
}

static int connect_console(struct console *c, unsigned int remote_port)
{
	struct daemon *d = c->daemon;
	void *page;
	int err = plinth_grants_map(d->grants, c->domid, GNTTAB_RESERVED_CONSOLE, &page);

	if (err)
		return err;
	c->page = page;
	err = plinth_events_bind(d->events, c->domid, remote_port);
	if (err < 0)
		return err;
	c->port = err;
	return open_terminal(c);
}

static void open_console(struct daemon *d, unsigned int domid)
{
	unsigned long long port, frame;
	struct console *c;

	/* A domain without these nodes is being built, or has no console of this kind. */
	if (get_number(d->store, domid, "console/ring-ref", &frame) ||
	    get_number(d->store, domid, "console/port", &port) || !port)
		return;
	c = calloc(1, sizeof(*c));
	if (!c)
		return;
	c->daemon = d;
	c->domid = domid;
	c->master = c->slave = c->log.fd = -1;
	c->seen = true;
	limiter_init(&c->limiter, RATE, BURST, now_ms());
	if (connect_console(c, port)) {
		complain("domain %u: %s", domid, plinth_error());
		close_console(c);
		return;
	}
	open_log(c);
	c->next = d->consoles;
	d->consoles = c;
	announce(c);
	c->masked = true; /* what was printed before we came is taken in the next turn */
}

static struct console *find(struct daemon *d, unsigned int domid)
{
	struct console *c;

	for (c = d->consoles; c && c->domid != domid; c = c->next)
		;
	return c;
}

void guests_look(struct daemon *d)
{
	struct plinth_domain *list;
	struct console *c, **slot;
	int count = plinth_list_domains(d->hypervisor, &list), i;

	if (count < 0)
		return;
	for (c = d->consoles; c; c = c->next)
		c->seen = false;
	for (i = 0; i < count; i++) {
		c = find(d, list[i].domid);
		if (!list[i].domid || list[i].dying)
			continue;
		if (c)
			c->seen = true;
		else
			open_console(d, list[i].domid);
	}
	free(list);
	for (slot = &d->consoles; (c = *slot);) {
		if (c->seen) {
			slot = &c->next;
			continue;
		}
		*slot = c->next;
		if (!c->broken)
			take_output(c); /* its last words */
		close_console(c);
	}
}

void guests_close(struct daemon *d)
{
	struct console *c;

	while ((c = d->consoles)) {
		d->consoles = c->next;
		close_console(c);
	}
}
