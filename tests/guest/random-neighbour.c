/* random-neighbour.c - one vcpu of a domain makes calls at random, and another one of the same domain goes on with its work
 *
 * Mechanism: vcpus of a domain share memory, ports, grants and locks, and each has registers, roots and parked work of its own.
 * Promise: I1 to I15: what a vcpu asks for about its own things changes nothing of its sibling's, however it interleaves with what
 * the sibling asks for; no call of one makes a call of the other fail, or stop.
 * Probe: partners of two vcpus. The second one plays in a playground of the domain's (runtime/playground.h), with all calls that are
 * about that or about itself; the first one does work that checks itself. What one vcpu may do to another on purpose is left out:
 * to stop it, to take its tables or its event channels away.
 *
 * ARGS='seed=N domains=N' does the same again; the seed of each domain is in the log.
 */
#include "runtime/innocent.h"
#include "runtime/playground.h"

const char test_title[] = "random calls beside work of the same domain";
TEST_CPUS(2);
TEST_SECONDS(300);

#define DOMAINS	   6
#define CALLS	   6000
#define PATIENCE   30000000000 /* ns without a call, or without work */
#define FIRST_PORT 700	       /* of the sibling's: more than random calls know of */

enum { DONE, SEED, PASSES };

/* ---- calls that are not a neighbour's -------------------------------------------------------------------------------------- */

/* An array of `count` structures, wholly in the room. */
static bool in_room(uint64_t at, uint64_t count, size_t size, const uint8_t *room)
{
	uint64_t offset = at - (uint64_t)room;

	return at >= (uint64_t)room && offset < WILD_ROOM && count < WILD_ROOM / size &&
	       offset + count * size <= WILD_ROOM;
}

/* The image, its tables and its stacks, but the playground. */
static bool is_siblings(uint64_t mfn)
{
	const uint64_t *mine = (const uint64_t *)start_info->mfn_list;

	for (unsigned i = 0; i < PARTNER_PAGES; i++)
		if (mine[i] == mfn)
			return i - (((uint64_t)play_pages - GUEST_BASE) >> 12) >= PLAY_PAGES;
	return false;
}

/* The entries that map the playground are in the same table as those that map the rest. */
static bool good_updates(const struct mmu_update *u, uint64_t count)
{
	const uint64_t *mine = (const uint64_t *)start_info->mfn_list;
	uint64_t first = ((uint64_t)play_pages >> 12) & 511;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t mfn = u[i].ptr >> 12, index = u[i].ptr >> 3 & 511;
		bool plays = mfn == mine[PARTNER_PAGES - 1] && index - first < PLAY_PAGES &&
			     (u[i].ptr & 3) != MMU_MACHPHYS_UPDATE;

		if (!plays && is_siblings(mfn))
			return false;
	}
	return true;
}

/* Another root is the vcpu's own business, but where it ends the domain ends with it. */
static bool good_extended(const struct mmuext_op *op, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (op[i].cmd == MMUEXT_NEW_BASEPTR || is_siblings(op[i].arg1.mfn))
			return false;
	return true;
}

static bool good_ports(uint64_t op)
{
	return op != EVTCHNOP_reset && op != EVTCHNOP_init_control && op != EVTCHNOP_expand_array;
}

/* What comes back is written into the lists: they must end before other memory begins. */
static bool good_reservations(const struct xen_memory_exchange *x)
{
	return x->in.nr_extents <= 16 && x->in.extent_order <= 1 && x->out.nr_extents <= 16;
}

static bool neighbourly(const struct wild_call *c, const uint8_t *room);

static bool all_neighbourly(const struct wild_call *c, const uint8_t *room)
{
	const multicall_entry_t *list = (const multicall_entry_t *)c->arg[0];

	if (!in_room(c->arg[0], c->arg[1], sizeof(*list), room))
		return false;
	for (uint64_t i = 0; i < c->arg[1]; i++) {
		struct wild_call one = {.nr = list[i].op};

		memcpy(one.arg, list[i].args, sizeof(one.arg));
		if (one.nr == __HYPERVISOR_multicall || !neighbourly(&one, room))
			return false;
	}
	return true;
}

static bool neighbourly(const struct wild_call *c, const uint8_t *room)
{
	switch (c->nr) {
	case __HYPERVISOR_mmu_update:
		return in_room(c->arg[0], c->arg[1], sizeof(struct mmu_update), room) &&
		       good_updates((const struct mmu_update *)c->arg[0], c->arg[1]);
	case __HYPERVISOR_mmuext_op:
		return in_room(c->arg[0], c->arg[1], sizeof(struct mmuext_op), room) &&
		       good_extended((const struct mmuext_op *)c->arg[0], c->arg[1]);
	case __HYPERVISOR_grant_table_op:
		return in_room(c->arg[1], (uint32_t)c->arg[2], 64, room);
	case __HYPERVISOR_memory_op:
		return in_room(c->arg[1], 1, sizeof(struct xen_memory_exchange), room) &&
		       good_reservations((const struct xen_memory_exchange *)c->arg[1]);
	case __HYPERVISOR_update_descriptor:
		return !is_siblings(c->arg[0] >> 12);
	case __HYPERVISOR_event_channel_op:
		return good_ports(c->arg[0]);
	case __HYPERVISOR_sched_op:
		return c->arg[0] == SCHEDOP_yield;
	case __HYPERVISOR_multicall:
		return all_neighbourly(c, room);
	default:
		return true;
	}
}

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
