/* daemon.h - hvstored's parts that touch the world */
#ifndef STORED_DAEMON_H
#define STORED_DAEMON_H

#include "conn.h"
#include "dom0-tools/lib/plinth.h"

struct domain;
struct socket_client;

struct daemon {
	struct store *store;
	struct plinth_loop *loop;
	int listener;
	struct socket_client *clients;
	struct plinth *hypervisor;
	int events, grants; /* /dev/xen/evtchn and gntdev */
	unsigned int virq;
	struct domain *domains;
};

/* sockets.c: 0 or a negative errno with plinth_error() set. */
int sockets_open(struct daemon *d, const char *path);
void sockets_close(struct daemon *d);
/* Sends what has gathered; called after every batch of work. */
void sockets_flush(struct daemon *d);

/* domains.c */
int domains_open(struct daemon *d);
void domains_close(struct daemon *d);
/* As sockets_flush(); true: a domain has more to say already, come back soon. */
bool domains_flush(struct daemon *d);
extern const struct store_host daemon_host; /* with a struct daemon as its host */

/* warm.c */
void warm_up(const struct daemon *d);

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
