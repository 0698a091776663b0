/* xenbus.h - a device that is split between this domain and another: its nodes in the store, and its life
 *
 * A driver has four functions, called by the thread that runs xenbus_serve(), one at a time. It never deals with states.
 */
#ifndef FRONTEND_XENBUS_H
#define FRONTEND_XENBUS_H

#include "frontend-drivers/protocol/handshake.h"
#include "frontend-drivers/store.h"

#define XENBUS_PATH 96

struct xenbus_device;

struct xenbus_driver {
	/* Read the back end's features, make rings, and write what the back end must know of them. */
	int (*offer)(struct xenbus_device *dev);
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

/* Numbers in the device's nodes; what is not there, or is no number, is `otherwise`. */
uint64_t xenbus_read_back(struct xenbus_device *dev, const char *name, uint64_t otherwise);
/* Writes a node of our own: `dir` is "" or "queue-1/" and the like. */
int xenbus_write(struct xenbus_device *dev, const char *dir, const char *name, uint64_t value);

#endif
