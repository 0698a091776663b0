/* net.h - the network: lwIP over netfront, in one thread */
#ifndef GUEST_NET_H
#define GUEST_NET_H

#include "frontend-drivers/netfront.h"

struct tar;

/* The thread: answers ARP and ping. */
void net_main(void *unused);
extern struct netfront net_device;
/* The disk's files are known: from then on HTTP is served. */
void net_serve_files(const struct tar *tar);

#endif
