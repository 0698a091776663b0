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

/* What will be said of its end, whatever its end is. */
static void says_before(struct area *a)
{
	struct sched_shutdown code = {SHUTDOWN_reboot};

	EXPECT(CALL2(sched_op, SCHEDOP_shutdown_code, &code), 0);
	crashes(a);
}

/* A watchdog of a second that is served for two, and then no more; and one that is stopped before it fires. */
static void is_watched(struct area *a)
{
	struct sched_watchdog w = {.timeout = 1}, other = {.timeout = 1}, third = {.timeout = 1};
	uint64_t begun = now();

	w.id = (uint32_t)CALL2(sched_op, SCHEDOP_watchdog, &w);
	CHECK(w.id == 1 || w.id == 2, "the watchdog is number %d", (int)w.id);
	other.id = (uint32_t)CALL2(sched_op, SCHEDOP_watchdog, &other);
	CHECK(other.id == 3 - w.id, "the other watchdog is number %d", (int)other.id);
	EXPECT(CALL2(sched_op, SCHEDOP_watchdog, &third), -XEN_ENOSPC);
	third.id = 3;
	EXPECT(CALL2(sched_op, SCHEDOP_watchdog, &third), -XEN_EINVAL);
	other.timeout = 0;
	EXPECT(CALL2(sched_op, SCHEDOP_watchdog, &other), 0);
	EXPECT(CALL2(sched_op, SCHEDOP_watchdog, &other), -XEN_EINVAL); /* it is nobody's now */
	while (now() < begun + 2000000000)
		EXPECT(CALL2(sched_op, SCHEDOP_watchdog, &w), 0);
	for (a->word[0] = 1;;)
		relax();
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

/* What Dom0 is told of how it ended, and how far it had come. */
static unsigned end_of(void (*role)(struct area *), uint64_t word)
{
	struct partner *p = partner_new(role, 1);
	unsigned code = 0;

	partner_go(p);
	while (partner_runs(p, &code))
		yield();
	CHECK(!p->area->done && !p->area->failures, "it should not have come to its end");
	CHECK(p->area->word[0] == word, "it has ended too early");
	partner_end(p);
	return code;
}

/* Dom0 ends it: its code is kept, and a second one changes nothing. */
static void ended_from_outside(void)
{
	struct partner *p = partner_new(never_ends, 1);
	struct sched_remote_shutdown r = {.domain_id = p->id, .reason = SHUTDOWN_suspend};
	unsigned code = 0;

	partner_go(p);
	EXPECT(CALL2(sched_op, SCHEDOP_remote_shutdown, &r), 0);
	r.reason = SHUTDOWN_crash;
	EXPECT(CALL2(sched_op, SCHEDOP_remote_shutdown, &r), 0);
	CHECK(!partner_runs(p, &code) && code == SHUTDOWN_suspend, "it has ended with %u", code);
	r.reason = 99;
	EXPECT(CALL2(sched_op, SCHEDOP_remote_shutdown, &r), -XEN_EINVAL);
	partner_end(p);
	r = (struct sched_remote_shutdown){.domain_id = 0x7000, .reason = SHUTDOWN_crash};
	EXPECT(CALL2(sched_op, SCHEDOP_remote_shutdown, &r), -XEN_ESRCH);
}

void test_main(void)
{
	struct partner *p;
	uint64_t before;
	unsigned code = 0;

	/* What is allocated for the first domain ever, and for the first watchdog, stays. */
	CHECK((code = end_of(is_watched, 1)) == SHUTDOWN_watchdog, "a watchdog's end is told as %u", code);
	before = free_pages();
	p = partner_new(works, 3);
	p->area->word[1] = 14;
	partner_go(p);
	partner_wait(p);
	CHECK(p->area->word[0] == 42, "it has not worked: %lu", p->area->word[0]);
	partner_end(p);
	CHECK(free_pages() == before, "%ld pages are missing", (long)(before - free_pages()));

	CHECK((code = end_of(crashes, 0)) == SHUTDOWN_crash, "a crash is told as %u", code);
	CHECK((code = end_of(says_before, 0)) == SHUTDOWN_reboot, "the code that was given before is told as %u", code);
	CHECK(free_pages() == before, "%ld pages are missing after these ends", (long)(before - free_pages()));

	ended_from_outside();
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
