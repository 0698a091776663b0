/* random-calls.c - a domain that makes hypercalls at random does no harm to anybody but itself
 *
 * Mechanism: everything that a guest can ask for is asked for, in any order, with arguments that mostly make sense (runtime/wild.c).
 * Promise: I1 to I17 all at once: no call of an unprivileged domain stops or crashes the hypervisor, or changes what is another
 * domain's; and when the domain has been destroyed, nothing is missing: no memory, no port, no grant.
 * Probe: hostile domains, one after another, each with a seed of its own, on one or two vcpus that share a playground; an
 * innocent one, which checks all it does; and Dom0, which has to do with the hostile one as a back end has: ports and grants in both directions.
 *
 * ARGS='seed=N calls=N' makes the same calls again; the seed of each domain is in the log.
 */
#include "runtime/innocent.h"
#include "runtime/playground.h"

const char test_title[] = "hypercalls at random";
TEST_CPUS(2);
TEST_SECONDS(600);

#define CALLS	   1000000
#define EACH	   10000     /* calls of one domain, if it lives so long */
#define PATIENCE   500000000 /* ns without a call */
#define HEAP_KEEPS 14	     /* pages: an empty one for each size of its objects, from their first use on */
#define OURS	   4	     /* ports and grants of Dom0's, for each hostile domain */

/* area->word */
enum { DONE, SEED, WANTED, OTHERS, FOREIGN = OTHERS + 4, VCPUS = FOREIGN + 4, STOP, PASSES = DONE };

static table_t entries, window;

/* ---- the hostile one ----------------------------------------------------------------------------------------------- */

static void be_wild(void *area)
{
	struct area *a = area;
	struct game g = {.seed = a->word[SEED], .wanted = a->word[WANTED], .done = &a->word[DONE], .deadly = 300};

	for (unsigned i = 0; i < 4; i++) {
		g.domain[i] = (uint16_t)a->word[OTHERS + i];
		g.foreign[i] = a->word[FOREIGN + i];
	}
	play(&g);
}

static void hostile(struct area *a)
{
	play_prepare();
	if (a->word[VCPUS] > 1)
		start_vcpu(1, be_wild, a);
	be_wild(a);
}

/* ---- the innocent one ------------------------------------------------------------------------------------------------ */

static void innocent(struct area *a)
{
	innocent_begin(1);
	for (uint64_t pass = 1; !a->word[STOP]; pass++) {
		innocent_pass(pass);
		a->word[PASSES] = pass;
		nap(500000);
	}
}

/* ---- Dom0 ------------------------------------------------------------------------------------------------------------ */

static volatile struct grant_entry_v1 *our_grant(unsigned i)
{
	return (volatile struct grant_entry_v1 *)entries + 16 + i;
}

static void offer(uint16_t id, uint32_t ports[OURS])
{
	for (unsigned i = 0; i < OURS; i++) {
		struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = id};

		EXPECT(CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &a), 0);
		ports[i] = a.port;
		our_grant(i)->domid = id;
		our_grant(i)->frame = (uint32_t)mfn_of(play_pages[i]);
		our_grant(i)->flags = GTF_permit_access | (i & 1 ? GTF_readonly : 0);
	}
}

static void take_back(const uint32_t ports[OURS])
{
	for (unsigned i = 0; i < OURS; i++) {
		struct evtchn_close c = {ports[i]};

		EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &c), 0);
		CHECK(!(our_grant(i)->flags & (GTF_reading | GTF_writing)), "grant %u is still in use: %#x", i,
		      our_grant(i)->flags);
		our_grant(i)->flags = 0;
	}
}

/* As a back end does: map what it grants, look, let go. */
static void use_its_grants(struct wild *w, uint16_t id)
{
	struct gnttab_map_grant_ref m = {.host_addr = (uint64_t)window,
					 .dom = id,
					 .ref = wild_below(w, PLAY_GRANTS),
					 .flags = GNTMAP_host_map | (wild_below(w, 2) ? GNTMAP_readonly : 0)};
	struct gnttab_unmap_grant_ref u = {.host_addr = (uint64_t)window};
	struct gnttab_copy c = {.source = {.u.ref = wild_below(w, PLAY_GRANTS), .domid = id},
				.len = 4096,
				.dest = {.u.gmfn = mfn_of(play_pages[8]), .domid = DOMID_SELF},
				.flags = GNTCOPY_source_gref};
	static uint64_t sum;

	EXPECT(CALL3(grant_table_op, GNTTABOP_copy, &c, 1), 0);
	EXPECT(CALL3(grant_table_op, GNTTABOP_map_grant_ref, &m, 1), 0);
	if (m.status)
		return;
	for (unsigned i = 0; i < 512; i += 64)
		sum += ((volatile uint64_t *)window)[i];
	u.handle = m.handle;
	EXPECT(CALL3(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1), 0);
	CHECK(!u.status, "unmap: %d", u.status);
}

/* One hostile domain's life. Returns how many calls it has made. */
static uint64_t one_domain(uint64_t seed, uint64_t calls, unsigned vcpus, const struct partner *other)
{
	struct wild w = {.state = seed};
	struct partner *p = partner_new(hostile, vcpus);
	uint64_t done = 0, last = now();
	uint32_t ports[OURS];
	unsigned code;

	p->hostile = true;
	p->area->word[SEED] = seed;
	p->area->word[WANTED] = calls;
	p->area->word[VCPUS] = vcpus;
	p->area->word[OTHERS] = p->area->word[OTHERS + 1] = 0;
	p->area->word[OTHERS + 2] = p->id;
	p->area->word[OTHERS + 3] = other ? other->id : 0;
	for (unsigned i = 0; i < 4; i++)
		p->area->word[FOREIGN + i] = i < 2   ? mfn_of(play_pages[i])
					     : other ? other->mfn[i * 16]
						     : mfn_of(window);
	offer(p->id, ports);
	partner_go(p);
	while (partner_runs(p, &code) && now() - last < PATIENCE) {
		if (p->area->word[DONE] != done)
			last = now();
		done = p->area->word[DONE];
		use_its_grants(&w, p->id);
		nap(300000);
	}
	done = MIN(p->area->word[DONE], calls);
	partner_end(p);
	p->hostile = false;
	take_back(ports);
	return done;
}

static void set_up(void)
{
	uint64_t frame = 0;
	struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = 1, .frame_list = &frame};

	NEED(!CALL3(grant_table_op, GNTTABOP_setup_table, &s, 1) && !s.status, "no grant table: %d", s.status);
	NEED(!map(entries, frame << 12 | PTE_PLAIN), "the grant table cannot be mapped");
	make_writable(window);
}

void test_main(void)
{
	uint64_t seed = option("seed", 20260101), wanted = option("calls", CALLS), calls = 0, before, kept, passes,
		 start = now();
	unsigned domains = 0, code;
	struct partner *other;

	set_up();
	(void)one_domain(seed ^ 1, 1000, 2, NULL); /* what is allocated once and stays */
	other = partner_new(innocent, 1);
	partner_go(other);
	while (!other->area->word[PASSES] && partner_runs(other, &code))
		nap(1000000);
	before = free_pages();
	while (calls < wanted) {
		say("seed %lu: %lu calls by %u domains", seed, calls, domains);
		passes = other->area->word[PASSES];
		calls += one_domain(seed, MIN(wanted - calls, (uint64_t)EACH), 1 + domains % 2, other);
		if (before - free_pages() > HEAP_KEEPS) {
			failure("domain %u, seed %lu: %ld pages are missing", domains, seed,
				(long)(before - free_pages()));
			before = free_pages();
		}
		for (uint64_t until = now() + 10000000000; other->area->word[PASSES] == passes && now() < until;)
			nap(1000000);
		CHECK(other->area->word[PASSES] > passes, "the innocent domain stands still");
		if (other->area->failures)
			break;
		seed++;
		domains++;
	}
	other->area->word[STOP] = 1;
	partner_wait(other);
	passes = other->area->word[PASSES];
	kept = before - free_pages();
	partner_end(other);
	say("%lu calls by %u domains, last seed %lu, in %lu ms; the innocent one did its work %lu times; %ld pages "
	    "kept",
	    calls, domains, seed - 1, (now() - start) / 1000000, passes, (long)kept);
}
