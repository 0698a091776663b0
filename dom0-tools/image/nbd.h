/* nbd.h - Dom0's nbd devices: what the kernel is to do with them, over netlink
 *
 * Facts: linux/nbd-netlink.h, and the NBD protocol's fixed newstyle handshake.
 */
#ifndef IMAGE_NBD_H
#define IMAGE_NBD_H

#include <stdint.h>

/* A request that was under way when its server died is asked again after so long; a server that takes as long is left. */
#define NBD_REQUEST_S 20

struct nbd_export {
	uint64_t bytes;
	uint16_t flags; /* as the server sends them, NBD_FLAG_… */
};

/* Greets the server behind a connected socket and asks for its nameless export. -EPROTO: it does not speak like that. */
int nbd_greet(int socket, struct nbd_export *export);

/*
 * /dev/nbd`number` is served by this socket from now on; the caller may close its own descriptor. Should the connection break, the
 * device's requests wait for nbd_reconnect() for a while before they fail. -EBUSY: it is connected already.
 */
int nbd_connect(unsigned int number, int socket, const struct nbd_export *export);
/* In place of a connection that has broken; what was under way is asked again. -ENOSPC: none has. */
int nbd_reconnect(unsigned int number, int socket);
/* What waits fails. It is no error if the device is not connected. */
int nbd_disconnect(unsigned int number);

#endif
