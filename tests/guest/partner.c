/* partner.c - a domain is made, talks, works, ends, and nothing of it is left
 *
 * Mechanism: createdomain, max_vcpus, populate_physmap, foreign mappings, setvcpucontext; shutdown; destroydomain.
 * Promise: I17: after its end free memory is what it was before it was made; a domain that Dom0 has not destroyed yet can be
 * told by how it ended: powered off, or crashed.
 * Probe: domains that do a sum, that crash, that never end, and that have several vcpus, in turn.
 */
#include "runtime/guest.h"

const char test_title[] = "a domain beside the other";
TEST_CPUS(2);
TEST_SECONDS(60);

static unsigned others;

static void count(void *none)
{
	(void)none;
	__atomic_add_fetch(&others, 1, __ATOMIC_SEQ_CST);
}

static void works(struct area *a)
{
	CHECK(!is_dom0() && vcpu0 != NULL, "it takes itself for Dom0");
	EXPECT(CALL3(console_io, CONSOLEIO_write, 1, "x"), -XEN_EPERM);
	REFUSED(CALL1(domctl, a));
	for (unsigned id = 1; id < 3; id++)
		start_vcpu(id, count, NULL);
	for (unsigned id = 1; id < 3; id++)
		join_vcpu(id);
	CHECK(others == 2, "%u other vcpus ran", others);
	a->word[0] = a->word[1] * 3;
}

static void crashes(struct area *a)
{
	(void)a;
	EXPECT(CALL3(set_callbacks, 0, 0, 0), 0);
	EXPECT(CALL1(set_trap_table, NULL), 0);
	__asm__ volatile("ud2");
}

static void never_ends(struct area *a)
{
	for (;;)
		a->word[0]++;
}

/* Frames that are nobody's for a moment would be missed at its end. */
static void exchange_its_frames(struct partner *p)
{
	uint64_t frame = p->mfn[400], pfn = 400;
	struct xen_memory_exchange x = {
		.in = {.extent_start = &frame, .nr_extents = 1, .domid = p->id},
		.out = {.extent_start = &pfn, .nr_extents = 1, .domid = p->id},
	};

	EXPECT(CALL2(memory_op, XENMEM_exchange, &x), -XEN_EPERM);
}

void test_main(void)
{
	struct partner *p;
	uint64_t before;
	unsigned code = 0;

	partner_end(partner_new(never_ends, 1)); /* what is allocated for the first domain ever stays */
	before = free_pages();
	p = partner_new(works, 3);
	p->area->word[1] = 14;
	partner_go(p);
	partner_wait(p);
	CHECK(p->area->word[0] == 42, "it has not worked: %lu", p->area->word[0]);
	partner_end(p);
	CHECK(free_pages() == before, "%ld pages are missing", (long)(before - free_pages()));

	p = partner_new(crashes, 1);
	partner_go(p);
	while (partner_runs(p, &code))
		yield();
	CHECK(code == SHUTDOWN_crash && !p->area->done, "a crash is told as %u", code);
	partner_end(p);
	CHECK(free_pages() == before, "%ld pages are missing after a crash", (long)(before - free_pages()));

	for (unsigned i = 0; i < 5; i++) {
		p = partner_new(never_ends, 2);
		partner_go(p);
		while (p->area->word[0] < 10000 && partner_runs(p, &code))
			yield();
		CHECK(p->area->word[0] >= 10000, "it has not run");
		exchange_its_frames(p);
		partner_end(p);
		CHECK(free_pages() == before, "%ld pages are missing after its killing", (long)(before - free_pages()));
	}
}
