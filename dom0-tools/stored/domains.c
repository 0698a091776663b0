/* domains.c - clients in other domains, and Dom0's kernel: rings of shared memory */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon.h"
#include "store_ring.h"
#include "dom0-tools/lib/abi.h"
#include "dom0-tools/lib/linux_xen.h"

/* How much of one domain is read before the others have their turn. */
#define TURN_BYTES 4096
#define STORE_PAGE 4096

struct domain {
	struct domain *next;
	unsigned int domid, remote_port, port;
	struct xenstore_domain_interface *page;
	bool granted;  /* the page is a mapped grant; Dom0's own is not */
	bool shutdown; /* told to those who watch @releaseDomain */
	bool broken;   /* wrote nonsense into its ring, and is not heard any more */
	bool more;     /* had its turn, and has more to say */
	struct conn conn;
};

static struct domain *find(const struct daemon *d, unsigned int domid)
{
	struct domain *dom;

	for (dom = d->domains; dom && dom->domid != domid; dom = dom->next)
		;
	return dom;
}

/* ---- Coming and going ------------------------------------------------------------------------ */

static void unmap(struct daemon *d, struct domain *dom)
{
	if (dom->granted)
		plinth_grants_unmap(d->grants, dom->page);
	else
		munmap(dom->page, STORE_PAGE);
}

static int attach(struct daemon *d, struct domain *dom)
{
	int port = plinth_events_bind(d->events, dom->domid, dom->remote_port);
	int err;

	if (port < 0)
		return port;
	dom->port = port;
	err = conn_open(&dom->conn, d->store, dom->domid);
	if (err) {
		plinth_events_unbind(d->events, port);
		return err;
	}
	dom->next = d->domains;
	d->domains = dom;
	/* Dom0's kernel waits for this; and a domain may have written before we were here. */
	plinth_events_notify(d->events, port);
	dom->more = true;
	return 0;
}

static void detach(struct daemon *d, struct domain *dom)
{
	struct domain **slot = &d->domains;

	while (*slot != dom)
		slot = &(*slot)->next;
	*slot = dom->next;
	conn_close(&dom->conn);
	plinth_events_unbind(d->events, dom->port);
	unmap(d, dom);
	free(dom);
}

static int introduce(void *host, unsigned int domid, uint64_t mfn, unsigned int port)
{
	struct daemon *d = host;
	struct domain *dom = find(d, domid);
	void *page;
	int err;

	(void)mfn; /* the domain's grant table says it better: no right to all memory is needed */
	if (!d->hypervisor)
		return -ENOSYS;
	if (dom)
		return dom->remote_port == port ? 0 : -EBUSY;
	dom = calloc(1, sizeof(*dom));
	if (!dom)
		return -ENOMEM;
	err = plinth_grants_map(d->grants, domid, GNTTAB_RESERVED_XENSTORE, &page);
	if (!err) {
		dom->domid = domid;
		dom->remote_port = port;
		dom->page = page;
		dom->granted = true;
		err = attach(d, dom);
		if (err)
			unmap(d, dom);
	}
	if (err) {
		complain("domain %u: %s", domid, plinth_error());
		free(dom);
		return -EINVAL;
	}
	return 0;
}

static int release(void *host, unsigned int domid)
{
	struct daemon *d = host;
	struct domain *dom = find(d, domid);

	if (!dom)
		return -ENOENT;
	detach(d, dom);
	return 0;
}

static int resume(void *host, unsigned int domid)
{
	struct domain *dom = find(host, domid);

	if (!dom)
		return -ENOENT;
	dom->shutdown = false;
	return 0;
}

static int set_target(void *host, unsigned int domid, unsigned int target)
{
	struct domain *dom = find(host, domid);

	if (!dom || !find(host, target))
		return -ENOENT;
	client_set_target(dom->conn.client, target);
	return 0;
}

static bool is_introduced(void *host, unsigned int domid)
{
	return find(host, domid);
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
			detach(d, dom);
			tell = true;
		} else if (now.shutdown && !dom->shutdown) {
			dom->shutdown = tell = true;
		}
	}
	if (tell)
		store_fire_special(d->store, "@releaseDomain");
}

/* ---- Talking --------------------------------------------------------------------------------- */

static void fail(struct domain *dom, const char *why)
{
	complain("domain %u %s; it is not listened to any more", dom->domid, why);
	dom->broken = true;
}

/* Takes requests; whether the ring has changed and the domain must be told. */
static bool take(struct domain *dom)
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
		n = store_ring_take(dom->page, buf, sizeof(buf));
		if (n <= 0)
			break;
		total += n;
		if (conn_input(&dom->conn, buf, n)) {
			fail(dom, "sent a request that is too long");
			break;
		}
	}
	if (n < 0)
		fail(dom, "wrote nonsense into its store ring");
	return total;
}

static bool put(struct domain *dom)
{
	const char *data;
	size_t len;
	bool any = false;
	int n;

	while ((len = conn_output(&dom->conn, &data))) {
		n = store_ring_put(dom->page, data, len);
		if (n < 0)
			fail(dom, "wrote nonsense into its store ring");
		if (n <= 0)
			break;
		conn_output_taken(&dom->conn, n);
		any = true;
	}
	return any;
}

static void serve(struct daemon *d, struct domain *dom)
{
	bool changed = false;

	/* Room in the answers' ring may let requests in again, so both are tried. */
	changed |= put(dom);
	if (!dom->broken && dom->more)
		changed |= take(dom);
	if (!dom->broken)
		changed |= put(dom);
	if (dom->conn.broken)
		fail(dom, "cannot be answered: out of memory");
	if (changed)
		plinth_events_notify(d->events, dom->port);
}

bool domains_flush(struct daemon *d)
{
	struct domain *dom;
	bool more = false;

	for (dom = d->domains; dom; dom = dom->next) {
		if (!dom->broken)
			serve(d, dom);
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

/* Dom0's kernel has set up a ring too, and hands it out through a device of its own. */
static int attach_dom0(struct daemon *d)
{
	int fd = open("/dev/xen/xenbus_backend", O_RDWR | O_CLOEXEC), port, err;
	struct domain *dom = calloc(1, sizeof(*dom));
	void *page = MAP_FAILED;

	if (fd >= 0 && dom) {
		port = ioctl(fd, XENBUS_BACKEND_PORT, 0);
		if (port > 0) {
			page = mmap(NULL, STORE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			dom->remote_port = port;
		}
	}
	err = errno;
	if (fd >= 0)
		close(fd);
	if (page == MAP_FAILED) {
		free(dom);
		return plinth_fail(err, "/dev/xen/xenbus_backend: %s", strerror(err));
	}
	dom->page = page;
	err = attach(d, dom);
	if (err) {
		munmap(page, STORE_PAGE);
		free(dom);
	}
	return err;
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
	return err ? err : attach_dom0(d);
}

void domains_close(struct daemon *d)
{
	while (d->domains)
		detach(d, d->domains);
	if (d->events >= 0)
		close(d->events);
	if (d->grants >= 0)
		close(d->grants);
	plinth_close(d->hypervisor);
}
