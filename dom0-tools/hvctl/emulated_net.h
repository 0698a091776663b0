/* emulated_net.h - the host's end of an emulated network card */
#ifndef HVCTL_EMULATED_NET_H
#define HVCTL_EMULATED_NET_H

/* A tap interface of this name, up and in the bridge; its descriptor, with which it ends. Or a negative errno, told. */
int emulated_net_open(const char *name, const char *bridge);

#endif
