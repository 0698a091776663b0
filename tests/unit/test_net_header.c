/* test_net_header.c - finding a packet's checksum, making it, and the rate */
#include <errno.h>
#include <xen/io/netif.h>

#include "backend-drivers/net/header.h"
#include "backend-drivers/net/rate.h"
#include "random.h"
#include "unit.h"

static uint8_t packet[1600];

/* Ethernet, `tags` VLAN tags, and the type; the place behind them. */
static uint32_t ethernet(int tags, uint16_t type)
{
	uint32_t at = 12;

	memset(packet, 0, sizeof(packet));
	for (; tags > 0; tags--, at += 4) {
		packet[at] = 0x81;
		packet[at + 1] = 0x00;
	}
	packet[at] = (uint8_t)(type >> 8);
	packet[at + 1] = (uint8_t)type;
	return at + 2;
}

static uint32_t ipv4(uint32_t at, uint8_t protocol, uint32_t options)
{
	packet[at] = (uint8_t)(0x45 + options);
	packet[at + 9] = protocol;
	return at + 20 + options * 4;
}

TEST(tcp_and_udp_over_ipv4)
{
	struct header h;
	uint32_t at = ipv4(ethernet(0, 0x0800), 6, 0);

	packet[at + 12] = 0x80;
	CU_ASSERT_EQUAL(header_read(packet, 100, &h), 0);
	CU_ASSERT_EQUAL(h.csum_start, 34);
	CU_ASSERT_EQUAL(h.csum_offset, 16);
	CU_ASSERT_EQUAL(h.len, 34 + 32);
	CU_ASSERT_FALSE(h.ipv6);
	CU_ASSERT_EQUAL(header_read(packet, 53, &h), -EINVAL);
	at = ipv4(ethernet(2, 0x0800), 17, 10);
	CU_ASSERT_EQUAL(header_read(packet, 200, &h), 0);
	CU_ASSERT_EQUAL(h.csum_start, at);
	CU_ASSERT_EQUAL(h.csum_start, 14 + 8 + 60);
	CU_ASSERT_EQUAL(h.csum_offset, 6);
	packet[22 + 6] = 0x20; /* the first of several fragments */
	CU_ASSERT_EQUAL(header_read(packet, 200, &h), -EINVAL);
	ipv4(ethernet(0, 0x0800), 1, 0);
	CU_ASSERT_EQUAL(header_read(packet, 200, &h), -EINVAL);
	ethernet(0, 0x0806);
	CU_ASSERT_EQUAL(header_read(packet, 200, &h), -EINVAL);
}

TEST(ipv6_with_extension_headers)
{
	struct header h;
	uint32_t at = ethernet(1, 0x86dd);

	packet[at] = 0x60;
	packet[at + 6] = 0;   /* hop by hop, 16 bytes */
	packet[at + 40] = 60; /* then options, 8 bytes */
	packet[at + 41] = 1;
	packet[at + 56] = 6; /* then TCP */
	packet[at + 64 + 12] = 0x50;
	CU_ASSERT_EQUAL(header_read(packet, 300, &h), 0);
	CU_ASSERT_TRUE(h.ipv6);
	CU_ASSERT_EQUAL(h.csum_start, at + 64);
	CU_ASSERT_EQUAL(h.len, at + 84);
	packet[at + 56] = 44; /* a fragment */
	CU_ASSERT_EQUAL(header_read(packet, 300, &h), -EINVAL);
	packet[at + 56] = 60;
	packet[at + 57] = 255;
	CU_ASSERT_EQUAL(header_read(packet, 300, &h), -EINVAL);
}

TEST(a_flow_stays_with_its_queue_and_flows_are_spread)
{
	uint32_t at = ipv4(ethernet(0, 0x0800), 6, 0), used[4] = {0}, queue;

	packet[at + 12] = 0x50;
	for (uint32_t port = 0; port < 400; port++) {
		packet[at] = (uint8_t)(port >> 8);
		packet[at + 1] = (uint8_t)port;
		packet[at + 4] = packet[at + 19] = 1; /* what else changes in a flow does not matter */
		queue = header_queue(packet, 100, 4);
		packet[at + 4] = packet[at + 19] = (uint8_t)port;
		CU_ASSERT_EQUAL(header_queue(packet, 90 + port, 4), queue);
		CU_ASSERT_TRUE_FATAL(queue < 4);
		used[queue]++;
		CU_ASSERT_EQUAL(header_queue(packet, 100, 1), 0);
	}
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_TRUE(used[i] > 50 && used[i] < 200);
	/* All fragments of a packet go one way, whether they have ports or not. */
	packet[14 + 6] = 0x20;
	CU_ASSERT_EQUAL(header_queue(packet, 100, 4), 0);
	ethernet(0, 0x0806);
	CU_ASSERT_EQUAL(header_queue(packet, 100, 4), 0);
}

TEST(flows_of_ipv6_differ_by_every_part_of_their_addresses)
{
	uint32_t at = ethernet(0, 0x86dd), queue, others = 0;

	packet[at] = 0x60;
	packet[at + 6] = 17;
	queue = header_queue(packet, 100, 1000);
	for (uint32_t i = 0; i < 36; i++) { /* addresses and ports */
		packet[at + 8 + i] ^= 1;
		others += header_queue(packet, 100, 1000) != queue;
		packet[at + 8 + i] ^= 1;
	}
	CU_ASSERT_TRUE(others >= 35);
	packet[at + 40 + 4] ^= 1; /* the length is none of it */
	CU_ASSERT_EQUAL(header_queue(packet, 100, 1000), queue);
}

/* What a network brings is anything. Behind the packet's end nothing is read: the sanitizer would see it. */
TEST(any_bytes_have_a_queue)
{
	random_seed(__func__, 7);
	for (int i = 0; i < 20000; i++) {
		uint32_t len = (uint32_t)random_below(120), queues = 1 + (uint32_t)random_below(4);
		uint8_t *bytes = malloc(len ? len : 1);

		for (uint32_t j = 0; j < len; j++)
			bytes[j] = (uint8_t)random_u64();
		if (len > 40 && i % 2) {
			memcpy(bytes + 12, i % 4 == 1 ? "\x08\x00\x45" : "\x86\xdd\x60", 3);
			bytes[i % 4 == 1 ? 23 : 20] = i % 8 < 4 ? 6 : 17;
		}
		CU_ASSERT_TRUE(header_queue(bytes, len, queues) < queues);
		free(bytes);
	}
}

TEST(what_the_tap_is_told)
{
	struct virtio_net_hdr tap;
	uint32_t at = ipv4(ethernet(0, 0x0800), 6, 0);

	packet[at + 12] = 0x50;
	CU_ASSERT_EQUAL(header_for_tap(packet, 100, false, 0, 0, &tap), 0);
	CU_ASSERT_EQUAL(tap.flags, 0);
	CU_ASSERT_EQUAL(header_for_tap(packet, 100, true, 0, 0, &tap), 0);
	CU_ASSERT_EQUAL(tap.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	CU_ASSERT_EQUAL(tap.csum_start, 34);
	CU_ASSERT_EQUAL(tap.csum_offset, 16);
	CU_ASSERT_EQUAL(tap.gso_type, VIRTIO_NET_HDR_GSO_NONE);
	CU_ASSERT_EQUAL(header_for_tap(packet, 100, true, XEN_NETIF_GSO_TYPE_TCPV4, 1448, &tap), 0);
	CU_ASSERT_EQUAL(tap.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	CU_ASSERT_EQUAL(tap.gso_size, 1448);
	CU_ASSERT_EQUAL(tap.hdr_len, 54);
	CU_ASSERT_EQUAL(header_for_tap(packet, 100, true, XEN_NETIF_GSO_TYPE_TCPV6, 1448, &tap), -EINVAL);
	CU_ASSERT_EQUAL(header_for_tap(packet, 40, true, XEN_NETIF_GSO_TYPE_TCPV4, 1448, &tap), -EINVAL);
	packet[23] = 17;
	CU_ASSERT_EQUAL(header_for_tap(packet, 100, true, XEN_NETIF_GSO_TYPE_TCPV4, 1448, &tap), -EINVAL);
}

/* The sum as RFC 1071 describes it, byte by byte. */
static uint16_t slow_sum(const uint8_t *at, uint32_t len)
{
	uint32_t total = 0;

	for (uint32_t i = 0; i < len; i++)
		total += i & 1 ? at[i] : (uint32_t)at[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)total;
}

TEST(checksums_are_made)
{
	random_seed(__func__, 3);
	for (uint32_t len = 20; len < 1500; len += 1 + (uint32_t)random_below(9)) {
		for (uint32_t i = 0; i < len; i++)
			packet[i] = (uint8_t)random_u64();
		CU_ASSERT_EQUAL(header_fill_csum(packet, len, 3, 6), 0);
		CU_ASSERT_EQUAL(slow_sum(packet + 3 + 6, 2), (uint16_t)(packet[9] << 8 | packet[10]));
	}
	/* A packet with its sum in it adds up to all ones, the pseudo header's part being zero here. */
	memset(packet, 0x5a, 40);
	packet[16] = packet[17] = 0;
	CU_ASSERT_EQUAL(header_fill_csum(packet, 40, 0, 16), 0);
	CU_ASSERT_EQUAL(slow_sum(packet, 40), 0xffff);
	memset(packet, 0x5a, 41);
	packet[16] = packet[17] = 0;
	CU_ASSERT_EQUAL(header_fill_csum(packet, 41, 0, 16), 0);
	CU_ASSERT_EQUAL(slow_sum(packet, 41), 0xffff);
	CU_ASSERT_EQUAL(header_fill_csum(packet, 40, 39, 0), -EINVAL);
	CU_ASSERT_EQUAL(header_fill_csum(packet, 40, 41, 0), -EINVAL);
	CU_ASSERT_EQUAL(header_fill_csum(packet, 40, 38, 0), 0);
}

/* Whatever the packets' lengths. */
TEST(a_rate_is_kept_by_long_packets)
{
	struct rate rate;
	uint64_t sent = 0;

	rate_init(&rate, 10000, 20000);
	for (uint64_t now = 1; now < 10000000; now += 1000)
		while (rate_take(&rate, now, 65536))
			sent += 65536;
	CU_ASSERT_TRUE(sent >= 5000000 - 65536 && sent <= 5000000 + 65536);
}

TEST(a_rate_gives_each_interval_its_share)
{
	struct rate rate;

	rate_init(&rate, 1000, 50000);
	CU_ASSERT_TRUE(rate_take(&rate, 100, 600));
	CU_ASSERT_TRUE(rate_take(&rate, 200, 600)); /* of which 200 are the next interval's */
	CU_ASSERT_FALSE(rate_take(&rate, 300, 1));
	CU_ASSERT_EQUAL(rate_wait(&rate, 300), 49800);
	CU_ASSERT_TRUE(rate_take(&rate, 50100, 800));
	CU_ASSERT_FALSE(rate_take(&rate, 50200, 1));
	CU_ASSERT_TRUE(rate_take(&rate, 500000, 9000)); /* eight shares more than there were: nothing is saved up */
	CU_ASSERT_FALSE(rate_take(&rate, 500001, 1));
	CU_ASSERT_EQUAL(rate_wait(&rate, 500100), 400000);
	CU_ASSERT_FALSE(rate_take(&rate, 850100, 1));
	CU_ASSERT_TRUE(rate_take(&rate, 900100, 1));
	rate_init(&rate, UINT64_MAX, 0);
	CU_ASSERT_TRUE(rate_take(&rate, 1, UINT32_MAX));
	CU_ASSERT_TRUE(rate_take(&rate, UINT64_MAX, 1));
	rate_init(&rate, 0, 0);
	CU_ASSERT_TRUE(rate_take(&rate, 0, 65535));
	CU_ASSERT_EQUAL(rate_wait(&rate, 0), 0);
}
