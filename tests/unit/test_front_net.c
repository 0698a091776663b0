/* test_front_net.c - netfront's rings against netback's judgement of packets, and against hostile back ends; checksums */
#include <errno.h>

#include "backend-drivers/net/check.h"
#include "backend-drivers/net/header.h"
#include "frontend-drivers/protocol/net_queue.h"
#include "random.h"
#include "unit.h"

static union {
	struct ring_page page;
	uint8_t bytes[4096];
} ring;
static struct net_tx tx;
static struct net_rx rx;
static struct ring_back back;

static void begin(void)
{
	memset(&ring, 0, sizeof(ring));
	net_tx_attach(&tx, &ring.page, NET_IDS);
	CU_ASSERT_EQUAL_FATAL(ring_back_attach(&back, &ring.page, NET_IDS, sizeof(union net_tx_slot)), 0);
}

static void begin_rx(void)
{
	memset(&ring, 0, sizeof(ring));
	net_rx_attach(&rx, &ring.page, NET_IDS);
	CU_ASSERT_EQUAL_FATAL(ring_back_attach(&back, &ring.page, NET_IDS, sizeof(struct netif_rx_request)), 0);
}

/* ---- Sending ------------------------------------------------------------------------------------------ */

static struct net_frame frame_of(uint32_t parts, uint16_t first_id)
{
	struct net_frame f = {.nr_parts = parts};

	for (uint32_t i = 0; i < parts; i++) {
		f.part[i] = (struct net_part){(uint16_t)(first_id + i), 0, (uint16_t)(parts == 1 ? 60 : 3000),
					      500 + first_id + i};
		f.len += f.part[i].len;
	}
	return f;
}

/* What netback takes for the next packet; 0: none. */
static int back_takes(struct net_packet *packet)
{
	union net_tx_slot slot[NET_MAX_SLOTS];
	int pending = ring_back_pending(&back), whole;

	CU_ASSERT_TRUE_FATAL(pending >= 0);
	if (pending > NET_MAX_SLOTS)
		pending = NET_MAX_SLOTS;
	for (int i = 0; i < pending; i++)
		ring_back_peek(&back, (uint32_t)i, &slot[i]);
	whole = net_check(slot, (uint32_t)pending, packet);
	if (whole > 0)
		ring_back_skip(&back, packet->nr_slots);
	return whole;
}

/* And how it answers. */
static void back_answers(const struct net_packet *packet, int16_t status)
{
	struct netif_tx_response response = {.status = status}, null = {.status = NETIF_RSP_NULL};

	for (uint32_t i = 0; i < packet->nr_pieces; i++) {
		response.id = packet->id[i];
		ring_back_answer(&back, &response, sizeof(response));
		for (uint32_t extra = 0; i == 0 && extra < packet->nr_extras; extra++)
			ring_back_answer(&back, &null, sizeof(null));
	}
	ring_back_publish(&back);
}

TEST(what_is_sent_is_what_the_back_end_sees)
{
	struct net_packet p;
	uint16_t id;
	bool sent;

	begin();
	for (uint32_t parts = 1; parts <= NET_PIECES_MOST; parts++) {
		struct net_frame f = frame_of(parts, (uint16_t)(parts * 3 % 100));

		f.csum_blank = parts & 1;
		f.csum_valid = true;
		f.gso_type = parts > 4 ? XEN_NETIF_GSO_TYPE_TCPV4 : XEN_NETIF_GSO_TYPE_NONE;
		f.gso_size = parts > 4 ? 1448 : 0;
		CU_ASSERT_EQUAL_FATAL(net_tx_make(&tx, &f), 0);
		net_tx_publish(&tx);
		CU_ASSERT_EQUAL_FATAL(back_takes(&p), 1);
		CU_ASSERT_FALSE(p.bad);
		CU_ASSERT_EQUAL(p.len, f.len);
		CU_ASSERT_EQUAL_FATAL(p.nr_pieces, parts);
		CU_ASSERT_EQUAL(p.csum_blank, f.csum_blank);
		CU_ASSERT_TRUE(p.csum_valid);
		CU_ASSERT_EQUAL(p.gso_type, f.gso_type);
		CU_ASSERT_EQUAL(p.gso_size, f.gso_size);
		for (uint32_t i = 0; i < parts; i++) {
			CU_ASSERT_EQUAL(p.piece[i].gref, f.part[i].gref);
			CU_ASSERT_EQUAL(p.piece[i].len, f.part[i].len);
		}
		CU_ASSERT_EQUAL(net_tx_take(&tx, &id, &sent), 0);
		CU_ASSERT_EQUAL(net_tx_make(&tx, &f), -EINVAL); /* its pages are still busy */
		back_answers(&p, parts % 3 ? NETIF_RSP_OKAY : NETIF_RSP_ERROR);
		for (uint32_t i = 0; i < parts; i++) {
			CU_ASSERT_EQUAL_FATAL(net_tx_take(&tx, &id, &sent), 1);
			CU_ASSERT_EQUAL(id, f.part[i].id);
			CU_ASSERT_EQUAL(sent, parts % 3 != 0);
		}
		CU_ASSERT_EQUAL(net_tx_take(&tx, &id, &sent), 0);
	}
}

TEST(frames_that_cannot_be_sent)
{
	struct net_frame f = frame_of(2, 0);

	begin();
	f.len--;
	CU_ASSERT_EQUAL(net_tx_make(&tx, &f), -EINVAL);
	f = frame_of(2, 0);
	f.part[1].id = 0;
	CU_ASSERT_EQUAL(net_tx_make(&tx, &f), -EINVAL);
	f = frame_of(2, 0);
	f.part[1].offset = 1097;
	CU_ASSERT_EQUAL(net_tx_make(&tx, &f), -EINVAL);
	f = frame_of(2, 0);
	f.part[0].id = NET_IDS;
	CU_ASSERT_EQUAL(net_tx_make(&tx, &f), -EINVAL);
	f = frame_of(2, 0);
	f.gso_type = XEN_NETIF_GSO_TYPE_TCPV6;
	CU_ASSERT_EQUAL(net_tx_make(&tx, &f), -EINVAL);
	f.nr_parts = 0;
	CU_ASSERT_EQUAL(net_tx_make(&tx, &f), -EINVAL);
	f = frame_of(1, 0);
	for (uint16_t i = 0; i < NET_IDS; i++) {
		f.part[0].id = i;
		CU_ASSERT_EQUAL(net_tx_make(&tx, &f), 0);
	}
	/* All are under way: the ring is full and the ids are busy. */
	CU_ASSERT_EQUAL(net_tx_make(&tx, &f), -EINVAL);
	tx.busy[3] = false;
	f.part[0].id = 3;
	CU_ASSERT_EQUAL(net_tx_make(&tx, &f), -EAGAIN);
}

static int answered(uint16_t id, int16_t status)
{
	struct netif_tx_response r = {id, status};
	bool sent;

	ring_back_answer(&back, &r, sizeof(r));
	ring_back_publish(&back);
	return net_tx_take(&tx, &id, &sent);
}

TEST(answers_to_what_was_not_sent)
{
	struct net_frame f = frame_of(2, 7);

	begin();
	net_tx_make(&tx, &f);
	net_tx_publish(&tx);
	CU_ASSERT_EQUAL(answered(7, NETIF_RSP_OKAY), 1);
	CU_ASSERT_EQUAL(answered(7, NETIF_RSP_OKAY), -EPROTO);
	begin();
	net_tx_make(&tx, &f);
	net_tx_publish(&tx);
	CU_ASSERT_EQUAL(answered(NET_IDS, NETIF_RSP_OKAY), -EPROTO);
	begin();
	net_tx_make(&tx, &f);
	net_tx_publish(&tx);
	CU_ASSERT_EQUAL(answered(0, NETIF_RSP_NULL), -EPROTO); /* there was no extra */
	begin();
	CU_ASSERT_EQUAL(answered(0, NETIF_RSP_OKAY), -EPROTO); /* nothing was asked at all */
}

/* ---- Receiving ---------------------------------------------------------------------------------------- */

static void offer(uint16_t first, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++)
		CU_ASSERT_EQUAL_FATAL(net_rx_offer(&rx, (uint16_t)(first + i), 900u + first + i), 0);
	net_rx_publish(&rx);
}

static struct netif_rx_request taken(void)
{
	struct netif_rx_request r;

	ring_back_take(&back, &r);
	return r;
}

static void answer_rx(uint16_t id, uint16_t offset, uint16_t flags, int16_t status)
{
	struct netif_rx_response r = {id, offset, flags, status};

	ring_back_answer(&back, &r, sizeof(r));
}

static void answer_gso(uint8_t type, uint16_t size, uint8_t flags)
{
	struct netif_extra_info extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO, .flags = flags};

	extra.u.gso.type = type;
	extra.u.gso.size = size;
	ring_back_answer(&back, &extra, sizeof(extra));
}

TEST(packets_of_one_page_and_of_many)
{
	struct net_frame f;

	begin_rx();
	offer(10, 8);
	CU_ASSERT_EQUAL(net_rx_offer(&rx, 10, 1), -EINVAL); /* twice */
	CU_ASSERT_EQUAL(net_rx_offer(&rx, NET_IDS, 1), -EINVAL);
	CU_ASSERT_EQUAL(net_rx_take(&rx, &f), 0);
	CU_ASSERT_EQUAL(taken().gref, 910);
	answer_rx(10, 2, NETRXF_data_validated, 1514);
	ring_back_publish(&back);
	CU_ASSERT_EQUAL(net_rx_take(&rx, &f), 1);
	CU_ASSERT_TRUE(f.nr_parts == 1 && f.len == 1514 && f.part[0].id == 10 && f.part[0].offset == 2);
	CU_ASSERT_TRUE(f.csum_valid && !f.csum_blank && !f.bad && f.spare == NET_IDS);
	/* A joined one: the extra takes the place of a page that stays unused. */
	for (int i = 0; i < 4; i++)
		taken();
	answer_rx(11, 0, NETRXF_csum_blank | NETRXF_extra_info | NETRXF_more_data, 4096);
	answer_gso(XEN_NETIF_GSO_TYPE_TCPV4, 1448, 0);
	answer_rx(13, 0, NETRXF_more_data, 4096);
	ring_back_publish(&back);
	CU_ASSERT_EQUAL(net_rx_take(&rx, &f), 0);
	answer_rx(14, 0, 0, 100);
	ring_back_publish(&back);
	CU_ASSERT_EQUAL(net_rx_take(&rx, &f), 1);
	CU_ASSERT_TRUE(f.nr_parts == 3 && f.len == 8292 && f.spare == 12 && f.gso_size == 1448 && f.csum_blank &&
		       !f.bad);
	CU_ASSERT_EQUAL(f.gso_type, XEN_NETIF_GSO_TYPE_TCPV4);
	CU_ASSERT_EQUAL(net_rx_offer(&rx, 12, 1), 0);
	CU_ASSERT_EQUAL(net_rx_offer(&rx, 14, 1), 0);
	/* One that could not be copied: its page comes back, and the packet is none. */
	taken();
	answer_rx(15, 0, 0, NETIF_RSP_ERROR);
	ring_back_publish(&back);
	CU_ASSERT_EQUAL(net_rx_take(&rx, &f), 1);
	CU_ASSERT_TRUE(f.bad && f.part[0].id == 15);
}

/* One wrong answer to eight offers. */
static int wrong(uint16_t id, uint16_t offset, uint16_t flags, int16_t status)
{
	struct net_frame f;

	begin_rx();
	offer(0, 8);
	taken();
	answer_rx(id, offset, flags, status);
	ring_back_publish(&back);
	return net_rx_take(&rx, &f);
}

TEST(packets_that_cannot_be)
{
	struct net_frame f;

	CU_ASSERT_EQUAL(wrong(1, 0, 0, 60), -EPROTO);	 /* not the page that was next */
	CU_ASSERT_EQUAL(wrong(0, 4090, 0, 60), -EPROTO); /* across the end of the page */
	CU_ASSERT_EQUAL(wrong(0, 65535, 0, 32767), -EPROTO);
	CU_ASSERT_EQUAL(wrong(0, 0, 0, 60), 1);
	wrong(0, 0, NETRXF_extra_info, 60);
	answer_gso(XEN_NETIF_GSO_TYPE_TCPV4, 1000, XEN_NETIF_EXTRA_FLAG_MORE);
	ring_back_publish(&back);
	CU_ASSERT_EQUAL(net_rx_take(&rx, &f), -EPROTO);
	wrong(0, 0, NETRXF_extra_info, 60);
	answer_gso(0, 1000, 0);
	ring_back_publish(&back);
	CU_ASSERT_EQUAL(net_rx_take(&rx, &f), 1);
	CU_ASSERT_TRUE(f.bad);
	/* One that never ends. */
	begin_rx();
	offer(0, 64);
	for (uint16_t i = 0; i < 64; i++) {
		taken();
		answer_rx(i, 0, NETRXF_more_data, 100);
	}
	ring_back_publish(&back);
	CU_ASSERT_EQUAL(net_rx_take(&rx, &f), -EPROTO);
	/* More answers than pages. */
	begin_rx();
	offer(0, 1);
	ring.page.rsp_prod = 2;
	CU_ASSERT_EQUAL(net_rx_take(&rx, &f), -EPROTO);
}

TEST(whatever_a_back_end_writes_pages_are_not_confused)
{
	bool mine[NET_IDS];

	random_seed(__func__, 7);
	begin_rx();
	memset(mine, true, sizeof(mine));
	for (int i = 0; i < 300000; i++) {
		uint16_t id = (uint16_t)random_below(NET_IDS);
		struct net_frame f;
		int n;

		if (mine[id] && net_rx_offer(&rx, id, id) == 0)
			mine[id] = false;
		net_rx_publish(&rx);
		/* Often answers that could be, in the place where they would be. */
		if (random_below(8)) {
			uint32_t at = rx.ring.taken & (NET_IDS - 1);
			struct netif_rx_response r = {rx.id_at[at], (uint16_t)random_below(4096),
						      (uint16_t)random_below(16), (int16_t)random_below(2000)};

			memcpy(ring.page.slots + at * 8, &r, sizeof(r));
		} else {
			ring.bytes[64 + random_below(sizeof(ring.bytes) - 64)] = (uint8_t)random_u64();
		}
		ring.page.rsp_prod = rx.ring.taken + (uint32_t)random_below(2);
		n = net_rx_take(&rx, &f);
		if (n < 0) {
			begin_rx();
			memset(mine, true, sizeof(mine));
			continue;
		}
		for (uint32_t j = 0; n && j < f.nr_parts; j++) {
			CU_ASSERT_FALSE_FATAL(mine[f.part[j].id]);
			CU_ASSERT_TRUE_FATAL(f.part[j].offset + f.part[j].len <= 4096);
			mine[f.part[j].id] = true;
		}
		if (n && f.spare != NET_IDS) {
			CU_ASSERT_FALSE_FATAL(mine[f.spare]);
			mine[f.spare] = true;
		}
	}
}

/* ---- Checksums ---------------------------------------------------------------------------------------- */

/* A packet of TCP or UDP over IPv4 or IPv6 with its headers' lengths right, and anything else in it. */
static uint32_t packet(uint8_t *p, bool ipv6, uint8_t protocol, uint32_t data)
{
	uint32_t transport = (protocol == 6 ? 20 : 8) + data, ip = ipv6 ? 40 : 20;

	for (uint32_t i = 0; i < 14 + ip + transport; i++)
		p[i] = (uint8_t)random_u64();
	p[12] = ipv6 ? 0x86 : 0x08;
	p[13] = ipv6 ? 0xdd : 0x00;
	p[14] = ipv6 ? 0x60 : 0x45;
	if (ipv6) {
		p[18] = (uint8_t)(transport >> 8);
		p[19] = (uint8_t)transport;
		p[20] = protocol;
	} else {
		p[16] = (uint8_t)((ip + transport) >> 8);
		p[17] = (uint8_t)(ip + transport);
		p[20] = p[21] = 0;
		p[23] = protocol;
	}
	if (protocol == 6)
		p[14 + ip + 12] = 0x50;
	return 14 + ip + transport;
}

TEST(blank_checksums_are_made_as_netback_makes_them)
{
	static uint8_t ours[2200], theirs[2200];

	random_seed(__func__, 8);
	for (int i = 0; i < 20000; i++) {
		uint32_t len = packet(ours, random_below(2), random_below(2) ? 6 : 17, (uint32_t)random_below(2000));
		struct header h;

		memcpy(theirs, ours, len);
		CU_ASSERT_EQUAL_FATAL(header_read(theirs, len < HEADER_MOST ? len : HEADER_MOST, &h), 0);
		CU_ASSERT_EQUAL_FATAL(header_fill_csum(theirs, len, h.csum_start, h.csum_offset), 0);
		CU_ASSERT_EQUAL_FATAL(net_fill_checksum(ours, len), 0);
		CU_ASSERT_EQUAL_FATAL(memcmp(ours, theirs, len), 0);
	}
}

TEST(packets_without_a_place_for_one)
{
	static uint8_t p[2200];

	random_seed(__func__, 9);
	for (int i = 0; i < 100000; i++) {
		uint32_t len = packet(p, random_below(2), random_below(2) ? 6 : 17, (uint32_t)random_below(100));
		uint8_t *exact = malloc(len);

		/* Cut, and with bytes changed: nothing outside of it is touched, which the sanitizers see. */
		for (uint64_t n = random_below(4); n > 0; n--)
			p[12 + random_below(30)] = (uint8_t)random_u64();
		len = (uint32_t)random_below(len + 1);
		exact = realloc(exact, len ? len : 1);
		memcpy(exact, p, len);
		net_fill_checksum(exact, len);
		free(exact);
	}
	CU_ASSERT_EQUAL(net_fill_checksum(p, 33), -EINVAL);
	packet(p, false, 1, 100);
	CU_ASSERT_EQUAL(net_fill_checksum(p, 100), -EINVAL);
}
