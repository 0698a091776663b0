/* hvm-model.c - a device model: accesses of a domain under hardware virtualization that Dom0 completes
 *
 * Mechanism: an ioreq server's page, mapped by XENMEM_acquire_resource, has a slot for each vcpu; an access to one of the server's
 * ports, pages or PCI functions comes there, and the vcpu waits for an event in answer.
 * Promise: every access comes once, as it was made, and its answer arrives; what no server has reads as ones; a vcpu does not wait
 * for a server that has gone; whoever asks for nonsense is refused; nothing is left of any of it.
 * Probe: a partner with ports, memory and PCI functions of Dom0's making, and a server that dies unanswering.
 */
#include <xen/domctl.h>
#include <xen/hvm/dm_op.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/ioreq.h>

#include "runtime/hvm.h"
#include "runtime/partner.h"

const char test_title[] = "a device model's accesses";
TEST_HVM("+npt");
TEST_SECONDS(40);

#define PORT   0x300
#define MEMORY 0xe0001000UL
#define STORE  (MEMORY + 0x100) /* from here on it keeps what is written */
#define DEVICE XEN_DMOP_PCI_SBDF(0, 0, 3, 0)
enum { SERVED, SILENT }; /* words of the area */

/* ---- the partner's side ---------------------------------------------------------------------------------------- */

static uint8_t bytes[64] __attribute__((aligned(64)));

static uint32_t in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("in %%dx, %%eax" : "=a"(value) : "d"(port));
	return value;
}

static void out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("out %%eax, %%dx" ::"a"(value), "d"(port));
}

static void ports(void)
{
	uint64_t count = 16, rax;
	uint8_t *to = bytes, *from = bytes;

	out32(PORT, 0x12345678);
	CHECK(in32(PORT) == 0x12345679, "what was written, and one: %#x", in32(PORT) - 1);
	__asm__ volatile("in %%dx, %%al" : "=a"(rax) : "a"(0x1100), "d"(PORT));
	CHECK(rax == 0x117a, "one byte of it, and nothing else: %#lx", rax);
	CHECK(in32(PORT + 6) == ~0u, "half outside: %#x", in32(PORT + 6));
	CHECK(in32(PORT + 8) == ~0u, "outside: %#x", in32(PORT + 8));
	__asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(PORT) : "memory");
	CHECK(to == bytes + 16 && !count && bytes[0] == 0xa0 && bytes[15] == 0xaf && !bytes[16],
	      "REP INSB: %#x to %#x, then %#x", bytes[0], bytes[15], bytes[16]);
	count = 8;
	__asm__ volatile("rep outsw" : "+S"(from), "+c"(count) : "d"(PORT) : "memory");
	CHECK(from == bytes + 16 && !count, "REP OUTSW");
	CHECK(in32(PORT) == 0xa0 + 0xa1 + 0xae + 0xaf + 1, "the ends of what it wrote: %#x", in32(PORT));
}

static void memory(void)
{
	volatile uint32_t *at = (uint32_t *)MEMORY;
	uint32_t old = 7;

	*at = 0x55;
	CHECK(*at == 0x56, "what was written, and one: %#x", *at);
	__asm__ volatile("xchg %0, (%1)" : "+r"(old) : "r"(at) : "memory");
	CHECK(old == 0x57 && *at == 8, "XCHG: %#x", old);
	__asm__ volatile("lock addl $0x10, (%0)" ::"r"(at) : "memory");
	CHECK(*at == 0x1a, "a read and a write of one instruction: %#x", *at);
	CHECK(at[1024] == ~0u, "outside: %#x", at[1024]);
}

#define REPEAT(insn, to, from, count, value)                                                                           \
	({                                                                                                             \
		uint64_t to_ = (uint64_t)(to), from_ = (uint64_t)(from), count_ = (count);                             \
		__asm__ volatile(insn : "+D"(to_), "+S"(from_), "+c"(count_) : "a"(value) : "memory");                 \
		(struct repeated){to_, from_, count_};                                                                 \
	})
struct repeated {
	uint64_t to, from, left;
};

static uint8_t two_pages[2][4096] __attribute__((aligned(4096)));

static void check_repeated(const char *what, struct repeated r, uint64_t to, uint64_t from)
{
	CHECK(r.to == to && r.from == from && !r.left, "%s: to %#lx, from %#lx, %lu left", what, r.to, r.from, r.left);
}

/* What cannot be one request: beyond a page's end, beyond the device's, and what is not there. */
static void strings_apart(void)
{
	uint64_t at = STORE, end = MEMORY + 4096, rax = 0x1122;
	uint8_t *across = two_pages[1] - 6;

	for (unsigned i = 0; i < 12; i++)
		across[i] = (uint8_t)(0x30 + i);
	check_repeated("across a page's end", REPEAT("rep movsl", at, across, 3, 0), at + 12, (uint64_t)across + 12);
	CHECK(*(volatile uint64_t *)(at + 4) == 0x3b3a393837363534, "across: %#lx", *(volatile uint64_t *)(at + 4));
	memset(across, 0, 12);
	check_repeated("back", REPEAT("rep movsl", across, at, 3, 0), (uint64_t)across + 12, at + 12);
	CHECK(across[0] == 0x30 && across[5] == 0x35 && across[11] == 0x3b, "back: %#x %#x", across[5], across[11]);
	check_repeated("beyond its end", REPEAT("rep stosl", end - 8, 0, 4, 0x77), end + 8, 0);
	CHECK(*(volatile uint32_t *)(end - 4) == 0x77 && *(volatile uint32_t *)end == ~0u, "beyond its end");
	check_repeated("from where nothing is", REPEAT("rep movsb", bytes, end, 5, 0), (uint64_t)bytes + 5, end + 5);
	CHECK(bytes[4] == 0xff && bytes[5] == 0xa5, "from where nothing is: %#x %#x", bytes[4], bytes[5]);
	__asm__ volatile("lodsb" : "+S"(at), "+a"(rax)::"memory");
	CHECK(rax == 0x1130 && at == STORE + 1, "LODSB: %#lx", rax);
	CHECK(TRY("movsb" ::"D"(0x123456789000), "S"(STORE) : "memory").vector != TRAP_NONE, "MOVSB to nowhere");
	REPEAT("movsl", two_pages[0], 0xfee00030, 0, 0);
	CHECK(two_pages[0][0] == 0x14, "an APIC's register: %#x", two_pages[0][0]);
}

static void strings(void)
{
	uint64_t at = STORE;

	for (unsigned i = 0; i < 64; i++)
		bytes[i] = (uint8_t)(0xa0 + i);
	check_repeated("REP MOVSB", REPEAT("rep movsb", at, bytes, 17, 0), at + 17, (uint64_t)bytes + 17);
	CHECK(*(volatile uint64_t *)at == 0xa7a6a5a4a3a2a1a0 && *(volatile uint16_t *)(at + 16) == 0xb0,
	      "REP MOVSB: %#lx", *(volatile uint64_t *)at);
	check_repeated("within the device", REPEAT("rep movsb", at + 1, at, 8, 0), at + 9, at + 8);
	CHECK(*(volatile uint64_t *)(at + 1) == 0xa0a0a0a0a0a0a0a0, "overlapping: %#lx",
	      *(volatile uint64_t *)(at + 1));
	check_repeated("REP STOSW downwards", REPEAT("std; rep stosw; cld", at + 0x46, 0, 4, 0x55aa), at + 0x3e, 0);
	CHECK(*(volatile uint64_t *)(at + 0x40) == 0x55aa55aa55aa55aa && !*(volatile uint8_t *)(at + 0x48),
	      "REP STOSW");
	check_repeated("REP MOVSQ", REPEAT("rep movsq", bytes, at, 2, 0), (uint64_t)bytes + 16, at + 16);
	CHECK(bytes[0] == 0xa0 && bytes[8] == 0xa0 && bytes[9] == 0xa9 && bytes[16] == 0xb0, "REP MOVSQ: %#x",
	      bytes[8]);
	bytes[5] = 0xa5;
	strings_apart();
}

static void functions(void)
{
	out32(0xcf8, 0x80000000 | DEVICE << 8 | 0x10);
	CHECK(in32(0xcfc) == 0x10, "a register of its function: %#x", in32(0xcfc));
	out32(0xcf8, 0x80000000 | (DEVICE + 8) << 8);
	CHECK(in32(0xcf8) == (0x80000000 | (DEVICE + 8) << 8), "the function that was chosen: %#x", in32(0xcf8));
	CHECK(in32(0xcfc) == ~0u, "a function that nobody has: %#x", in32(0xcfc));
}

static void with_model(struct area *a)
{
	ports();
	memory();
	strings();
	functions();
	a->word[SILENT] = 1;
	CHECK(in32(PORT) == ~0u, "its server has gone: %#x", in32(PORT));
	CHECK(in32(PORT) == ~0u, "and stays away: %#x", in32(PORT));
}

static void unanswered(struct area *a)
{
	a->word[SILENT] = 1;
	(void)in32(PORT);
	failure("a vcpu went on without an answer");
}

/* ---- Dom0's side: calls ---------------------------------------------------------------------------------------- */

static struct xen_dm_op op;

#define FREE_PFN 440 /* of the partner's, behind its image */

static long dm_op(uint16_t domain, uint32_t cmd)
{
	struct xen_dm_op_buf buf = {&op, sizeof(op)};

	op.op = cmd;
	return CALL3(dm_op, domain, 1, &buf);
}

static long create(const struct partner *p, uint16_t *id)
{
	memset(&op, 0, sizeof(op));
	long ret = dm_op(p->id, XEN_DMOP_create_ioreq_server);

	*id = op.u.create_ioreq_server.id;
	return ret;
}

static long destroy(const struct partner *p, uint16_t id)
{
	memset(&op, 0, sizeof(op));
	op.u.destroy_ioreq_server.id = id;
	return dm_op(p->id, XEN_DMOP_destroy_ioreq_server);
}

static long range(const struct partner *p, uint32_t cmd, uint16_t id, uint32_t type, uint64_t start, uint64_t end)
{
	memset(&op, 0, sizeof(op));
	op.u.map_io_range_to_ioreq_server =
		(struct xen_dm_op_ioreq_server_range){.id = id, .type = type, .start = start, .end = end};
	return dm_op(p->id, cmd);
}

static long enable(const struct partner *p, uint16_t id, bool enabled)
{
	memset(&op, 0, sizeof(op));
	op.u.set_ioreq_server_state.id = id;
	op.u.set_ioreq_server_state.enabled = enabled;
	return dm_op(p->id, XEN_DMOP_set_ioreq_server_state);
}

/* ---- a server -------------------------------------------------------------------------------------------------- */

static uint8_t page[4096] __attribute__((aligned(4096)));
static uint8_t store[4096];
static unsigned strings_seen;
static struct ioreq *const slot = (struct ioreq *)page;

struct server {
	uint16_t id;
	uint32_t port; /* Dom0's end of the vcpu's event channel */
};

static long slots_frame(const struct partner *p, uint16_t id, uint64_t *frame)
{
	struct xen_mem_acquire_resource r = {.domid = p->id,
					     .type = XENMEM_resource_ioreq_server,
					     .id = id,
					     .nr_frames = 1,
					     .frame = XENMEM_resource_ioreq_server_frame_ioreq(0),
					     .frame_list = frame};

	return CALL2(memory_op, XENMEM_acquire_resource, &r);
}

/* By its machine frame: elsewhere a frame of such a domain is called what the domain itself calls it. */
static void map_slots(const struct partner *p, uint64_t frame)
{
	struct mmu_update u = {machine_of(entry_of(page, 1)) | MMU_PT_UPDATE_NO_TRANSLATE, frame << 12 | PTE_PLAIN};

	NEED(CALL4(mmu_update, &u, 1, NULL, p->id) == 0, "the page of slots cannot be mapped");
	EXPECT(mmuext(MMUEXT_INVLPG_LOCAL, (uint64_t)page), 0);
}

static struct server serve(const struct partner *p)
{
	struct evtchn_bind_interdomain bind = {.remote_dom = p->id};
	struct server s;
	uint64_t frame = 0;

	NEED(!create(p, &s.id), "no server");
	EXPECT(range(p, XEN_DMOP_map_io_range_to_ioreq_server, s.id, XEN_DMOP_IO_RANGE_PORT, PORT, PORT + 7), 0);
	EXPECT(range(p, XEN_DMOP_map_io_range_to_ioreq_server, s.id, XEN_DMOP_IO_RANGE_MEMORY, MEMORY, MEMORY + 4095),
	       0);
	EXPECT(range(p, XEN_DMOP_map_io_range_to_ioreq_server, s.id, XEN_DMOP_IO_RANGE_PCI, DEVICE, DEVICE), 0);
	NEED(!slots_frame(p, s.id, &frame), "its page cannot be had");
	map_slots(p, frame);
	bind.remote_port = slot->vp_eport;
	NEED(!CALL2(event_channel_op, EVTCHNOP_bind_interdomain, &bind), "the vcpu's port cannot be bound");
	s.port = bind.local_port;
	EXPECT(enable(p, s.id, true), 0);
	return s;
}

static void end_server(const struct partner *p, const struct server *s)
{
	struct evtchn_close close = {s->port};

	EXPECT(make_writable(page), 0);
	EXPECT(destroy(p, s->id), 0);
	EXPECT(destroy(p, s->id), -XEN_ENOENT);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &close), 0);
}

/* The guest's bytes of a string instruction: read, or written. */
static uint32_t string(const struct partner *p)
{
	uint8_t *at = (uint8_t *)partner_show(p, (unsigned)(slot->data >> 12)) + (slot->data & 4095);
	uint32_t last = slot->count * slot->size - 1, ends;

	CHECK(last == 15 && !slot->df, "%u times %u bytes", slot->count, slot->size);
	if (slot->dir == IOREQ_READ)
		for (uint32_t i = 0; i <= last; i++)
			at[i] = (uint8_t)(0xa0 + i);
	ends = at[0] + at[1] + at[last - 1] + at[last];
	EXPECT(make_writable((void *)((uint64_t)at & ~4095UL)), 0);
	return ends;
}

/* An element of a string instruction: in the device's memory, or in the guest's. */
static uint8_t *element(const struct partner *p, uint64_t address)
{
	if (address - MEMORY < 4096)
		return store + (address - MEMORY);
	return (uint8_t *)partner_show(p, (unsigned)(address >> 12)) + (address & 4095);
}

static void keep(const struct partner *p)
{
	uint64_t data = slot->data;

	strings_seen += slot->count > 1;
	CHECK(slot->addr - MEMORY < 4096 && slot->count, "%u times at %#lx", slot->count, slot->addr);
	for (uint64_t i = 0; i < slot->count; i++) {
		uint64_t offset = slot->df ? -i * slot->size : i * slot->size;
		uint8_t *device = element(p, slot->addr + offset);
		uint8_t *other = slot->data_is_ptr ? element(p, data + offset) : (uint8_t *)&data;

		memcpy(slot->dir == IOREQ_READ ? other : device, slot->dir == IOREQ_READ ? device : other, slot->size);
	}
	if (!slot->data_is_ptr)
		slot->data = data;
	else if (data - MEMORY >= 4096)
		EXPECT(make_writable(partner_show(p, (unsigned)(data >> 12))), 0);
}

/* A device of one register for each kind of access, which counts up when it is read. */
static void answer(const struct partner *p, const struct server *s)
{
	static uint32_t reg[3];
	struct evtchn_send send = {s->port};

	CHECK(slot->type <= IOREQ_TYPE_PCI_CONFIG, "a request of type %u", slot->type);
	if (slot->type == IOREQ_TYPE_COPY && slot->addr >= STORE)
		keep(p);
	else if (slot->data_is_ptr)
		reg[slot->type] = string(p);
	else if (slot->type == IOREQ_TYPE_PCI_CONFIG)
		slot->data = (uint32_t)slot->addr; /* which register of the function it was */
	else if (slot->dir == IOREQ_READ)
		slot->data = ++reg[slot->type];
	else
		reg[slot->type] = (uint32_t)slot->data;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	slot->state = STATE_IORESP_READY;
	EXPECT(CALL2(event_channel_op, EVTCHNOP_send, &send), 0);
}

static bool asked(void)
{
	return ((volatile struct ioreq *)slot)->state == STATE_IOREQ_READY;
}

static void until_silent(const struct partner *p, const struct server *s)
{
	unsigned code;

	while (!(p->area->word[SILENT] && asked())) {
		if (asked())
			answer(p, s);
		NEED(partner_runs((struct partner *)p, &code), "it has ended early");
		yield();
	}
}

/* ---- the tests ------------------------------------------------------------------------------------------------- */

static void server_info(const struct partner *p, uint16_t id)
{
	struct evtchn_bind_interdomain bind = {.remote_dom = p->id};

	memset(&op, 0, sizeof(op));
	op.u.get_ioreq_server_info.id = id;
	EXPECT(dm_op(p->id, XEN_DMOP_get_ioreq_server_info), -XEN_EOPNOTSUPP); /* gfns are asked for */
	op.u.get_ioreq_server_info.flags = XEN_DMOP_no_gfns << 1;
	EXPECT(dm_op(p->id, XEN_DMOP_get_ioreq_server_info), -XEN_EINVAL);
	op.u.get_ioreq_server_info.flags = XEN_DMOP_no_gfns;
	EXPECT(dm_op(p->id, XEN_DMOP_get_ioreq_server_info), 0);
	bind.remote_port = op.u.get_ioreq_server_info.bufioreq_port;
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_interdomain, &bind), 0);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &bind.local_port), 0);
	op.u.get_ioreq_server_info.id = 9;
	EXPECT(dm_op(p->id, XEN_DMOP_get_ioreq_server_info), -XEN_ENOENT);
}

static void refusals(void)
{
	static const uint32_t not_there[] = {
		XEN_DMOP_set_mem_type,
		XEN_DMOP_inject_event,
		XEN_DMOP_map_mem_type_to_ioreq_server,
		XEN_DMOP_set_irq_level,
		999,
	};
	struct partner *p = partner_new_hvm(with_model, 1);
	struct xen_dm_op_buf buf[2] = {{&op, sizeof(op)}};
	uint64_t frame;
	uint16_t id[5];

	for (unsigned i = 0; i < 4; i++)
		EXPECT(create(p, &id[i]), 0);
	EXPECT(create(p, &id[4]), -XEN_ENOSPC);
	EXPECT(range(p, XEN_DMOP_map_io_range_to_ioreq_server, id[0], XEN_DMOP_IO_RANGE_PORT, 10, 20), 0);
	EXPECT(range(p, XEN_DMOP_map_io_range_to_ioreq_server, id[1], XEN_DMOP_IO_RANGE_PORT, 20, 30), -XEN_EEXIST);
	EXPECT(range(p, XEN_DMOP_unmap_io_range_from_ioreq_server, id[1], XEN_DMOP_IO_RANGE_PORT, 10, 20), -XEN_ENOENT);
	EXPECT(range(p, XEN_DMOP_map_io_range_to_ioreq_server, id[0], 3, 10, 20), -XEN_EINVAL);
	EXPECT(range(p, XEN_DMOP_map_io_range_to_ioreq_server, id[0], XEN_DMOP_IO_RANGE_PORT, 41, 40), -XEN_EINVAL);
	EXPECT(enable(p, 9, true), -XEN_ENOENT);
	EXPECT(slots_frame(p, 9, &frame), -XEN_ENOENT);
	EXPECT(dm_op(0, XEN_DMOP_nr_vcpus), -XEN_EINVAL);
	EXPECT(dm_op(DOMID_SELF, XEN_DMOP_nr_vcpus), -XEN_EINVAL);
	for (unsigned i = 0; i < ARRAY_SIZE(not_there); i++)
		EXPECT(dm_op(p->id, not_there[i]), -XEN_EOPNOTSUPP);
	memset(&op, 0, sizeof(op));
	EXPECT(dm_op(p->id, XEN_DMOP_modified_memory), 0);
	EXPECT(dm_op(p->id, XEN_DMOP_set_isa_irq_level), -XEN_ENODEV); /* it has no 8259As */
	server_info(p, id[0]);
	op.u.inject_msi = (struct xen_dm_op_inject_msi){.addr = 0xfee00000, .data = 0x30};
	EXPECT(dm_op(p->id, XEN_DMOP_inject_msi), 0);
	op.u.inject_msi.addr = 0xfed00000; /* no local APIC is there */
	EXPECT(dm_op(p->id, XEN_DMOP_inject_msi), -XEN_EINVAL);
	EXPECT(dm_op(p->id, XEN_DMOP_nr_vcpus), 0);
	CHECK(op.u.nr_vcpus.vcpus == 1, "it has %u vcpus", op.u.nr_vcpus.vcpus);
	EXPECT(CALL3(dm_op, p->id, 0, buf), -XEN_EINVAL);
	EXPECT(CALL3(dm_op, p->id, 3, buf), -XEN_EINVAL);
	EXPECT(CALL3(dm_op, p->id, 1, 0x123456789000), -XEN_EFAULT);
	memset(&op, 0, sizeof(op));
	op.op = XEN_DMOP_track_dirty_vram;
	op.u.track_dirty_vram.nr = 12;
	buf[1] = (struct xen_dm_op_buf){bytes, 1};
	EXPECT(CALL3(dm_op, p->id, 2, buf), -XEN_EINVAL); /* 12 bits in a byte */
	buf[1].size = 2;
	EXPECT(CALL3(dm_op, p->id, 2, buf), 0);
	CHECK(bytes[0] == 0xff && bytes[1] == 0xff && !bytes[2], "all have changed: %#x %#x", bytes[0], bytes[1]);
	bytes[0] = bytes[1] = 0;
	partner_end(p); /* with its servers */
}

static long relocate(const struct partner *p, uint64_t from, uint64_t to, uint32_t pages)
{
	memset(&op, 0, sizeof(op));
	op.u.relocate_memory = (struct xen_dm_op_relocate_memory){.size = pages, .src_gfn = from, .dst_gfn = to};
	return dm_op(p->id, XEN_DMOP_relocate_memory);
}

static long cache_attribute(const struct partner *p, uint64_t start, uint64_t end, uint32_t type)
{
	memset(&op, 0, sizeof(op));
	op.u.pin_memory_cacheattr = (struct xen_dm_op_pin_memory_cacheattr){.start = start, .end = end, .type = type};
	return dm_op(p->id, XEN_DMOP_pin_memory_cacheattr);
}

/* Pages that are moved are where they were moved to, and nowhere else; what was there is given back. */
static void moved(void)
{
	struct partner *p = partner_new_hvm(with_model, 1);

	for (unsigned i = 0; i < 4; i++)
		*(volatile uint64_t *)partner_show(p, FREE_PFN + i) = 0x1111 * (i + 1);
	(void)partner_show(p, PFN_L1);
	EXPECT(relocate(p, FREE_PFN, FREE_PFN + 2, 2), 0);
	for (unsigned i = 2; i < 4; i++)
		CHECK(*(volatile uint64_t *)partner_show(p, FREE_PFN + i) == 0x1111 * (i - 1), "page %u is another", i);
	(void)partner_show(p, PFN_L1);
	REFUSED(relocate(p, FREE_PFN, FREE_PFN + 8, 1)); /* there is nothing any more */
	EXPECT(relocate(p, FREE_PFN + 2, FREE_PFN, 1), 0);
	CHECK(*(volatile uint64_t *)partner_show(p, FREE_PFN) == 0x1111, "moved back, it is another");
	(void)partner_show(p, PFN_L1);
	EXPECT(relocate(p, FREE_PFN, FREE_PFN, 1), 0);
	EXPECT(relocate(p, FREE_PFN, ~0UL, 0), 0);
	REFUSED(relocate(p, FREE_PFN, 1UL << 52, 1));
	REFUSED(relocate(p, ~0UL, FREE_PFN, 2));
	REFUSED(relocate(p, 1UL << 40, FREE_PFN, ~0u));
	op.u.relocate_memory.pad = 1;
	EXPECT(dm_op(p->id, XEN_DMOP_relocate_memory), -XEN_EINVAL);
	EXPECT(cache_attribute(p, 0, 15, XEN_DMOP_MEM_CACHEATTR_WB), 0);
	EXPECT(cache_attribute(p, 0, 15, XEN_DMOP_DELETE_MEM_CACHEATTR), 0);
	EXPECT(cache_attribute(p, 0, 15, XEN_DMOP_MEM_CACHEATTR_UC), -XEN_EOPNOTSUPP);
	EXPECT(cache_attribute(p, 16, 15, XEN_DMOP_MEM_CACHEATTR_WB), -XEN_EINVAL);
	EXPECT(make_writable(partner_show(p, PFN_L1)), 0); /* our last mapping of its memory goes */
	partner_end(p);
}

static void served(void)
{
	struct partner *p = partner_new_hvm(with_model, 1);
	struct server s = serve(p);

	partner_go(p);
	strings_seen = 0;
	until_silent(p, &s);
	CHECK(strings_seen == 5, "%u string instructions came as one request each", strings_seen);
	end_server(p, &s);
	partner_wait(p);
	partner_end(p);
}

/* It is destroyed while it waits, and its server only then. */
static void destroyed(void)
{
	struct partner *p = partner_new_hvm(unanswered, 1);
	struct server s = serve(p);
	struct evtchn_close close = {s.port};
	uint16_t id;

	partner_go(p);
	until_silent(p, &s);
	partner_kill(p);
	REFUSED(create(p, &id));
	EXPECT(make_writable(page), 0);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &close), 0);
	partner_end(p);
}

void test_main(void)
{
	uint64_t before;

	refusals();
	moved();
	served();
	destroyed();
	before = free_pages(); /* what Dom0 itself needs, it has now */
	refusals();
	moved();
	served();
	destroyed();
	CHECK(free_pages() == before, "%lu pages are free, and %lu were", free_pages(), before);
}
