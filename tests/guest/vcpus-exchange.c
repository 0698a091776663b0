/* vcpus-exchange.c - a frame comes back from a failed exchange, and an old translation of it is still somewhere
 *
 * Mechanism: an exchange takes the frames it is to give back, and loses their types with it; if it cannot go on, the domain gets
 * them again. A frame becomes a page table only when no CPU can write to it through a translation of before.
 * Promise: I7, rows 6 and 8: also after such a round trip.
 * Probe: another vcpu writes to a page, so that its TLB knows it; the page is unmapped without a flush, goes through a failed
 * exchange (or not), and is pinned as a table; then that vcpu writes again.
 */
#include "runtime/guest.h"

const char test_title[] = "a failed exchange, then a page table";
TEST_CPUS(2);
TEST_SECONDS(60);

#define ROUNDS 60

enum { IDLE, WRITE, WRITTEN, AGAIN, TRIED, END };

static table_t page, view, busy;
static volatile unsigned state;
static volatile int vector;

static void write_page(void *value)
{
	*(volatile uint64_t *)page = (uint64_t)value;
}

/* Not a call in between, nor anything else that flushes. */
static void writer(void *none)
{
	(void)none;
	for (;;) {
		while (state != WRITE && state != END)
			relax();
		if (state == END)
			return;
		write_page((void *)0x10);
		state = WRITTEN;
		while (state != AGAIN)
			relax();
		vector = attempt(write_page, (void *)0x20).vector;
		state = TRIED;
	}
}

static void wait_for(unsigned wanted)
{
	while (state != wanted)
		relax();
}

static void fail_to_exchange(uint64_t mfn)
{
	uint64_t in[2] = {mfn, mfn_of(busy)}, out = 0;
	struct xen_memory_exchange x = {
		.in = {.extent_start = in, .nr_extents = 2, .domid = DOMID_SELF},
		.out = {.extent_start = &out, .nr_extents = 1, .extent_order = 1, .domid = DOMID_SELF},
	};

	REFUSED(CALL2(memory_op, XENMEM_exchange, &x));
	EXPECT((long)x.nr_exchanged, 0);
}

static void round_trip(bool exchange)
{
	uint64_t m = mfn_of(page);

	state = WRITE;
	wait_for(WRITTEN);
	EXPECT(CALL3(update_va_mapping, page, 0, UVMF_NONE), 0);
	if (exchange)
		fail_to_exchange(m);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, m), 0);
	state = AGAIN;
	wait_for(TRIED);
	EXPECT(map(view, m << 12 | PTE_READONLY), 0);
	CHECK(view[0] == 0x10, "a page table was written to: %lx", view[0]);
	CHECK(vector == TRAP_PF, "a write to what is not mapped any more: trap %d", vector);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, m), 0);
	EXPECT(make_writable(view), 0);
	EXPECT(make_writable(page), 0);
}

void test_main(void)
{
	start_vcpu(1, writer, NULL);
	for (unsigned i = 0; i < ROUNDS; i++)
		round_trip(i % 2);
	state = END;
	join_vcpu(1);
}
