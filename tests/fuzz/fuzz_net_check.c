/* fuzz_net_check.c - any bytes as transmit slots, and as the packet behind them: all is bounded, nothing behind it is read */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backend-drivers/net/check.h"
#include "backend-drivers/net/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int what)
{
	if (!what)
		abort();
}

/* In a block of its own, so that a byte too far is seen. */
static void fuzz_header(const struct net_packet *packet, const uint8_t *data, uint32_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct virtio_net_hdr tap;

	memcpy(copy, data, len);
	if (header_for_tap(copy, len, packet->csum_blank, packet->gso_type, packet->gso_size, &tap) == 0 &&
	    tap.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		must(header_fill_csum(copy, len, tap.csum_start, tap.csum_offset) == 0);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union net_tx_slot slot[NET_MAX_SLOTS];
	uint32_t count = size ? data[0] % (NET_MAX_SLOTS + 1) : 0, sum = 0;
	struct net_packet packet;

	if (size < 1 + count * sizeof(slot[0]))
		return 0;
	memcpy(slot, data + 1, count * sizeof(slot[0]));
	data += 1 + count * sizeof(slot[0]);
	size -= 1 + count * sizeof(slot[0]);
	if (net_check(slot, count, &packet) <= 0)
		return 0;
	must(packet.nr_slots <= count && packet.nr_slots == packet.nr_pieces + packet.nr_extras);
	if (packet.bad)
		return 0;
	for (uint32_t i = 0; i < packet.nr_pieces; i++) {
		must(packet.piece[i].len > 0 && packet.piece[i].offset + packet.piece[i].len <= 4096);
		sum += packet.piece[i].len;
	}
	must(sum == packet.len && sum <= XEN_NETIF_MAX_TX_SIZE);
	fuzz_header(&packet, data, size < HEADER_MOST ? (uint32_t)size : HEADER_MOST);
	return 0;
}
