/* net_checksum.c - the checksum that a packet from a neighbour domain has left blank [pure]
 *
 * Between domains nothing is lost on a wire, so senders leave it to the card that does not exist. A stack that wants it made
 * before it looks gets it from here.
 */
#include "frontend-drivers/protocol/net_queue.h"
#include "lib/errno.h"

enum { ETHERNET = 14, TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TCP = 6, UDP = 17 };

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* Where the transport's header begins, and where the data ends; the protocol. -EINVAL. */
static int find_transport(const uint8_t *p, uint32_t len, uint32_t *from, uint32_t *to)
{
	uint32_t type, header;

	if (len < ETHERNET + 20)
		return -EINVAL;
	type = be16(p + 12);
	p += ETHERNET;
	len -= ETHERNET;
	if (type == TYPE_IPV4) {
		header = (p[0] & 15) * 4u;
		*to = be16(p + 2);
		if (p[0] >> 4 != 4 || header < 20 || *to > len || header > *to || be16(p + 6) & 0x3fff)
			return -EINVAL; /* a fragment's checksum is of more than there is here */
		*from = ETHERNET + header;
		*to += ETHERNET;
		return p[9];
	}
	if (type != TYPE_IPV6 || len < 40 || be16(p + 4) > len - 40)
		return -EINVAL;
	*from = ETHERNET + 40;
	*to = *from + be16(p + 4);
	return p[6]; /* senders do not leave it to others when there are extension headers */
}

int net_fill_checksum(uint8_t *packet, uint32_t len)
{
	uint32_t from, to, at;
	uint64_t sum = 0;
	int protocol = find_transport(packet, len, &from, &to);

	if (protocol != TCP && protocol != UDP)
		return -EINVAL;
	at = from + (protocol == TCP ? 16 : 6);
	if (at + 2 > to)
		return -EINVAL;
	for (uint32_t i = from; i + 1 < to; i += 2)
		sum += be16(packet + i);
	if ((to - from) % 2)
		sum += (uint32_t)packet[to - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	if (sum == 0)
		sum = 0xffff; /* the same number; 0 would mean "none" for UDP */
	packet[at] = (uint8_t)(sum >> 8);
	packet[at + 1] = (uint8_t)sum;
	return 0;
}
