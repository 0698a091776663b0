/* random-neighbour.c - one vcpu of a domain makes calls at random, and another one of the same domain goes on with its work
 *
 * Mechanism: vcpus of a domain share memory, ports, grants and locks, and each has registers, roots and parked work of its own.
 * Promise: I1 to I15: what a vcpu asks for about its own things changes nothing of its sibling's, however it interleaves with what
 * the sibling asks for; no call of one makes a call of the other fail, or stop.
 * Probe: partners of two vcpus. The second one plays in a playground of the domain's (runtime/playground.h), with all calls that are
 * about that or about itself (runtime/neighbourly.h); the first one does work that checks itself.
 *
 * ARGS='seed=N domains=N' does the same again; the seed of each domain is in the log.
 */
#include "runtime/innocent.h"
#include "runtime/neighbourly.h"
#include "runtime/playground.h"

const char test_title[] = "random calls beside work of the same domain";
TEST_CPUS(2);
TEST_SECONDS(300);

#define DOMAINS	   6
#define CALLS	   6000
#define PATIENCE   30000000000 /* ns without a call, or without work */
#define FIRST_PORT 700	       /* of the sibling's: more than random calls know of */

enum { DONE, SEED, PASSES };

/* ---- the partner ----------------------------------------------------------------------------------------------------------- */

static void be_wild(void *area)
{
	struct area *a = area;
	struct game g = {.seed = a->word[SEED],
			 .wanted = CALLS,
			 .done = &a->word[DONE],
			 .allowed = neighbourly,
			 .foreign = {0x200, 0x201, 1, 0x7ffff}};

	play(&g);
}

static void two_of_them(struct area *a)
{
	play_prepare();
	innocent_begin(FIRST_PORT);
	start_vcpu(1, be_wild, a);
	for (uint64_t pass = 1; a->word[DONE] < CALLS; pass++) {
		innocent_pass(pass);
		a->word[PASSES] = pass;
	}
	join_vcpu(1);
}

/* False: one of the two has made no progress for too long. */
static bool goes_on(const struct area *a)
{
	static uint64_t last[2], since[2];
	bool well = true;

	for (unsigned i = 0; i < 2; i++) {
		uint64_t n = a->word[i ? PASSES : DONE];

		if (n != last[i] || !n)
			since[i] = now();
		last[i] = n;
		well &= now() - since[i] < PATIENCE;
	}
	return well;
}

void test_main(void)
{
	uint64_t seed = option("seed", 20260201), domains = option("domains", DOMAINS), before = 0, passes = 0,
		 calls = 0;

	for (uint64_t i = 0; i <= domains; i++, seed++) {
		struct partner *p = partner_new(two_of_them, 2);
		bool well = true;
		unsigned code;

		say("seed %lu", seed);
		p->area->word[SEED] = seed;
		partner_go(p);
		while (partner_runs(p, &code) && (well = goes_on(p->area)))
			nap(1000000);
		CHECK(well, "seed %lu: it stands still after %lu calls, %lu passes", seed, p->area->word[DONE],
		      p->area->word[PASSES]);
		if (well)
			partner_wait(p);
		passes += p->area->word[PASSES];
		calls += p->area->word[DONE];
		partner_end(p);
		if (!i)
			before = free_pages(); /* what is allocated once and stays */
	}
	CHECK(before - free_pages() <= 14, "%ld pages are missing", (long)(before - free_pages()));
	say("%lu calls, beside them %lu passes of work", calls, passes);
	NEED(passes > domains, "that is too little work");
}
