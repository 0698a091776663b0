/* test_net_check.c - packets in the transmit ring: one slot or many, extras, and nonsense */
#include <errno.h>

#include "backend-drivers/net/check.h"
#include "random.h"
#include "unit.h"

static union net_tx_slot slot[NET_MAX_SLOTS + 8];
static struct net_packet packet;

static void data(int i, uint16_t flags, uint16_t offset, uint16_t size)
{
	slot[i].request = (struct netif_tx_request){
		.gref = 50 + (uint32_t)i, .offset = offset, .flags = flags, .id = (uint16_t)(7 + i), .size = size};
}

static void gso(int i, uint8_t type, uint16_t size, uint8_t flags)
{
	memset(&slot[i], 0, sizeof(slot[i]));
	slot[i].extra.type = XEN_NETIF_EXTRA_TYPE_GSO;
	slot[i].extra.flags = flags;
	slot[i].extra.u.gso.type = type;
	slot[i].extra.u.gso.size = size;
}

TEST(a_packet_of_one_slot)
{
	data(0, NETTXF_csum_blank, 100, 1514);
	CU_ASSERT_EQUAL(net_check(slot, 1, &packet), 1);
	CU_ASSERT_FALSE(packet.bad);
	CU_ASSERT_EQUAL(packet.nr_slots, 1);
	CU_ASSERT_EQUAL(packet.len, 1514);
	CU_ASSERT_EQUAL(packet.nr_pieces, 1);
	CU_ASSERT_EQUAL(packet.piece[0].gref, 50);
	CU_ASSERT_EQUAL(packet.piece[0].offset, 100);
	CU_ASSERT_EQUAL(packet.piece[0].len, 1514);
	CU_ASSERT_EQUAL(packet.id[0], 7);
	CU_ASSERT_TRUE(packet.csum_blank);
	CU_ASSERT_EQUAL(packet.gso_type, XEN_NETIF_GSO_TYPE_NONE);
	CU_ASSERT_EQUAL(net_check(slot, 0, &packet), 0);
}

TEST(the_first_slot_has_what_the_others_leave)
{
	data(0, NETTXF_more_data | NETTXF_extra_info, 0, 9000);
	gso(1, XEN_NETIF_GSO_TYPE_TCPV4, 1448, 0);
	data(2, NETTXF_more_data, 0, 4096);
	data(3, 0, 96, 4000);
	for (uint32_t n = 0; n < 4; n++)
		CU_ASSERT_EQUAL(net_check(slot, n, &packet), 0);
	CU_ASSERT_EQUAL(net_check(slot, 4, &packet), 1);
	CU_ASSERT_FALSE(packet.bad);
	CU_ASSERT_EQUAL(packet.nr_slots, 4);
	CU_ASSERT_EQUAL(packet.nr_extras, 1);
	CU_ASSERT_EQUAL(packet.nr_pieces, 3);
	CU_ASSERT_EQUAL(packet.piece[0].len, 904);
	CU_ASSERT_EQUAL(packet.len, 9000);
	CU_ASSERT_EQUAL(packet.gso_type, XEN_NETIF_GSO_TYPE_TCPV4);
	CU_ASSERT_EQUAL(packet.gso_size, 1448);
	CU_ASSERT_EQUAL(packet.id[2], 10);
	/* What stands behind it is the next packet's. */
	data(4, 0, 0, 60);
	CU_ASSERT_EQUAL(net_check(slot, 5, &packet), 1);
	CU_ASSERT_EQUAL(packet.nr_slots, 4);
}

TEST(sizes_that_cannot_be)
{
	data(0, 0, 0, 13);
	CU_ASSERT_EQUAL(net_check(slot, 1, &packet), 1);
	CU_ASSERT_TRUE(packet.bad);
	data(0, 0, 4000, 97);
	CU_ASSERT_EQUAL(net_check(slot, 1, &packet), 1);
	CU_ASSERT_TRUE(packet.bad);
	data(0, 0, 65535, 65535);
	CU_ASSERT_EQUAL(net_check(slot, 1, &packet), 1);
	CU_ASSERT_TRUE(packet.bad);
	data(0, NETTXF_more_data, 0, 1000);
	data(1, 0, 0, 1000); /* nothing is left for the first */
	CU_ASSERT_EQUAL(net_check(slot, 2, &packet), 1);
	CU_ASSERT_TRUE(packet.bad);
	CU_ASSERT_EQUAL(packet.nr_slots, 2);
	data(1, 0, 0, 0);
	CU_ASSERT_EQUAL(net_check(slot, 2, &packet), 1);
	CU_ASSERT_TRUE(packet.bad);
}

TEST(packets_that_do_not_end)
{
	for (int i = 0; i < NET_MAX_SLOTS; i++)
		data(i, NETTXF_more_data, 0, 20);
	CU_ASSERT_EQUAL(net_check(slot, NET_MAX_SLOTS, &packet), -EPROTO);
	data(0, NETTXF_extra_info, 0, 20);
	for (int i = 1; i < NET_MAX_SLOTS; i++)
		gso(i, XEN_NETIF_GSO_TYPE_TCPV4, 1000, XEN_NETIF_EXTRA_FLAG_MORE);
	CU_ASSERT_EQUAL(net_check(slot, NET_MAX_SLOTS, &packet), -EPROTO);
}

TEST(extras_that_cannot_be)
{
	data(0, NETTXF_extra_info, 0, 100);
	gso(1, XEN_NETIF_GSO_TYPE_NONE, 1448, 0);
	CU_ASSERT_EQUAL(net_check(slot, 2, &packet), 1);
	CU_ASSERT_TRUE(packet.bad);
	gso(1, XEN_NETIF_GSO_TYPE_TCPV6, 0, 0);
	CU_ASSERT_EQUAL(net_check(slot, 2, &packet), 1);
	CU_ASSERT_TRUE(packet.bad);
	gso(1, XEN_NETIF_GSO_TYPE_TCPV6, 1000, 0);
	slot[1].extra.type = XEN_NETIF_EXTRA_TYPE_MCAST_ADD;
	CU_ASSERT_EQUAL(net_check(slot, 2, &packet), 1);
	CU_ASSERT_TRUE(packet.bad);
	slot[1].extra.type = XEN_NETIF_EXTRA_TYPE_HASH;
	CU_ASSERT_EQUAL(net_check(slot, 2, &packet), 1);
	CU_ASSERT_FALSE(packet.bad);
}

TEST(whatever_a_guest_writes_is_bounded)
{
	random_seed(__func__, 2);
	for (int i = 0; i < 200000; i++) {
		uint32_t sum = 0;
		int whole;

		for (size_t j = 0; j < sizeof(slot); j++)
			((uint8_t *)slot)[j] = (uint8_t)random_any_size();
		whole = net_check(slot, NET_MAX_SLOTS, &packet);
		if (whole <= 0)
			continue;
		CU_ASSERT_TRUE_FATAL(packet.nr_slots >= 1 && packet.nr_slots <= NET_MAX_SLOTS);
		CU_ASSERT_EQUAL_FATAL(packet.nr_slots, packet.nr_pieces + packet.nr_extras);
		for (uint32_t p = 0; p < packet.nr_pieces && !packet.bad; p++) {
			CU_ASSERT_TRUE_FATAL(packet.piece[p].offset + packet.piece[p].len <= 4096);
			sum += packet.piece[p].len;
		}
		CU_ASSERT_TRUE_FATAL(packet.bad || sum == packet.len);
	}
}
