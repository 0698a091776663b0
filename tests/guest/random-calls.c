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
#include "runtime/guest.h"
#include "runtime/wild.h"

const char test_title[] = "hypercalls at random";
TEST_CPUS(2);
TEST_SECONDS(600);

#define CALLS	  1000000
#define EACH	  10000	     /* calls of one domain, if it lives so long */
#define PATIENCE  500000000  /* ns without a call */
#define PLAY	  64
#define GRANTS	  48
#define HEAP_KEEPS 14	     /* pages: an empty one for each size of its objects, from their first use on */
#define OURS	  4	     /* ports and grants of Dom0's, for each hostile domain */

/* area->word */
enum { DONE, SEED, WANTED, OTHERS, FOREIGN = OTHERS + 4, VCPUS = FOREIGN + 4, STOP, PASSES = DONE };

static table_t play[PLAY], entries, window, innocent_pages[8];
static uint8_t rooms[2][WILD_ROOM] __attribute__((aligned(4096)));
static struct area *mine;

/* ---- the hostile one ----------------------------------------------------------------------------------------------- */

static bool ignore_events(struct trap_frame *f)
{
	if (f->vector != TRAP_EVENT && f->vector != TRAP_NMI)
		return false;
	my_info->evtchn_upcall_pending = 0;
	return true;
}

static void make_call(void *call)
{
	const struct wild_call *c = call;

	(void)hypercall(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3]);
}

static void write_words(void *wild)
{
	struct wild *w = wild;
	volatile uint64_t *page = play[wild_below(w, PLAY)];

	for (unsigned i = 0; i < 8; i++)
		page[wild_below(w, 512)] = wild_entry(w);
}

static void write_grants(struct wild *w)
{
	volatile struct grant_entry_v1 *e = (volatile struct grant_entry_v1 *)entries;

	for (unsigned i = 0; i < 4; i++) {
		unsigned ref = wild_below(w, GRANTS);

		e[ref].frame = (uint32_t)mfn_of(play[wild_below(w, PLAY)]);
		e[ref].domid = w->domain[wild_below(w, ARRAY_SIZE(w->domain))];
		e[ref].flags = (uint16_t)(wild_below(w, 8) ? GTF_permit_access | (wild_below(w, 3) ? 0 : GTF_readonly)
						    : wild_random(w));
	}
}

static void be_wild(void *room)
{
	struct wild w = {
		.state = mine->word[SEED] + 0x9e3779b97f4a7c15UL * (1 + my_vcpu()),
		.mfn = (const uint64_t *)start_info->mfn_list,
		.pages = PARTNER_PAGES,
		.base = GUEST_BASE,
		.play = (uint32_t)(((uint64_t)play - GUEST_BASE) >> 12),
		.play_pages = PLAY,
		.l1 = (uint32_t)((start_info->pt_base - GUEST_BASE) >> 12) + 3,
		.room = room,
		.deadly = 300,
	};
	struct wild_call c;

	for (unsigned i = 0; i < 4; i++) {
		w.domain[i] = (uint16_t)mine->word[OTHERS + i];
		w.foreign[i] = mine->word[FOREIGN + i];
	}
	while (mine->word[DONE] < mine->word[WANTED]) {
		if (!wild_below(&w, 8))
			(void)attempt(write_words, &w);
		if (!wild_below(&w, 8))
			write_grants(&w);
		c = wild_next(&w);
		(void)attempt(make_call, &c);
		__atomic_add_fetch(&mine->word[DONE], 1, __ATOMIC_RELAXED);
	}
}

/* Some of the playground are tables, as a guest has them: four of level 1, under two of level 2, and so on. */
static void make_tables(void)
{
	static const uint8_t level[] = { 1, 1, 1, 1, 2, 2, 3, 3, 4, 4 };

	for (unsigned i = 0; i < ARRAY_SIZE(level); i++) {
		if (level[i] == 1)
			for (unsigned k = 0; k < 32; k++)
				play[i][k * 5] = mfn_of(play[16 + k]) << 12 | (k & 1 ? PTE_PLAIN : PTE_READONLY);
		else if (level[i] == 4)
			memcpy(play[i], (void *)start_info->pt_base, 4096);
		if (level[i] > 1)
			for (unsigned k = 0; k < i; k++)
				if (level[k] == level[i] - 1)
					play[i][k * 3] = mfn_of(play[k]) << 12 | PTE_PLAIN;
		(void)make_readonly(play[i]);
		(void)mmuext(MMUEXT_PIN_L1_TABLE + level[i] - 1u, mfn_of(play[i]));
	}
}

static void hostile(struct area *a)
{
	uint64_t frame = 0;
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1, .frame_list = &frame };

	mine = a;
	on_trap = ignore_events;
	NEED(!CALL3(grant_table_op, GNTTABOP_setup_table, &s, 1) && !s.status, "no grant table");
	NEED(!map(entries, frame << 12 | PTE_PLAIN), "the grant table cannot be mapped");
	make_tables();
	if (a->word[VCPUS] > 1)
		start_vcpu(1, be_wild, rooms[1]);
	be_wild(rooms[0]);
}

/* ---- the innocent one ------------------------------------------------------------------------------------------------ */

static void check_memory(uint64_t pass)
{
	uint64_t frames[ARRAY_SIZE(innocent_pages)];

	for (unsigned p = 0; p < ARRAY_SIZE(innocent_pages); p++)
		for (unsigned i = 0; i < 512; i++)
			innocent_pages[p][i] = pass * 0x10001 + p * 512 + i;
	/* Each page's frame moves on by one. */
	for (unsigned p = 0; p < ARRAY_SIZE(innocent_pages); p++)
		frames[p] = *entry_of(innocent_pages[p], 1);
	for (unsigned p = 0; p < ARRAY_SIZE(innocent_pages); p++)
		EXPECT(map(innocent_pages[p], frames[(p + 1) % ARRAY_SIZE(innocent_pages)]), 0);
	for (unsigned p = 0; p < ARRAY_SIZE(innocent_pages); p++)
		for (unsigned i = 0; i < 512; i++)
			if (innocent_pages[p][i] != pass * 0x10001 + (p + 1) % ARRAY_SIZE(innocent_pages) * 512 + i) {
				failure("pass %lu: page %u, word %u is %lx", pass, p, i, innocent_pages[p][i]);
				return;
			}
}

static void check_table(void)
{
	uint64_t mfn = *entry_of(innocent_pages[0], 1) >> 12 & 0xffffffffff;

	memset(innocent_pages[0], 0, 4096);
	innocent_pages[0][7] = mfn_of(innocent_pages[1]) << 12 | PTE_READONLY;
	EXPECT(map(innocent_pages[0], mfn << 12 | PTE_READONLY), 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn), 0);
	CHECK((innocent_pages[0][7] >> 12 & 0xffffffffff) == mfn_of(innocent_pages[1]), "a page table has changed");
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	EXPECT(map(innocent_pages[0], mfn << 12 | PTE_PLAIN), 0);
}

static void check_event(uint32_t port)
{
	uint64_t bit = BIT(port % 64), was;
	struct evtchn_send s = { port };

	EXPECT(CALL2(event_channel_op, EVTCHNOP_send, &s), 0);
	was = __atomic_fetch_and(&shared->evtchn_pending[port / 64], ~bit, __ATOMIC_SEQ_CST);
	CHECK(was & bit, "an event is lost");
	CHECK(!(was & ~bit), "events that nobody sent: %lx", was);
}

static void check_registers(uint64_t pass)
{
	uint64_t fs = GUEST_BASE + (pass & 0xfff), xmm;
	uint32_t low, high;

	EXPECT(CALL2(set_segment_base, SEGBASE_FS, fs), 0);
	EXPECT(CALL2(set_debugreg, 1, GUEST_BASE + (pass & 0xff0)), 0);
	__asm__ volatile("movq %0, %%xmm5; movq %0, %%xmm15" ::"r"(pass));
	yield();
	__asm__ volatile("movq %%xmm5, %0" : "=r"(xmm));
	CHECK(xmm == pass, "xmm5 is %lx, was %lx", xmm, pass);
	__asm__ volatile("movq %%xmm15, %0" : "=r"(xmm));
	CHECK(xmm == pass, "xmm15 is %lx, was %lx", xmm, pass);
	EXPECT(CALL1(get_debugreg, 1), (long)(GUEST_BASE + (pass & 0xff0)));
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0xc0000100));
	CHECK(((uint64_t)high << 32 | low) == fs, "FS base is %x%08x", high, low);
}

static void innocent(struct area *a)
{
	struct evtchn_bind_ipi ipi = { .vcpu = 0 };
	uint64_t last = now(), t;

	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_ipi, &ipi), 0);
	for (uint64_t pass = 1; !a->word[STOP]; pass++) {
		check_memory(pass);
		check_table();
		check_event(ipi.port);
		check_registers(pass);
		t = now();
		CHECK(t >= last, "time went backwards");
		last = t;
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
		struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = id };

		EXPECT(CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &a), 0);
		ports[i] = a.port;
		our_grant(i)->domid = id;
		our_grant(i)->frame = (uint32_t)mfn_of(play[i]);
		our_grant(i)->flags = GTF_permit_access | (i & 1 ? GTF_readonly : 0);
	}
}

static void take_back(const uint32_t ports[OURS])
{
	for (unsigned i = 0; i < OURS; i++) {
		struct evtchn_close c = { ports[i] };

		EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &c), 0);
		CHECK(!(our_grant(i)->flags & (GTF_reading | GTF_writing)), "grant %u is still in use: %#x", i,
		      our_grant(i)->flags);
		our_grant(i)->flags = 0;
	}
}

/* As a back end does: map what it grants, look, let go. */
static void use_its_grants(struct wild *w, uint16_t id)
{
	struct gnttab_map_grant_ref m = { .host_addr = (uint64_t)window, .dom = id, .ref = wild_below(w, GRANTS),
					  .flags = GNTMAP_host_map | (wild_below(w, 2) ? GNTMAP_readonly : 0) };
	struct gnttab_unmap_grant_ref u = { .host_addr = (uint64_t)window };
	struct gnttab_copy c = { .source = { .u.ref = wild_below(w, GRANTS), .domid = id }, .len = 4096,
				 .dest = { .u.gmfn = mfn_of(play[8]), .domid = DOMID_SELF }, .flags = GNTCOPY_source_gref };
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
	struct wild w = { .state = seed };
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
		p->area->word[FOREIGN + i] = i < 2 ? mfn_of(play[i]) : other ? other->mfn[i * 16] : mfn_of(window);
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
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1, .frame_list = &frame };

	NEED(!CALL3(grant_table_op, GNTTABOP_setup_table, &s, 1) && !s.status, "no grant table: %d", s.status);
	NEED(!map(entries, frame << 12 | PTE_PLAIN), "the grant table cannot be mapped");
	make_writable(window);
}

void test_main(void)
{
	uint64_t seed = option("seed", 20260101), wanted = option("calls", CALLS), calls = 0, before, kept, passes, start = now();
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
			failure("domain %u, seed %lu: %ld pages are missing", domains, seed, (long)(before - free_pages()));
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
	say("%lu calls by %u domains, last seed %lu, in %lu ms; the innocent one did its work %lu times; %ld pages kept", calls,
	    domains, seed - 1, (now() - start) / 1000000, passes, (long)kept);
}
