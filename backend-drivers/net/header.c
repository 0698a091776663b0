/* header.c - where a packet's checksum is, and what a tap device is told of it [pure] */
#include <errno.h>
#include <string.h>
#include <xen/io/netif.h>

#include "backend-drivers/net/header.h"

#define ETHERNET  14u
#define VLAN	  4u
#define MOST_TAGS 2

#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_VLAN 0x8100
#define TYPE_QINQ 0x88a8

#define PROTOCOL_HOP_BY_HOP 0
#define PROTOCOL_TCP	    6
#define PROTOCOL_UDP	    17
#define PROTOCOL_ROUTING    43
#define PROTOCOL_FRAGMENT   44
#define PROTOCOL_OPTIONS    60
#define MOST_EXTENSIONS	    8

static uint16_t read16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* The place of what the Ethernet header carries, behind its tags. */
static int read_ethernet(const uint8_t *packet, uint32_t len, uint32_t *at, uint16_t *type)
{
	int tags = 0;

	if (len < ETHERNET)
		return -EINVAL;
	*at = ETHERNET;
	*type = read16(packet + 12);
	while ((*type == TYPE_VLAN || *type == TYPE_QINQ) && tags++ < MOST_TAGS) {
		if (len < *at + VLAN)
			return -EINVAL;
		*type = read16(packet + *at + 2);
		*at += VLAN;
	}
	return 0;
}

static int read_ipv4(const uint8_t *ip, uint32_t len, uint8_t *protocol, uint32_t *size)
{
	if (len < 20)
		return -EINVAL;
	*size = (ip[0] & 0xfu) * 4;
	*protocol = ip[9];
	/* Of a fragment other than the first, there is no transport header to be found; of the first, no whole sum. */
	if (ip[0] >> 4 != 4 || *size < 20 || *size > len || (read16(ip + 6) & 0x3fff) != 0)
		return -EINVAL;
	return 0;
}

static int read_ipv6(const uint8_t *ip, uint32_t len, uint8_t *protocol, uint32_t *size)
{
	if (len < 40 || ip[0] >> 4 != 6)
		return -EINVAL;
	*size = 40;
	*protocol = ip[6];
	for (int i = 0; i < MOST_EXTENSIONS; i++) {
		if (*protocol == PROTOCOL_TCP || *protocol == PROTOCOL_UDP)
			return 0;
		if (*protocol != PROTOCOL_HOP_BY_HOP && *protocol != PROTOCOL_ROUTING && *protocol != PROTOCOL_OPTIONS)
			return -EINVAL; /* fragments among them */
		if (*size + 8 > len)
			return -EINVAL;
		*protocol = ip[*size];
		*size += (ip[*size + 1] + 1u) * 8;
	}
	return -EINVAL;
}

int header_read(const uint8_t *packet, uint32_t len, struct header *h)
{
	uint32_t at, size = 0;
	uint16_t type;
	int err = read_ethernet(packet, len, &at, &type);

	if (err)
		return err;
	h->ipv6 = type == TYPE_IPV6;
	if (type == TYPE_IPV4)
		err = read_ipv4(packet + at, len - at, &h->protocol, &size);
	else if (type == TYPE_IPV6)
		err = read_ipv6(packet + at, len - at, &h->protocol, &size);
	else
		err = -EINVAL;
	if (err)
		return err;
	h->ip = at;
	h->csum_start = at + size;
	if (h->protocol == PROTOCOL_TCP) {
		if (h->csum_start + 20 > len)
			return -EINVAL;
		h->csum_offset = 16;
		h->len = h->csum_start + (packet[h->csum_start + 12] >> 4) * 4u;
		return h->len < h->csum_start + 20 ? -EINVAL : 0;
	}
	if (h->protocol != PROTOCOL_UDP || h->csum_start + 8 > len)
		return -EINVAL;
	h->csum_offset = 6;
	h->len = h->csum_start + 8;
	return 0;
}

uint32_t header_queue(const uint8_t *packet, uint32_t len, uint32_t queues)
{
	uint32_t from, bytes, word, mixed = 0;
	struct header h;

	if (queues < 2 || header_read(packet, len, &h))
		return 0;
	from = h.ip + (h.ipv6 ? 8 : 12);
	bytes = h.ipv6 ? 32 : 8;
	for (uint32_t i = 0; i <= bytes; i += 4) { /* both addresses, then both ports */
		memcpy(&word, packet + (i < bytes ? from + i : h.csum_start), 4);
		mixed = (mixed ^ word) * 0x9e3779b1u;
		mixed ^= mixed >> 15;
	}
	return mixed % queues;
}

int header_for_tap(const uint8_t *packet, uint32_t len, bool csum_blank, uint8_t gso_type, uint16_t gso_size,
		   struct virtio_net_hdr *tap)
{
	struct header h;

	memset(tap, 0, sizeof(*tap));
	if (!csum_blank && gso_type == XEN_NETIF_GSO_TYPE_NONE)
		return 0;
	if (header_read(packet, len, &h))
		/* A blank sum of a protocol that has none is one that is not there. */
		return gso_type == XEN_NETIF_GSO_TYPE_NONE ? 0 : -EINVAL;
	tap->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	tap->csum_start = (uint16_t)h.csum_start;
	tap->csum_offset = (uint16_t)h.csum_offset;
	if (gso_type == XEN_NETIF_GSO_TYPE_NONE)
		return 0;
	if (h.protocol != PROTOCOL_TCP || h.ipv6 != (gso_type == XEN_NETIF_GSO_TYPE_TCPV6))
		return -EINVAL;
	tap->gso_type = h.ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
	tap->gso_size = gso_size;
	tap->hdr_len = (uint16_t)h.len;
	return 0;
}

/* The Internet checksum: one's complement sum of 16-bit words, the last one filled up with a zero byte. */
static uint16_t sum(const uint8_t *at, uint32_t len)
{
	uint64_t total = 0;

	for (; len >= 4; at += 4, len -= 4) {
		uint32_t word;

		memcpy(&word, at, 4);
		total += word;
	}
	if (len > 0) {
		uint32_t word = 0;

		memcpy(&word, at, len);
		total += word;
	}
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)total;
}

int header_fill_csum(uint8_t *packet, uint32_t len, uint32_t csum_start, uint32_t csum_offset)
{
	uint16_t value;

	if (csum_start > len || csum_offset + 2 > len - csum_start)
		return -EINVAL;
	/* The field holds the sum of the pseudo header already, so it is summed up with the rest. */
	value = (uint16_t)~sum(packet + csum_start, len - csum_start);
	if (value == 0)
		value = 0xffff; /* the same number; 0 would mean "none" for UDP */
	memcpy(packet + csum_start + csum_offset, &value, 2);
	return 0;
}
