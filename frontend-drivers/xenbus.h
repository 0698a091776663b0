/* xenbus.h - a device that is split between this domain and another: its nodes in the store, and its life
 *
 * A driver has four functions, called by the thread that runs xenbus_serve(), one at a time. It never deals with states.
 */
#ifndef FRONTEND_XENBUS_H
#define FRONTEND_XENBUS_H

#include "frontend-drivers/protocol/handshake.h"
#include "frontend-drivers/store.h"

#define XENBUS_PATH  96
#define XENBUS_NODES 32

struct xenbus_device;

/* Nodes with numbers, to be read or written all in one go. */
struct xenbus_node {
	char name[40]; /* such as "ring-ref", or "queue-1/ring-ref" */
	uint64_t value;
};
struct xenbus_nodes {
	struct xenbus_node node[XENBUS_NODES];
	uint32_t count;
	bool full; /* one did not fit */
};

struct xenbus_driver {
	/* Read the back end's features, make rings, and add to `nodes` what the back end must know of them. */
	int (*offer)(struct xenbus_device *dev, struct xenbus_nodes *nodes);
	/* The back end serves the rings. */
	int (*connect)(struct xenbus_device *dev);
	/* Something that the back end says of the device may have changed. */
	void (*look)(struct xenbus_device *dev);
	/* Nobody serves the rings any more; also after a failure of the others. May come twice. */
	void (*leave)(struct xenbus_device *dev);
};

struct xenbus_device {
	const struct xenbus_driver *driver;
	char front[XENBUS_PATH], back[XENBUS_PATH];
	uint16_t back_domain;
	struct handshake hand;
	struct os_signal connected; /* raised at each connection and at each parting */
	bool up;		    /* connected */
	bool broken;		    /* the driver says so: the rings hold nonsense */
	bool closing, closed;	    /* xenbus_close() wants it, and has it */
	struct store_watch watch;
	char watched[XENBUS_PATH];
	struct xenbus_device *next;
};

/* Begins with the device whose nodes are at `front`, such as "device/vbd/51712". */
int xenbus_open(struct xenbus_device *dev, const char *front, const struct xenbus_driver *driver);
/* The driver found nonsense in a ring; the device is left, and begun anew once. From handlers too. */
void xenbus_break(struct xenbus_device *dev);
/* Parts from the back end; returns when it has, or at the time `until`. */
bool xenbus_close(struct xenbus_device *dev, uint64_t until);
/* Until it is connected, or time is up. */
bool xenbus_wait(struct xenbus_device *dev, uint64_t until);
/* The thread behind all devices; does not return. */
void xenbus_serve(void *unused) __noreturn;

/* ---- For drivers' functions ---- */

/* `dir` is "" or "queue-1/" and the like. */
void xenbus_add(struct xenbus_nodes *nodes, const char *dir, const char *name, uint64_t value);
/* Reads the back end's nodes of those names; what is not there, or is no number, keeps its value. */
void xenbus_read(struct xenbus_device *dev, struct xenbus_node *nodes, uint32_t count);

#endif
