/* domain.h - inside hvstored: a domain that talks to it through a ring */
#ifndef STORED_DOMAIN_H
#define STORED_DOMAIN_H

#include "daemon.h"
#include "store_ring.h"

struct domain {
	struct domain *next;
	unsigned int domid, remote_port, port;
	struct xenstore_domain_interface *page; /* NULL: not there yet, in a replay */
	struct store_ring ring;
	bool granted;  /* the page is a mapped grant; Dom0's own is not */
	bool shutdown; /* told to those who watch @releaseDomain */
	bool broken;   /* wrote nonsense into its ring, and is not heard any more */
	bool more;     /* had its turn, and has more to say */
	bool heard;    /* requests were taken, which it is to be told */
	struct conn conn;
};

struct domain *domain_find(const struct daemon *d, unsigned int domid);
/* One that is known, but not connected. NULL: out of memory. */
struct domain *domain_add(struct daemon *d, unsigned int domid, unsigned int remote_port);
void domain_forget(struct daemon *d, struct domain *dom);
/* It is not listened to any more. */
void domain_fail(struct domain *dom, const char *why);

#endif
