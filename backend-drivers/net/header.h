/* header.h - where a packet's checksum is, and what a tap device is told of it [pure]
 *
 * Front ends say "the checksum is blank" without saying where it is; tap devices want its place. So the packet's headers
 * are read: Ethernet with VLAN tags, IPv4 or IPv6 with its extension headers, TCP or UDP. Nothing behind `len` is read.
 */
#ifndef BACKEND_NET_HEADER_H
#define BACKEND_NET_HEADER_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/virtio_net.h>

#define HEADER_MOST 256 /* bytes of a packet that are looked at */

struct header {
	bool ipv6;
	uint8_t protocol;     /* TCP or UDP */
	uint32_t ip;	      /* where the IP header is */
	uint32_t csum_start;  /* of the transport header, from the packet's beginning */
	uint32_t csum_offset; /* of the checksum in there */
	uint32_t len;	      /* of all headers */
};

/* 0, or -EINVAL: no TCP or UDP over IP, or its headers are not within the first `len` bytes. */
int header_read(const uint8_t *packet, uint32_t len, struct header *header);

/*
 * A number below `queues` that all packets of one flow (addresses and ports) have in common; 0 for what is no TCP or UDP,
 * fragments among them.
 */
uint32_t header_queue(const uint8_t *packet, uint32_t len, uint32_t queues);

/*
 * What the tap device is told of a packet from the guest: whether its checksum is blank, and its GSO type
 * (XEN_NETIF_GSO_TYPE_*) and segment size. -EINVAL: the packet is not what is said of it.
 */
int header_for_tap(const uint8_t *packet, uint32_t len, bool csum_blank, uint8_t gso_type, uint16_t gso_size,
		   struct virtio_net_hdr *tap);

/* Makes the blank checksum of a whole packet, as a card would. -EINVAL: its place is outside of it. */
int header_fill_csum(uint8_t *packet, uint32_t len, uint32_t csum_start, uint32_t csum_offset);

#endif
