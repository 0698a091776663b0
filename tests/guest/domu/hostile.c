/* hostile.c - a guest that does all it can to its back ends, the store and the console daemon, by lot
 *
 * Unlike the tests beside it this is a DomU, with one disk (51712) and one interface (0), and it gives no verdict: that others
 * do not suffer is seen from outside (tests/boot/t-domu-hostile.sh). Each round sets its devices up as a front end does, so
 * that they are served, and then fills their rings, the indices of these, or its own nodes in the store with nonsense. The
 * command line says how: "seed=N rounds=N". It tells its progress in the node "data/round" of its directory, and at the end,
 * having spoilt even the rings of store and console, spins for ever.
 */
#include <xen/io/blkif.h>
#include <xen/io/console.h>
#include <xen/io/netif.h>
#include <xen/io/xenbus.h>
#include <xen/io/xs_wire.h>

#include "../runtime/guest.h"
#include "lib/printf.h"

const char test_title[] = "a hostile front end";

#define DISK	  "device/vbd/51712"
#define INTERFACE "device/vif/0"
#define PATIENCE  500 /* waits, until somebody who does not answer is given up */
#define WAIT_NS	  20000000
#define WORDS	  512

enum { REF_DISK = 20, REF_TX, REF_RX, REF_DATA, REF_MOST = 40 };

static table_t entries, rings[3], data;
static uint64_t lot;
static uint32_t port[2]; /* the disk's, the interface's */

static uint64_t draw(uint64_t most)
{
	lot ^= lot << 13;
	lot ^= lot >> 7;
	lot ^= lot << 17;
	return lot % most;
}

static void notify(uint32_t to)
{
	struct evtchn_send send = {.port = to};

	(void)CALL2(event_channel_op, EVTCHNOP_send, &send);
}

/* Until an event for the port, or a while; what is waited for has to be looked at after forget_event(). */
static void wait_event(uint32_t on)
{
	struct sched_poll p = {.nr_ports = 1, .timeout = now() + WAIT_NS};

	p.ports = &on;
	(void)CALL2(sched_op, SCHEDOP_poll, &p);
}

static void forget_event(uint32_t of)
{
	__atomic_fetch_and(&shared->evtchn_pending[of / 64], ~(1UL << of % 64), __ATOMIC_SEQ_CST);
}

/* ---- the store ---- */

static struct xenstore_domain_interface *store;
static char answer[XENSTORE_PAYLOAD_MAX + 1];

static void store_put(const void *bytes, uint32_t len)
{
	const char *from = bytes;
	uint32_t waited = 0;

	while (len > 0 && waited < PATIENCE) {
		if (store->req_prod - store->req_cons >= XENSTORE_RING_SIZE) {
			forget_event(start_info->store_evtchn);
			notify(start_info->store_evtchn);
			if (store->req_prod - store->req_cons >= XENSTORE_RING_SIZE)
				wait_event(start_info->store_evtchn);
			waited++;
			continue;
		}
		store->req[MASK_XENSTORE_IDX(store->req_prod)] = *from++;
		__atomic_store_n(&store->req_prod, store->req_prod + 1, __ATOMIC_RELEASE);
		len--;
	}
	notify(start_info->store_evtchn);
}

static bool store_get(void *bytes, uint32_t len)
{
	char *to = bytes;
	uint32_t waited = 0;

	while (len > 0) {
		if (__atomic_load_n(&store->rsp_prod, __ATOMIC_ACQUIRE) == store->rsp_cons) {
			forget_event(start_info->store_evtchn);
			if (__atomic_load_n(&store->rsp_prod, __ATOMIC_ACQUIRE) == store->rsp_cons)
				wait_event(start_info->store_evtchn);
			if (++waited == PATIENCE)
				return false;
			continue;
		}
		*to++ = store->rsp[MASK_XENSTORE_IDX(store->rsp_cons)];
		__atomic_store_n(&store->rsp_cons, store->rsp_cons + 1, __ATOMIC_RELEASE);
		len--;
	}
	notify(start_info->store_evtchn);
	return true;
}

/* A request and its answer's type; XS_INVALID: none came. Events on the way are dropped. */
static uint32_t ask(uint32_t type, uint32_t tx, const char *payload, uint32_t len)
{
	struct xsd_sockmsg head = {.type = type, .tx_id = tx, .len = len};

	store_put(&head, sizeof(head));
	store_put(payload, len);
	do {
		if (!store_get(&head, sizeof(head)) || head.len > XENSTORE_PAYLOAD_MAX || !store_get(answer, head.len))
			return XS_INVALID;
	} while (head.type == XS_WATCH_EVENT);
	answer[head.len] = '\0';
	return head.type;
}

static void write_node(const char *dir, const char *name, const char *value)
{
	char text[512];
	int path = format(text, sizeof(text), "%s/%s", dir, name) + 1;
	int len = format(text + path, sizeof(text) - (size_t)path, "%s", value);

	(void)ask(XS_WRITE, 0, text, (uint32_t)(path + len));
}

static void write_number(const char *dir, const char *name, uint64_t value)
{
	char text[24];

	format(text, sizeof(text), "%lu", value);
	write_node(dir, name, text);
}

static uint64_t read_number(const char *path)
{
	const char *at = answer;
	uint64_t value = 0;

	if (ask(XS_READ, 0, path, (uint32_t)strlen(path) + 1) == XS_READ)
		(void)parse_u64(&at, &value);
	return value;
}

/* Where the other end's nodes are, before our own that say so are spoilt. */
static char backend[2][128];

static void find_backend(unsigned which, const char *dir)
{
	char path[64];

	format(path, sizeof(path), "%s/backend", dir);
	if (ask(XS_READ, 0, path, (uint32_t)strlen(path) + 1) == XS_READ)
		format(backend[which], sizeof(backend[which]), "%s/state", answer);
}

static void await_state(unsigned which, uint64_t wanted)
{
	for (unsigned i = 0; i < 50 && read_number(backend[which]) != wanted; i++)
		wait_event(start_info->store_evtchn);
}

/* ---- devices, as they are meant ---- */

static void grant(uint32_t ref, const volatile void *page, uint16_t flags)
{
	volatile struct grant_entry_v1 *e = (volatile struct grant_entry_v1 *)entries + ref;

	e->domid = 0;
	e->frame = (uint32_t)mfn_of(page);
	__atomic_store_n(&e->flags, flags, __ATOMIC_RELEASE);
}

static void set_up_grants(void)
{
	uint64_t frame = 0;
	struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = 1, .frame_list = &frame};

	NEED(!CALL3(grant_table_op, GNTTABOP_setup_table, &s, 1) && !s.status, "no grant table: %d", s.status);
	NEED(!map(entries, frame << 12 | PTE_PLAIN), "the grant table cannot be mapped");
	for (unsigned i = 0; i < 3; i++)
		grant(REF_DISK + i, rings[i], GTF_permit_access);
	/* Some of the pages that requests speak of are there, some can only be read, some are tables or nothing. */
	for (uint32_t ref = REF_DATA; ref < REF_MOST; ref++)
		grant(ref, ref % 3 ? (void *)data : (void *)entry_of(data, 1),
		      (uint16_t)(GTF_permit_access | (ref % 4 ? 0 : GTF_readonly)));
}

static uint32_t new_port(void)
{
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 0};

	return CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &a) ? 0 : a.port;
}

static void close_port(uint32_t which)
{
	struct evtchn_close c = {.port = which};

	(void)CALL2(event_channel_op, EVTCHNOP_close, &c);
}

static void clear_ring(unsigned which)
{
	memset(rings[which], 0, sizeof(table_t));
	((uint32_t *)rings[which])[1] = 1; /* req_event, rsp_event */
	((uint32_t *)rings[which])[3] = 1;
}

/* What may be nonsense from the round before. */
static const char *const names[] = {"ring-ref",
				    "ring-page-order",
				    "ring-ref0",
				    "event-channel",
				    "tx-ring-ref",
				    "rx-ring-ref",
				    "protocol",
				    "multi-queue-num-queues",
				    "queue-0/tx-ring-ref",
				    "queue-0/ring-ref",
				    "state",
				    "backend",
				    "backend-id",
				    "feature-persistent",
				    "request-rx-copy",
				    "event-channel-tx",
				    "event-channel-rx"};

static void clear_nodes(const char *dir)
{
	char path[64];

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], "state") != 0) {
			format(path, sizeof(path), "%s/%s", dir, names[i]);
			(void)ask(XS_RM, 0, path, (uint32_t)strlen(path) + 1);
		}
}

static void connect_disk(void)
{
	clear_nodes(DISK);
	clear_ring(0);
	write_number(DISK, "ring-ref", REF_DISK);
	write_number(DISK, "event-channel", port[0]);
	write_node(DISK, "protocol", "x86_64-abi");
	write_number(DISK, "feature-persistent", draw(2));
	write_number(DISK, "state", XenbusStateInitialised);
	await_state(0, XenbusStateConnected);
}

static void connect_interface(void)
{
	clear_nodes(INTERFACE);
	clear_ring(1);
	clear_ring(2);
	write_number(INTERFACE, "tx-ring-ref", REF_TX);
	write_number(INTERFACE, "rx-ring-ref", REF_RX);
	write_number(INTERFACE, "event-channel", port[1]);
	write_number(INTERFACE, "request-rx-copy", 1);
	write_number(INTERFACE, "feature-sg", draw(2));
	write_number(INTERFACE, "feature-gso-tcpv4", draw(2));
	write_number(INTERFACE, "state", XenbusStateConnected);
	await_state(1, XenbusStateConnected);
}

static void leave(unsigned which, const char *dir)
{
	write_number(dir, "state", XenbusStateClosed);
	await_state(which, XenbusStateClosed);
	write_number(dir, "state", XenbusStateInitialising);
	await_state(which, XenbusStateInitWait);
}

/* ---- and as they are not ---- */

/* Most numbers are nearly right: what is wholly wrong is refused at once, and nothing behind it is tried. */
static uint64_t nonsense(uint64_t sensible)
{
	switch (draw(8)) {
	case 0:
		return draw(~0ULL);
	case 1:
		return sensible + draw(5) - 2;
	case 2:
		return 1ULL << draw(64);
	default:
		return draw(sensible + 2);
	}
}

static void fill_disk_request(struct blkif_request *r)
{
	r->operation = (uint8_t)nonsense(6);
	r->nr_segments = (uint8_t)nonsense(BLKIF_MAX_SEGMENTS_PER_REQUEST);
	r->handle = (blkif_vdev_t)nonsense(4);
	r->id = draw(~0ULL);
	r->sector_number = nonsense(2048);
	for (unsigned i = 0; i < BLKIF_MAX_SEGMENTS_PER_REQUEST; i++) {
		r->seg[i].gref = (uint32_t)(draw(4) ? REF_DATA + draw(REF_MOST - REF_DATA) : nonsense(512));
		r->seg[i].first_sect = (uint8_t)nonsense(7);
		r->seg[i].last_sect = (uint8_t)nonsense(7);
	}
	/* As an indirect request the same bytes mean other things. */
	if (r->operation == BLKIF_OP_INDIRECT)
		((uint32_t *)r)[1] = (uint32_t)nonsense(256);
}

static void fill_transmit_request(struct netif_tx_request *r)
{
	r->gref = (uint32_t)(draw(4) ? REF_DATA + draw(REF_MOST - REF_DATA) : nonsense(512));
	r->offset = (uint16_t)nonsense(64);
	r->flags = (uint16_t)nonsense(31);
	r->id = (uint16_t)draw(65536);
	r->size = (uint16_t)nonsense(1500);
}

/* More requests than the ring has slots: the one mistake that is made for certain, so that it is seen to be noticed. */
static void break_ring(unsigned which, uint32_t to)
{
	uint32_t *head = (uint32_t *)rings[which];

	__atomic_store_n(&head[0], head[2] + 1000, __ATOMIC_RELEASE);
	notify(to);
}

/* The ring's pages are ours; what the other end reads may change under its eyes. */
static void spoil_ring(unsigned which, size_t slot_size, unsigned slots, uint32_t to)
{
	uint32_t *head = (uint32_t *)rings[which];
	uint8_t *slot = (uint8_t *)rings[which] + 64;
	uint32_t made = draw(24) ? head[2] + (uint32_t)draw(slots) : (uint32_t)nonsense(slots);

	for (unsigned i = 0; i < slots; i++, slot += slot_size) {
		if (which == 0)
			fill_disk_request((void *)slot);
		else if (which == 1)
			fill_transmit_request((void *)slot);
		else
			((struct netif_rx_request *)(void *)slot)->gref =
				REF_DATA + (uint32_t)draw(REF_MOST - REF_DATA);
	}
	for (unsigned i = 0; i < WORDS; i++)
		data[i] = draw(~0ULL);
	head[3] = (uint32_t)draw(~0ULL);
	__atomic_store_n(&head[0], made, __ATOMIC_RELEASE);
	notify(to);
}

static void spoil_rings(void)
{
	for (unsigned i = 0; i < 60; i++) {
		spoil_ring(0, sizeof(struct blkif_request), 32, port[0]);
		spoil_ring(1, sizeof(struct netif_tx_request), 256, port[1]);
		spoil_ring(2, sizeof(struct netif_rx_request), 256, port[1]);
		for (unsigned j = draw(20); j > 0; j--)
			yield();
		/* Some time it has to be right again, or one mistake would hide all others. */
		if (draw(4) == 0)
			break;
	}
}

static void spoil_nodes(const char *dir)
{
	static const char *const values[] = {"-1",	"",	  "4294967296", "99999999999999999999",
					     "../../0", "0x10",	  "x86_32-abi", "/local/domain/0/backend/vbd/0/0",
					     " 4",	"%n%s%s", "NaN",	"1e9"};

	for (unsigned i = 0; i < 12; i++) {
		const char *name = names[draw(ARRAY_SIZE(names))];

		if (draw(2))
			write_node(dir, name, values[draw(ARRAY_SIZE(values))]);
		else
			write_number(dir, name, nonsense(8));
	}
	write_number(dir, "state", draw(9));
}

/* What is refused or cut off by a quota: other people's nodes, too many nodes, watches and transactions, no known request. */
static void spoil_store(void)
{
	char text[64];

	write_node("/local/domain/0", "name", "mine");
	write_node("/local/domain/0/backend/vbd", "x", "mine");
	write_node("/tool", "x", "mine");
	for (unsigned i = 0; i < 300; i++) {
		format(text, sizeof(text), "n%lu", draw(4000));
		write_node("data", text, "a node that nobody needs");
	}
	for (unsigned i = 0; i < 40; i++) {
		int path = format(text, sizeof(text), "data/n%lu", draw(4000)) + 1;

		text[path++] = (char)('a' + (int)draw(20));
		text[path++] = '\0';
		(void)ask(XS_WATCH, 0, text, (uint32_t)path);
		(void)ask(XS_TRANSACTION_START, 0, "", 1);
		(void)ask((uint32_t)draw(40), (uint32_t)draw(12), text, (uint32_t)draw(sizeof(text)));
	}
}

static void storm(void)
{
	for (unsigned i = 0; i < 20000; i++) {
		notify(port[draw(2)]);
		if (i % 16 == 0)
			notify(start_info->console.domU.evtchn);
		if (i % 64 == 0)
			notify(start_info->store_evtchn);
	}
}

static uint64_t word(const char *name, uint64_t otherwise)
{
	const char *at = (const char *)start_info->cmd_line;
	uint64_t value;

	for (; *at; at++) {
		if (!str_starts(at, name))
			continue;
		at += strlen(name);
		return parse_u64(&at, &value) ? otherwise : value;
	}
	return otherwise;
}

void test_main(void)
{
	struct xencons_interface *console = address_of_mfn(start_info->console.domU.mfn);
	uint64_t rounds = word("rounds=", 10);

	lot = word("seed=", 1) * 0x9e3779b97f4a7c15 + 1;
	store = address_of_mfn(start_info->store_mfn);
	set_up_grants();
	find_backend(0, DISK);
	find_backend(1, INTERFACE);
	for (uint64_t round = 1; round <= rounds; round++) {
		port[0] = new_port();
		port[1] = new_port();
		connect_disk();
		connect_interface();
		spoil_rings();
		if (round % 3 == 0) {
			break_ring(0, port[0]);
			break_ring(1, port[1]);
		}
		storm();
		spoil_nodes(draw(2) ? DISK : INTERFACE);
		if (round % 4 == 0)
			spoil_store();
		leave(0, DISK);
		leave(1, INTERFACE);
		close_port(port[0]);
		close_port(port[1]);
		write_number("data", "round", round);
	}
	console->out_prod = console->out_cons + 5000;
	notify(start_info->console.domU.evtchn);
	store->req_prod = store->req_cons + 5000;
	notify(start_info->store_evtchn);
	for (;;)
		notify((uint32_t)draw(16));
}
