/* test_runqueue.c - the scheduler's promises, on simulated CPUs: shares by weight, caps, affinity, nobody starves */
#include "core/runqueue.h"
#include "lib/errno.h"
#include "lib/types.h"
#include "unit.h"

#define MAX_CPUS  4
#define MAX_UNITS 12
#define MS	  UINT64_C(1000000)
#define SECOND	  (1000 * MS)

/* A machine of a few CPUs, as kern/sched.c drives it: each CPU asks again when its turn is over or when it is told to. */
static struct {
	struct runqueue queue[MAX_CPUS], *queues[MAX_CPUS];
	uint64_t until[MAX_CPUS];
	struct sched_group group[MAX_UNITS];
	struct sched_unit unit[MAX_UNITS];
	uint64_t ran[MAX_UNITS], waits_since[MAX_UNITS], longest_wait[MAX_UNITS];
	uint64_t wakes_at[MAX_UNITS]; /* a sleeper's alarm */
	uint64_t now;
	unsigned cpus, units;
} sim;

static void sim_init(unsigned cpus, unsigned units)
{
	memset(&sim, 0, sizeof(sim));
	sim.now = SECOND;
	sim.cpus = cpus;
	sim.units = units;
	for (unsigned c = 0; c < cpus; c++) {
		runqueue_init(&sim.queue[c], c);
		sim.queues[c] = &sim.queue[c];
		sim.until[c] = RUNQ_NEVER;
	}
	for (unsigned u = 0; u < units; u++) {
		sched_group_init(&sim.group[u]);
		sched_unit_init(&sim.unit[u], &sim.group[u], &sim.unit[u], u % cpus);
		sim.wakes_at[u] = RUNQ_NEVER;
	}
}

static unsigned index_of(const struct sched_unit *u)
{
	return (unsigned)(u - sim.unit);
}

static void sim_choose(unsigned c)
{
	struct runqueue *q = &sim.queue[c];
	struct sched_unit *before = q->running;

	for (unsigned other = 0; other < sim.cpus; other++) {
		if (other != c && runqueue_wants_pull(q, &sim.queue[other]))
			runqueue_pull(q, &sim.queue[other], sim.now);
	}
	struct sched_choice choice = runqueue_choose(q, sim.now);

	sim.until[c] = choice.unit ? MIN(choice.until, sim.now + RUNQ_BALANCE) : choice.until;
	for (unsigned u = 0; u < sim.units; u++) {
		struct sched_unit *unit = &sim.unit[u];

		if (unit->loaded && unit != choice.unit && unit->cpu == c)
			unit->loaded = false;
	}
	if (before && before != choice.unit)
		sim.waits_since[index_of(before)] = sim.now;
	if (choice.unit) {
		unsigned u = index_of(choice.unit);

		CU_ASSERT_TRUE_FATAL(choice.unit->affinity & BIT(c));
		CU_ASSERT_TRUE_FATAL(choice.until > sim.now);
		if (sim.waits_since[u] && choice.unit != before)
			sim.longest_wait[u] = MAX(sim.longest_wait[u], sim.now - sim.waits_since[u]);
	}
}

static void sim_wake(unsigned u)
{
	struct sched_unit *unit = &sim.unit[u];
	uint32_t cpu = runqueue_place(unit, sim.queues, BIT(sim.cpus) - 1);

	if (cpu != unit->cpu)
		runqueue_adopt(&sim.queue[cpu], unit);
	sim.waits_since[u] = sim.now;
	runqueue_catch_up(&sim.queue[cpu], sim.queues, BIT(sim.cpus) - 1);
	if (runqueue_wake(&sim.queue[cpu], unit, sim.now) || sim.queue[cpu].nr_waiting == 1)
		sim_choose(cpu);
}

static void sim_sleep(unsigned u, uint64_t wakes_at)
{
	struct sched_unit *unit = &sim.unit[u];

	sim.wakes_at[u] = wakes_at;
	sim.waits_since[u] = 0;
	if (runqueue_sleep(&sim.queue[unit->cpu], unit, sim.now))
		sim_choose(unit->cpu);
}

/* One step: to the next time at which something happens, or a millisecond. */
static void sim_step(uint64_t end)
{
	uint64_t next = MIN(sim.now + MS, end);

	for (unsigned c = 0; c < sim.cpus; c++)
		next = MIN(next, MAX(sim.until[c], sim.now + 1));
	for (unsigned u = 0; u < sim.units; u++)
		next = MIN(next, MAX(sim.wakes_at[u], sim.now + 1));
	for (unsigned c = 0; c < sim.cpus; c++) {
		if (sim.queue[c].running)
			sim.ran[index_of(sim.queue[c].running)] += next - sim.now;
	}
	sim.now = next;
	for (unsigned u = 0; u < sim.units; u++) {
		if (sim.wakes_at[u] <= sim.now) {
			sim.wakes_at[u] = RUNQ_NEVER;
			sim_wake(u);
		}
	}
	for (unsigned c = 0; c < sim.cpus; c++) {
		if (sim.until[c] <= sim.now || !sim.queue[c].running)
			sim_choose(c);
	}
}

static void sim_run(uint64_t time)
{
	uint64_t end = sim.now + time;

	while (sim.now < end)
		sim_step(end);
}

static void wake_all(void)
{
	for (unsigned u = 0; u < sim.units; u++)
		sim_wake(u);
}

/* In thousandths of one CPU. */
static unsigned share(unsigned u, uint64_t time)
{
	return (unsigned)(sim.ran[u] * 1000 / time);
}

#define ABOUT(value, wanted, slack) CU_ASSERT_TRUE((value) + (slack) >= (wanted) && (value) <= (wanted) + (slack))

TEST(equal_weights_share_a_cpu_equally)
{
	sim_init(1, 3);
	wake_all();
	sim_run(10 * SECOND);
	for (unsigned u = 0; u < 3; u++)
		ABOUT(share(u, 10 * SECOND), 333, 5);
}

TEST(weights_are_shares)
{
	sim_init(1, 3);
	CU_ASSERT_EQUAL(sched_group_set(&sim.group[0], 128, 0, 0), 0);
	CU_ASSERT_EQUAL(sched_group_set(&sim.group[1], 256, 0, 0), 0);
	CU_ASSERT_EQUAL(sched_group_set(&sim.group[2], 512, 0, 0), 0);
	wake_all();
	sim_run(20 * SECOND);
	ABOUT(share(0, 20 * SECOND), 143, 5);
	ABOUT(share(1, 20 * SECOND), 286, 5);
	ABOUT(share(2, 20 * SECOND), 571, 5);
}

TEST(weight_zero_is_refused)
{
	struct sched_group g;

	sched_group_init(&g);
	CU_ASSERT_EQUAL(sched_group_set(&g, 0, 0, 0), -EINVAL);
	CU_ASSERT_EQUAL(g.weight, RUNQ_WEIGHT_DEFAULT);
}

TEST(three_equal_units_share_two_cpus_equally)
{
	sim_init(2, 3);
	wake_all();
	sim_run(20 * SECOND);
	for (unsigned u = 0; u < 3; u++)
		ABOUT(share(u, 20 * SECOND), 667, 30);
}

TEST(no_cpu_idles_while_somebody_waits)
{
	sim_init(4, 7);
	wake_all();
	sim_run(5 * SECOND);
	unsigned sum = 0;

	for (unsigned u = 0; u < 7; u++)
		sum += share(u, 5 * SECOND);
	CU_ASSERT_TRUE(sum >= 3990);
}

TEST(a_cap_holds_on_an_idle_machine)
{
	sim_init(1, 1);
	sched_group_set(&sim.group[0], 256, 40, sim.now);
	wake_all();
	sim_run(10 * SECOND);
	ABOUT(share(0, 10 * SECOND), 400, 8);
}

TEST(a_cap_holds_for_a_domain_on_several_cpus)
{
	sim_init(4, 4);
	sched_group_set(&sim.group[0], 256, 50, sim.now);
	for (unsigned u = 1; u < 4; u++)
		sim.unit[u].group = &sim.group[0];
	wake_all();
	sim_run(20 * SECOND);
	unsigned sum = share(0, 20 * SECOND) + share(1, 20 * SECOND) + share(2, 20 * SECOND) + share(3, 20 * SECOND);

	ABOUT(sum, 500, 20);
}

TEST(a_cap_above_one_cpu_is_used_up)
{
	sim_init(2, 2);
	sched_group_set(&sim.group[0], 256, 150, sim.now);
	sim.unit[1].group = &sim.group[0];
	wake_all();
	sim_run(10 * SECOND);
	ABOUT(share(0, 10 * SECOND) + share(1, 10 * SECOND), 1500, 40);
}

TEST(what_a_capped_one_may_not_use_others_get)
{
	sim_init(1, 2);
	sched_group_set(&sim.group[0], 512, 20, sim.now);
	wake_all();
	sim_run(10 * SECOND);
	ABOUT(share(0, 10 * SECOND), 200, 8);
	ABOUT(share(1, 10 * SECOND), 800, 8);
}

TEST(affinity_is_kept)
{
	sim_init(2, 3);
	for (unsigned u = 0; u < 3; u++)
		sim.unit[u].affinity = u == 2 ? 3 : 1; /* sim_choose checks */
	wake_all();
	sim_run(5 * SECOND);
	ABOUT(share(0, 5 * SECOND), 500, 10);
	ABOUT(share(1, 5 * SECOND), 500, 10);
	ABOUT(share(2, 5 * SECOND), 1000, 10);
}

TEST(nobody_starves)
{
	sim_init(2, 12);
	for (unsigned u = 0; u < 12; u++)
		sched_group_set(&sim.group[u], (uint16_t)(64 << (u % 5)), 0, sim.now);
	wake_all();
	sim_run(20 * SECOND);
	for (unsigned u = 0; u < 12; u++) {
		CU_ASSERT_TRUE(sim.ran[u] > 0);
		CU_ASSERT_TRUE(sim.longest_wait[u] < SECOND);
	}
}

TEST(who_wakes_runs_soon_beside_those_who_never_sleep)
{
	sim_init(1, 4);
	wake_all();
	for (int i = 0; i < 200; i++) {
		sim_sleep(0, sim.now + 20 * MS);
		sim_run(20 * MS);
		sim.longest_wait[0] = 0;
		sim_run(25 * MS / 10);
	}
	CU_ASSERT_TRUE(sim.longest_wait[0] < 5 * MS);
}

TEST(sleep_is_not_saved_up)
{
	sim_init(1, 2);
	sim_wake(0);
	sim_run(10 * SECOND);
	uint64_t before = sim.ran[0];

	sim_wake(1);
	sim_run(SECOND);
	/* The newcomer gets its lag's worth more, no more. */
	CU_ASSERT_TRUE(sim.ran[0] - before > SECOND / 2 - 2 * RUNQ_LAG);
}

TEST(sleep_is_not_saved_up_by_a_cpu_either)
{
	sim_init(2, 3);
	sim_wake(0);
	sim_run(10 * SECOND); /* the other CPU sleeps */
	memset(sim.ran, 0, sizeof(sim.ran));
	sim_wake(1);
	sim_wake(2);
	sim_run(3 * SECOND);
	for (unsigned u = 0; u < 3; u++)
		ABOUT(share(u, 3 * SECOND), 667, 30);
}

TEST(nobody_pays_for_a_time_when_the_machine_stood_still)
{
	sim_init(1, 2);
	wake_all();
	sim_run(100 * MS);
	sim.now += 10 * SECOND;
	sim_choose(0);
	memset(sim.longest_wait, 0, sizeof(sim.longest_wait));
	sim_run(SECOND);
	for (unsigned u = 0; u < 2; u++) {
		CU_ASSERT_TRUE(sim.ran[u] > SECOND / 3);
		CU_ASSERT_TRUE(sim.longest_wait[u] < 40 * MS);
	}
}

TEST(yielding_lets_the_others_run_first)
{
	sim_init(1, 3);
	wake_all();
	sim_run(100 * MS);
	struct sched_unit *u = sim.queue[0].running;

	runqueue_yield(&sim.queue[0], sim.now);
	sim_choose(0);
	CU_ASSERT_PTR_NOT_EQUAL(sim.queue[0].running, u);
}

/* Of two, 0 has just begun to run again, and 1 sleeps. */
static void one_has_begun(void)
{
	sim_init(1, 2);
	sim_wake(0);
	sim_run(10 * MS);
	sim_sleep(0, RUNQ_NEVER);
	sim_wake(0);
	sim_run(RUNQ_MINIMUM / 2);
}

TEST(who_has_begun_runs_for_a_moment_whoever_wakes)
{
	struct runqueue *q = &sim.queue[0];

	one_has_begun();
	sim.unit[1].charged = sim.now; /* it has just fallen asleep, */
	sim_wake(1);		       /* and is far behind in virtual time */
	sim_choose(0);
	CU_ASSERT_PTR_EQUAL(q->running, &sim.unit[0]);
	CU_ASSERT_EQUAL(sim.until[0], sim.now + RUNQ_MINIMUM / 2);
	sim_run(RUNQ_MINIMUM / 2);
	CU_ASSERT_PTR_EQUAL(q->running, &sim.unit[1]);
	/* But a yield is one at once. */
	runqueue_yield(q, sim.now);
	q->running->vtime = sim.unit[0].vtime + 1;
	sim_choose(0);
	CU_ASSERT_PTR_EQUAL(q->running, &sim.unit[0]);
}

TEST(who_has_slept_for_long_runs_at_once)
{
	one_has_begun();
	sim_wake(1);
	sim_choose(0);
	CU_ASSERT_PTR_EQUAL(sim.queue[0].running, &sim.unit[1]);
}

TEST(a_unit_whose_registers_are_still_loaded_stays)
{
	sim_init(2, 2);
	wake_all();
	struct sched_unit *u = sim.queue[0].running;

	CU_ASSERT_PTR_NOT_NULL_FATAL(u);
	CU_ASSERT_TRUE(runqueue_sleep(&sim.queue[0], u, sim.now));
	CU_ASSERT_TRUE(u->loaded);
	CU_ASSERT_EQUAL(runqueue_place(u, sim.queues, 3), 0);
	runqueue_wake(&sim.queue[0], u, sim.now);
	sim_sleep(1, RUNQ_NEVER);
	CU_ASSERT_PTR_NULL(runqueue_pull(&sim.queue[1], &sim.queue[0], sim.now));
	u->loaded = false;
	CU_ASSERT_PTR_EQUAL(runqueue_pull(&sim.queue[1], &sim.queue[0], sim.now), u);
	CU_ASSERT_EQUAL(u->cpu, 1);
}

TEST(a_unit_is_placed_where_there_is_least_to_do)
{
	sim_init(3, 3);
	sim_wake(0);
	sim_wake(1);
	CU_ASSERT_EQUAL(runqueue_place(&sim.unit[2], sim.queues, 7), 2);
	sim.unit[2].preferred = 1;
	CU_ASSERT_EQUAL(runqueue_place(&sim.unit[2], sim.queues, 7),
			2); /* a busy CPU is not preferred to an idle one */
	sim.unit[2].affinity = 2;
	CU_ASSERT_EQUAL(runqueue_place(&sim.unit[2], sim.queues, 7), 1);
	sim.unit[2].affinity = 8; /* none of it is up */
	CU_ASSERT_EQUAL(runqueue_place(&sim.unit[2], sim.queues, 7), 2);
}

/* --- small worlds: every order of a few operations ---------------------------------------------------------------- */

#define WORLD_CPUS  2
#define WORLD_UNITS 3
#define DEPTH	    6
#define OPS	    (2 * WORLD_UNITS + 3 * WORLD_CPUS)

static bool world_is_sane(void)
{
	unsigned seen[WORLD_UNITS] = {0};

	for (unsigned c = 0; c < WORLD_CPUS; c++) {
		const struct runqueue *q = &sim.queue[c];
		struct sched_unit *u;
		uint64_t last = 0;
		unsigned nr = 0;

		list_for_each_entry (u, &q->waiting, link) {
			if (u->state != UNIT_WAITING || u->cpu != c || u->vtime < last)
				return false;
			if (nr == 0 && q->first != u->vtime)
				return false;
			last = u->vtime;
			seen[index_of(u)]++;
			nr++;
		}
		if (nr != q->nr_waiting || (nr == 0 && q->first != RUNQ_NEVER))
			return false;
		if (q->running) {
			if (q->running->state != UNIT_RUNNING || q->running->cpu != c || !q->running->loaded)
				return false;
			seen[index_of(q->running)]++;
		}
	}
	for (unsigned u = 0; u < WORLD_UNITS; u++) {
		if (seen[u] != (sim.unit[u].state != UNIT_ASLEEP))
			return false;
	}
	return true;
}

static void world_do(unsigned op)
{
	if (op < WORLD_UNITS) {
		struct sched_unit *unit = &sim.unit[op];

		if (unit->state == UNIT_ASLEEP) {
			uint32_t cpu = runqueue_place(unit, sim.queues, 3);

			if (cpu != unit->cpu)
				runqueue_adopt(&sim.queue[cpu], unit);
		}
		runqueue_wake(&sim.queue[unit->cpu], unit, sim.now);
	} else if (op < 2 * WORLD_UNITS) {
		struct sched_unit *unit = &sim.unit[op - WORLD_UNITS];

		runqueue_sleep(&sim.queue[unit->cpu], unit, sim.now);
	} else if (op < 2 * WORLD_UNITS + WORLD_CPUS) {
		sim_choose(op - 2 * WORLD_UNITS);
	} else if (op < 2 * WORLD_UNITS + 2 * WORLD_CPUS) {
		unsigned c = op - 2 * WORLD_UNITS - WORLD_CPUS;

		runqueue_pull(&sim.queue[c], &sim.queue[1 - c], sim.now);
	} else {
		runqueue_yield(&sim.queue[op - 2 * WORLD_UNITS - 2 * WORLD_CPUS], sim.now);
	}
	sim.now += 7 * MS;
}

TEST(every_order_of_six_operations_keeps_the_queues_whole)
{
	unsigned total = 1, broken = 0;

	for (unsigned i = 0; i < DEPTH; i++)
		total *= OPS;
	for (unsigned path = 0; path < total && !broken; path++) {
		unsigned left = path;

		sim_init(WORLD_CPUS, WORLD_UNITS);
		sim.unit[2].affinity = 2;
		sched_group_set(&sim.group[1], 256, 10, sim.now);
		for (unsigned i = 0; i < DEPTH && !broken; i++, left /= OPS) {
			world_do(left % OPS);
			broken += !world_is_sane();
		}
	}
	CU_ASSERT_EQUAL(broken, 0);
}
