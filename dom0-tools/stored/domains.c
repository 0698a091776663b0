/* domains.c - clients in other domains, and Dom0's kernel: rings of shared memory */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "domain.h"
#include "dom0-tools/lib/abi.h"
#include "dom0-tools/lib/linux_xen.h"

/* How much of one domain is read before the others have their turn. */
#define TURN_BYTES 4096
#define STORE_PAGE 4096

struct domain *domain_find(const struct daemon *d, unsigned int domid)
{
	struct domain *dom;

	for (dom = d->domains; dom && dom->domid != domid; dom = dom->next)
		;
	return dom;
}

void domain_fail(struct domain *dom, const char *why)
{
	complain("domain %u %s; it is not listened to any more", dom->domid, why);
	dom->broken = true;
}

/* ---- Coming and going ------------------------------------------------------------------------ */

static void unmap(struct daemon *d, struct domain *dom)
{
	if (dom->granted)
		plinth_grants_unmap(d->grants, dom->page);
	else
		munmap(dom->page, STORE_PAGE);
}

struct domain *domain_add(struct daemon *d, unsigned int domid, unsigned int remote_port)
{
	struct domain *dom = calloc(1, sizeof(*dom));

	if (!dom || conn_open(&dom->conn, d->store, domid)) {
		free(dom);
		return NULL;
	}
	dom->domid = domid;
	dom->remote_port = remote_port;
	dom->next = d->domains;
	d->domains = dom;
	return dom;
}

/* Dom0's kernel has set up a ring too, and hands it out through a device of its own. */
static int map_dom0(struct domain *dom)
{
	int fd = open("/dev/xen/xenbus_backend", O_RDWR | O_CLOEXEC), port, err;
	void *page = MAP_FAILED;

	if (fd >= 0) {
		port = ioctl(fd, XENBUS_BACKEND_PORT, 0);
		if (port > 0) {
			page = mmap(NULL, STORE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			dom->remote_port = port;
		}
	}
	err = errno;
	if (fd >= 0)
		close(fd);
	if (page == MAP_FAILED)
		return plinth_fail(err, "/dev/xen/xenbus_backend: %s", strerror(err));
	dom->page = page;
	return 0;
}

static int map(struct daemon *d, struct domain *dom)
{
	void *page;
	int err;

	if (!dom->domid)
		return map_dom0(dom);
	err = plinth_grants_map(d->grants, dom->domid, GNTTAB_RESERVED_XENSTORE, &page);
	if (!err) {
		dom->page = page;
		dom->granted = true;
	}
	return err;
}

/* Its page and its port; what it has got and what it has asked is as its ring says, or, after a restart, as we know. */
static int connect_domain(struct daemon *d, struct domain *dom, bool resume)
{
	int err = map(d, dom), port;

	if (err)
		return err;
	port = plinth_events_bind(d->events, dom->domid, dom->remote_port);
	if (port < 0)
		return port;
	dom->port = port;
	if (resume) {
		err = store_ring_resume(&dom->ring, dom->page, conn_queued(&dom->conn));
		if (err > 0)
			conn_output_taken(&dom->conn, err);
		else if (err < 0)
			domain_fail(dom, "wrote nonsense into its store ring");
	} else {
		store_ring_begin(&dom->ring, dom->page);
	}
	/* Dom0's kernel waits for this; and a domain may have written before we were here. */
	plinth_events_notify(d->events, port);
	dom->more = dom->heard = true;
	return 0;
}

void domain_forget(struct daemon *d, struct domain *dom)
{
	struct domain **slot = &d->domains;

	while (*slot != dom)
		slot = &(*slot)->next;
	*slot = dom->next;
	conn_close(&dom->conn);
	if (dom->port)
		plinth_events_unbind(d->events, dom->port);
	if (dom->page)
		unmap(d, dom);
	free(dom);
}

static int really_introduce(struct daemon *d, unsigned int domid, unsigned int port)
{
	struct domain *dom = domain_find(d, domid);
	int err;

	if (!d->hypervisor)
		return -ENOSYS;
	if (dom)
		return dom->remote_port == port ? 0 : -EBUSY;
	dom = domain_add(d, domid, port);
	if (!dom)
		return -ENOMEM;
	err = connect_domain(d, dom, false);
	if (!err)
		return 0;
	complain("domain %u: %s", domid, plinth_error());
	domain_forget(d, dom);
	return -EINVAL;
}

/* In a replay: it went as it went then. It is connected at the end, if it is there still. */
static int replay_introduction(struct daemon *d, unsigned int domid, unsigned int port)
{
	struct record_introduced done;
	struct domain *dom = domain_find(d, domid);
	struct record r;

	if (!journal_next(&d->replay, d->replay_end, &r) || r.kind != RECORD_INTRODUCED || r.len != sizeof(done))
		return -EPROTO;
	memcpy(&done, r.data, sizeof(done));
	if (done.err || dom)
		return done.err;
	dom = domain_add(d, domid, port);
	if (!dom)
		return -ENOMEM;
	dom->ring.in = done.in;
	dom->ring.out = done.out;
	return 0;
}

/* The frame number is not needed: the domain's grant table says it better, and no right to all memory has to be had. */
static int introduce(void *host, unsigned int domid, uint64_t mfn, unsigned int port)
{
	struct record_introduced done = {0};
	struct daemon *d = host;
	struct domain *dom;

	(void)mfn;
	if (d->replay)
		return replay_introduction(d, domid, port);
	done.err = really_introduce(d, domid, port);
	dom = domain_find(d, domid);
	if (dom) {
		done.in = dom->ring.in;
		done.out = dom->ring.out;
	}
	journal_add(&d->journal, RECORD_INTRODUCED, domid, &done, sizeof(done));
	return done.err;
}

static int release(void *host, unsigned int domid)
{
	struct daemon *d = host;
	struct domain *dom = domain_find(d, domid);

	if (!dom)
		return -ENOENT;
	domain_forget(d, dom); /* the request that asked for it is in the journal */
	return 0;
}

static int resume(void *host, unsigned int domid)
{
	struct domain *dom = domain_find(host, domid);

	if (!dom)
		return -ENOENT;
	dom->shutdown = false;
	return 0;
}

static int set_target(void *host, unsigned int domid, unsigned int target)
{
	struct domain *dom = domain_find(host, domid);

	if (!dom || !domain_find(host, target))
		return -ENOENT;
	client_set_target(dom->conn.client, target);
	return 0;
}

static bool is_introduced(void *host, unsigned int domid)
{
	return domain_find(host, domid);
}

const struct store_host daemon_host = {
	.send = conn_send,
	.queued = conn_queued,
	.introduce = introduce,
	.release = release,
	.resume = resume,
	.set_target = set_target,
	.is_introduced = is_introduced,
};

static void tell_release(struct daemon *d)
{
	static const char name[] = "@releaseDomain";

	journal_add(&d->journal, RECORD_SPECIAL, 0, name, sizeof(name));
	store_fire_special(d->store, name);
}

/* Some domain shut down or died: tell it, and let go of the dead so that they can be freed. */
static void look_for_the_dead(struct daemon *d)
{
	struct domain *dom, *next;
	struct plinth_domain now;
	bool tell = false;
	int err;

	for (dom = d->domains; dom; dom = next) {
		next = dom->next;
		err = plinth_get_domain(d->hypervisor, dom->domid, &now);
		if (err && err != -ESRCH)
			continue;
		if (err || now.dying) {
			journal_add(&d->journal, RECORD_GONE, dom->domid, NULL, 0);
			domain_forget(d, dom);
			tell = true;
		} else if (now.shutdown && !dom->shutdown) {
			dom->shutdown = tell = true;
		}
	}
	if (tell)
		tell_release(d);
}

/* ---- Talking --------------------------------------------------------------------------------- */

/* Takes requests. The domain is told when they are in the journal. */
static void take(struct daemon *d, struct domain *dom)
{
	char buf[XENSTORE_RING_SIZE];
	size_t total = 0;
	int n = 0;

	dom->more = false;
	while (conn_wants_input(&dom->conn)) {
		if (total >= TURN_BYTES) {
			dom->more = true;
			break;
		}
		n = store_ring_take(&dom->ring, buf, sizeof(buf));
		if (n <= 0)
			break;
		total += n;
		journal_add(&d->journal, RECORD_INPUT, dom->domid, buf, n);
		if (conn_input(&dom->conn, buf, n)) {
			domain_fail(dom, "sent a request that is too long");
			break;
		}
	}
	if (n < 0)
		domain_fail(dom, "wrote nonsense into its store ring");
	dom->heard |= total > 0;
}

/* Whether the ring has changed. */
static bool put(struct daemon *d, struct domain *dom)
{
	uint32_t total = 0;
	const char *data;
	size_t len;
	int n;

	while ((len = conn_output(&dom->conn, &data))) {
		n = store_ring_put(&dom->ring, data, len);
		if (n < 0)
			domain_fail(dom, "wrote nonsense into its store ring");
		if (n <= 0)
			break;
		conn_output_taken(&dom->conn, n);
		total += (uint32_t)n;
	}
	if (total)
		journal_add(&d->journal, RECORD_TAKEN, dom->domid, &total, sizeof(total));
	return total;
}

static void answer(struct daemon *d, struct domain *dom)
{
	bool changed = dom->heard;

	if (dom->heard)
		dom->more |= store_ring_tell(&dom->ring);
	dom->heard = false;
	changed |= put(d, dom);
	if (dom->conn.broken)
		domain_fail(dom, "cannot be answered: out of memory");
	/* Then both once more: Linux moves its indices and looks at ours with no barrier between the two, so at this moment it may
	 * have made room or a request, seen no reason for an event, and not yet been seen itself. */
	while (changed) {
		plinth_events_notify(d->events, dom->port);
		dom->more |= store_ring_tell(&dom->ring);
		changed = !dom->broken && put(d, dom);
	}
}

void domains_hear(struct daemon *d)
{
	for (struct domain *dom = d->domains; dom; dom = dom->next)
		if (!dom->broken && dom->more)
			take(d, dom);
}

bool domains_answer(struct daemon *d)
{
	bool more = false;

	for (struct domain *dom = d->domains; dom; dom = dom->next) {
		if (!dom->broken)
			answer(d, dom);
		more |= dom->more && !dom->broken && conn_wants_input(&dom->conn);
	}
	return more;
}

static void event(void *arg, uint32_t events)
{
	struct daemon *d = arg;
	struct domain *dom;
	int port;

	(void)events;
	while ((port = plinth_events_next(d->events)) >= 0) {
		if ((unsigned int)port == d->virq)
			look_for_the_dead(d);
		for (dom = d->domains; dom && dom->port != (unsigned int)port; dom = dom->next)
			;
		if (dom)
			dom->more = true;
		/* Whom nobody listens to shall not wake us either: his port stays masked. */
		if (!dom || !dom->broken)
			plinth_events_unmask(d->events, port);
	}
}

/* ---- Start and end --------------------------------------------------------------------------- */

static int connect_dom0(struct daemon *d)
{
	struct domain *dom = domain_add(d, 0, 0);

	return dom ? connect_domain(d, dom, false) : plinth_fail(ENOMEM, "out of memory");
}

/* Those that the process before us served. Who is not there any more has died meanwhile. */
static int connect_again(struct daemon *d)
{
	struct domain *dom, *next;
	int err;

	for (dom = d->domains; dom; dom = next) {
		next = dom->next;
		err = connect_domain(d, dom, true);
		if (err && !dom->domid)
			return err;
		if (err) {
			complain("domain %u: %s", dom->domid, plinth_error());
			domain_forget(d, dom);
		}
	}
	tell_release(d);
	return 0;
}

int domains_open(struct daemon *d)
{
	int err = plinth_open(&d->hypervisor);

	if (err)
		return err;
	d->grants = plinth_grants_open();
	if (d->grants < 0)
		return d->grants;
	d->events = plinth_events_open();
	if (d->events < 0)
		return d->events;
	err = plinth_events_bind_virq(d->events, VIRQ_DOM_EXC);
	if (err < 0)
		return err;
	d->virq = err;
	err = plinth_loop_add(d->loop, d->events, EPOLLIN, event, d);
	if (err)
		return err;
	return d->domains ? connect_again(d) : connect_dom0(d);
}

void domains_close(struct daemon *d)
{
	while (d->domains)
		domain_forget(d, d->domains);
	if (d->events >= 0)
		close(d->events);
	if (d->grants >= 0)
		close(d->grants);
	plinth_close(d->hypervisor);
}
