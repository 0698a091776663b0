/* interface.h - an interface of Dom0 that Linux' back end made, or that is an emulated card's */
#ifndef HVCTL_INTERFACE_H
#define HVCTL_INTERFACE_H

/* Gives it its name, puts it on the bridge and brings it up. */
int interface_join(const char *name, const char *wanted, const char *bridge);

#endif
