/* leftovers.c - a vcpu that is gone leaves nothing on its CPU
 *
 * Mechanism: a vcpu's state stays in an idle CPU until another one is loaded there, or until the vcpu is destroyed or moves away.
 * Promise: I12: whoever runs there next finds neither its breakpoints nor its registers.
 * Probe: partners on the second CPU, where nobody else runs, with a breakpoint on code of ours; they are destroyed while they run,
 * while they sleep, and having shut down; then a vcpu of our own begins there and comes to that code.
 */
#include "runtime/guest.h"

const char test_title[] = "what a vcpu that is gone leaves on its CPU";
TEST_CPUS(2);
TEST_SECONDS(60);

enum { READY, HOW };
enum { RUNS, SLEEPS, SHUTS_DOWN, WAYS };

static volatile unsigned breaks, came, wrong;

static bool count_breaks(struct trap_frame *f)
{
	if (f->vector != TRAP_DB)
		return false;
	breaks++;
	EXPECT(CALL2(set_debugreg, 7, 0), 0);
	return true;
}

/* At the same address in both domains. */
static __attribute__((noinline)) void marked(void)
{
	__asm__ volatile("nop");
}

static void with_breakpoint(struct area *a)
{
	uint64_t secret = 0x5ec2e75ec2e7;

	on_trap = count_breaks;
	__asm__ volatile("movq %0, %%xmm7" ::"r"(secret));
	EXPECT(CALL2(set_debugreg, 0, (uint64_t)marked), 0);
	EXPECT(CALL2(set_debugreg, 7, 3), 0);
	marked();
	CHECK(breaks == 1, "our own breakpoint fired %u times", breaks);
	EXPECT(CALL2(set_debugreg, 7, 3), 0);
	a->word[READY] = 1;
	if (a->word[HOW] == SLEEPS)
		for (;;)
			(void)CALL2(sched_op, SCHEDOP_block, NULL);
	while (a->word[HOW] == RUNS)
		relax();
}

static void come_to_marked(void *none)
{
	uint64_t xmm;

	(void)none;
	__asm__ volatile("movq %%xmm7, %0" : "=r"(xmm));
	wrong += xmm == 0x5ec2e75ec2e7;
	marked();
	came++;
}

void test_main(void)
{
	unsigned code;

	on_trap = count_breaks;
	pin_vcpu(0, 0, 0);
	for (unsigned round = 0; round < 4 * WAYS; round++) {
		struct partner *p = partner_new(with_breakpoint, 1);

		p->area->word[HOW] = round % WAYS;
		pin_vcpu(p->id, 0, 1);
		partner_go(p);
		while ((!p->area->word[READY] || round % WAYS == SHUTS_DOWN) && partner_runs(p, &code))
			yield();
		NEED(p->area->word[READY], "it has set no breakpoint");
		CHECK(!p->area->failures, "the partner's registers");
		nap(1000000);
		partner_end(p);
		start_vcpu(1, come_to_marked, NULL);
		if (!round)
			pin_vcpu(0, 1, 1);
		join_vcpu(1);
		CHECK(!breaks, "way %u: a breakpoint of a domain that is gone fired", round % WAYS);
		CHECK(!wrong, "way %u: its xmm7 is here", round % WAYS);
		breaks = wrong = 0;
	}
	CHECK(came == 4 * WAYS, "%u of %u times there", came, 4 * WAYS);
}
