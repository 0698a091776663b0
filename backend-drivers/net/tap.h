/* tap.h - the interface in Dom0 that stands for the guest's: vif<domid>.<n> */
#ifndef BACKEND_NET_TAP_H
#define BACKEND_NET_TAP_H

#include <stdbool.h>

/*
 * Makes it, or takes over the one that a launcher that died has left. A descriptor: each read and write is one packet
 * behind a struct virtio_net_hdr. What comes while nobody reads waits, some hundreds of packets.
 */
int tap_attach(const char *name);
/* Whether it outlives all who are at it; otherwise it is gone with the last of them. */
int tap_keep(int fd, bool keep);
/* False: somebody has removed it. */
bool tap_is_there(int fd);
/* What of the packets to the guest may be left to it. */
struct tap_offloads {
	bool csum, tso4, tso6;
};
int tap_set_offloads(int fd, struct tap_offloads offloads);

#endif
