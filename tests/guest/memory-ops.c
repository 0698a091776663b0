/* memory-ops.c - memory is exchanged, given back and got, and nothing is left behind
 *
 * Mechanism: memory_op takes frames from the guest and gives it others; a frame that is mapped or typed is in use.
 * Promise: rows 8 to 11: a frame with a use is not exchanged, or its type goes with it; nr_exchanged past the array is refused
 * and writes nothing; a huge order is refused at once; decrease_reservation of a pinned table leaves the pin, which still
 * counts; current_reservation is right throughout.
 * Probe: each of these.
 */
#include "runtime/guest.h"

const char test_title[] = "exchange, decrease, populate";

static table_t page, spare, table;
static uint64_t in_mfn, out_pfn;

static long reservation(void)
{
	domid_t self = DOMID_SELF;

	return CALL2(memory_op, XENMEM_current_reservation, &self);
}

static struct xen_memory_reservation one(uint64_t *extent, unsigned order)
{
	return (struct xen_memory_reservation){
		.extent_start = extent, .nr_extents = 1, .extent_order = order, .domid = DOMID_SELF};
}

static long exchange(uint64_t mfn, uint64_t pfn, uint64_t done)
{
	struct xen_memory_exchange x = {.in = one(&in_mfn, 0), .out = one(&out_pfn, 0), .nr_exchanged = done};

	in_mfn = mfn;
	out_pfn = pfn;
	return CALL2(memory_op, XENMEM_exchange, &x);
}

static uint64_t pfn_of(const void *address)
{
	return ((uint64_t)address - GUEST_BASE) >> 12;
}

static void exchanges(void)
{
	uint64_t old = mfn_of(page);
	long before = reservation();

	REFUSED(exchange(old, pfn_of(page), 0)); /* it is mapped */
	NEED(!make_readonly(table) && !mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table)), "no table");
	NEED(!map(table, 0), "cannot unmap");
	REFUSED(exchange(mfn_of(table), pfn_of(table), 0)); /* it is pinned */
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(table)), 0);
	EXPECT(exchange(mfn_of(table), pfn_of(table), 0), 0); /* it was a table: the new one is none */
	EXPECT(map(table, out_pfn << 12 | PTE_PLAIN), 0);
	CHECK(machine_to_phys_mapping[out_pfn] == pfn_of(table), "the new frame's M2P entry is %#lx",
	      machine_to_phys_mapping[out_pfn]);
	REFUSED(exchange(0x7fffffffff, 0, 0));
	REFUSED(exchange(~0UL, 0, 0));
	REFUSED(exchange(old, pfn_of(page), 2));
	REFUSED(exchange(old, pfn_of(page), ~0UL));
	REFUSED(exchange(old, pfn_of(page), 1UL << 63));
	CHECK(out_pfn == pfn_of(page), "a refused exchange wrote %#lx", out_pfn);
	EXPECT(reservation(), before);
}

static void exchange_shapes(void)
{
	struct xen_memory_exchange x = {.in = one(&in_mfn, 63), .out = one(&out_pfn, 63)};

	REFUSED(CALL2(memory_op, XENMEM_exchange, &x));
	x.in.extent_order = x.out.extent_order = ~0u;
	REFUSED(CALL2(memory_op, XENMEM_exchange, &x));
	x.in = one(&in_mfn, 0), x.out = one(&out_pfn, 1);
	REFUSED(CALL2(memory_op, XENMEM_exchange, &x));
	x.in = one((uint64_t *)0xffff830000000000, 0), x.out = one((uint64_t *)0xffff830000000000, 0);
	EXPECT(CALL2(memory_op, XENMEM_exchange, &x), -XEN_EFAULT);
	x.in = one(&in_mfn, 0), x.out = one(&out_pfn, 0);
	x.in.nr_extents = x.out.nr_extents = 1UL << 60;
	x.nr_exchanged = 1UL << 59;
	REFUSED(CALL2(memory_op, XENMEM_exchange, &x));
}

static void orders(void)
{
	static const unsigned huge[] = {19, 20, 31, 32, 52, 63, 64, 0x7fffffff, ~0u};
	struct xen_memory_reservation r;

	for (unsigned i = 0; i < ARRAY_SIZE(huge); i++)
		for (unsigned op = 0; op <= XENMEM_populate_physmap; op += op ? 5 : 1) {
			uint64_t extent = 0;

			r = one(&extent, huge[i]);
			EXPECT(CALL2(memory_op, op, &r), 0);
		}
	r = one(&in_mfn, 0);
	r.nr_extents = ~0UL;
	CHECK(CALL2(memory_op, XENMEM_decrease_reservation, &r) <= 0, "2^64 extents were taken");
	r.nr_extents = 1;
	r.extent_start = (uint64_t *)0xffff830000000000;
	EXPECT(CALL2(memory_op, XENMEM_decrease_reservation, &r), 0);
}

/* A pinned table that is given back stays a table until it is unpinned, and only then it is gone. */
static void decrease_pinned(void)
{
	struct xen_memory_reservation r = one(&in_mfn, 0);
	uint64_t m = mfn_of(spare);
	long before = reservation(), ret;

	NEED(!make_readonly(spare) && !mmuext(MMUEXT_PIN_L1_TABLE, m), "no table");
	in_mfn = m;
	ret = CALL2(memory_op, XENMEM_decrease_reservation, &r);
	CHECK(ret == 0 || ret == 1, "decrease_reservation of a pinned table: %ld", ret);
	CHECK(map(page, m << 12 | PTE_PLAIN) < 0, "a pinned table that was given back can be mapped writable");
	EXPECT(make_writable(page), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, m), 0);
	EXPECT(map(spare, 0), 0);
	EXPECT(reservation(), before - ret);
	if (!ret)
		return;
	REFUSED(map(spare, m << 12 | PTE_PLAIN)); /* it is nobody's now */
	CHECK(CALL2(memory_op, XENMEM_decrease_reservation, &r) == 0, "a frame was given back twice");
	out_pfn = pfn_of(spare);
	r.extent_start = &out_pfn;
	EXPECT(CALL2(memory_op, XENMEM_populate_physmap, &r), 1);
	EXPECT(map(spare, out_pfn << 12 | PTE_PLAIN), 0);
	EXPECT(reservation(), before);
}

void test_main(void)
{
	exchanges();
	exchange_shapes();
	orders();
	decrease_pinned();
}
