/* io/xenbus.h - the states of a split device's two ends, as written to their "state" nodes */
#ifndef ABI_IO_XENBUS_H
#define ABI_IO_XENBUS_H

enum xenbus_state {
	XenbusStateUnknown = 0,
	XenbusStateInitialising = 1, /* the toolstack made the node */
	XenbusStateInitWait = 2,     /* back end: waits for the front end's details */
	XenbusStateInitialised = 3,  /* front end: they are written */
	XenbusStateConnected = 4,
	XenbusStateClosing = 5,
	XenbusStateClosed = 6,
	XenbusStateReconfiguring = 7, /* PCI only */
	XenbusStateReconfigured = 8,
};
typedef enum xenbus_state XenbusState;

#endif
