/* runqueue.c - who runs next on a CPU, and for how long [pure] */
#include "core/runqueue.h"

#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/invariant.h"
#include "lib/types.h"

static int64_t group_quota(const struct sched_group *g)
{
	return (int64_t)(RUNQ_CAP_PERIOD / 100 * g->cap);
}

/* Begin a new period if the old one is over. Several CPUs may try: one wins. */
static void group_refill(struct sched_group *g, uint64_t now)
{
	uint64_t end = __atomic_load_n(&g->period_end, __ATOMIC_ACQUIRE);

	if (now < end)
		return;
	/* A group that did not run for long starts afresh rather than being given each period it missed. */
	uint64_t periods = 1 + (now - end) / RUNQ_CAP_PERIOD;
	uint64_t next = end + periods * RUNQ_CAP_PERIOD;

	if (!__atomic_compare_exchange_n(&g->period_end, &end, next, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	int64_t quota = group_quota(g);
	int64_t old = __atomic_load_n(&g->budget, __ATOMIC_RELAXED), new;

	/* Up to two periods' worth may lie there: units on other CPUs have not been charged for the old one yet. */
	do {
		int64_t owed = old < 0 ? -old / quota : 0; /* periods that pay off the debt */
		if (owed >= (int64_t)periods)
			new = old + (int64_t)periods *quota;
		else
			new = MIN(old + (owed + 1) * quota, 2 * quota);
	} while (!__atomic_compare_exchange_n(&g->budget, &old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}

/* May units of the group run now? Otherwise *until is lowered to the time when they may. */
static bool group_may_run(struct sched_group *g, uint64_t now, uint64_t *until)
{
	if (!g->cap)
		return true;
	group_refill(g, now);
	if (__atomic_load_n(&g->budget, __ATOMIC_RELAXED) > 0)
		return true;
	*until = MIN(*until, __atomic_load_n(&g->period_end, __ATOMIC_RELAXED));
	return false;
}

void sched_group_init(struct sched_group *g)
{
	*g = (struct sched_group){.weight = RUNQ_WEIGHT_DEFAULT};
}

int sched_group_set(struct sched_group *g, uint16_t weight, uint16_t cap, uint64_t now)
{
	if (!weight)
		return -EINVAL;
	g->weight = weight;
	g->cap = cap;
	__atomic_store_n(&g->budget, group_quota(g), __ATOMIC_RELAXED);
	__atomic_store_n(&g->period_end, now + RUNQ_CAP_PERIOD, __ATOMIC_RELEASE);
	return 0;
}

void sched_unit_init(struct sched_unit *u, struct sched_group *g, void *owner, uint32_t cpu)
{
	*u = (struct sched_unit){
		.group = g, .owner = owner, .cpu = cpu, .affinity = UINT64_MAX, .preferred = UINT64_MAX};
	list_init(&u->link);
}

void runqueue_init(struct runqueue *q, uint32_t cpu)
{
	*q = (struct runqueue){.cpu = cpu, .first = RUNQ_NEVER};
	list_init(&q->waiting);
}

/* The queue's virtual time follows the smallest of those who run or wait, and never goes back. */
static void note_times(struct runqueue *q)
{
	struct sched_unit *first = list_first_entry(&q->waiting, struct sched_unit, link);
	uint64_t lowest = first ? first->vtime : RUNQ_NEVER;

	__atomic_store_n(&q->first, lowest, __ATOMIC_RELAXED);
	if (q->running)
		lowest = MIN(lowest, q->running->vtime);
	if (lowest != RUNQ_NEVER && lowest > q->floor)
		__atomic_store_n(&q->floor, lowest, __ATOMIC_RELAXED);
}

static bool has_nothing(const struct runqueue *q)
{
	return !q->running && !q->nr_waiting;
}

/* A queue that has nothing to run has no time of its own: it goes with the others'. */
static void follow(struct runqueue *q, const struct runqueue *other)
{
	uint64_t theirs = __atomic_load_n(&other->floor, __ATOMIC_RELAXED);

	if (theirs > q->floor)
		__atomic_store_n(&q->floor, theirs, __ATOMIC_RELAXED);
}

void runqueue_catch_up(struct runqueue *q, struct runqueue *const queues[], uint64_t online)
{
	if (!has_nothing(q))
		return;
	for (; online; online &= online - 1)
		follow(q, queues[bit_lowest(online)]);
}

/* Charge the running unit for what it ran since it was charged last. */
static void charge(struct runqueue *q, uint64_t now)
{
	struct sched_unit *u = q->running;

	if (!u || now <= u->charged)
		return;
	uint64_t ran = now - u->charged;
	/* While others wait nobody can run for longer than a slice, unless the machine stood still: its firmware, or its
	 * host, had the CPU. That time is nobody's: who was charged for it would have to wait as long again. */
	uint64_t turn = q->nr_waiting ? MIN(ran, 2 * RUNQ_SLICE) : ran;

	u->charged = now;
	u->vtime += turn * RUNQ_WEIGHT_DEFAULT / u->group->weight;
	if (u->group->cap) {
		__atomic_fetch_sub(&u->group->budget, (int64_t)ran, __ATOMIC_RELAXED);
		group_refill(u->group, now);
	}
	note_times(q);
}

static void enqueue(struct runqueue *q, struct sched_unit *u)
{
	struct sched_unit *other;

	INVARIANT(u->cpu == q->cpu);
	u->state = UNIT_WAITING;
	q->nr_waiting++;
	list_for_each_entry (other, &q->waiting, link) {
		if (other->vtime > u->vtime) {
			list_add_before(&u->link, &other->link);
			note_times(q);
			return;
		}
	}
	list_add_tail(&u->link, &q->waiting);
	note_times(q);
}

static void dequeue(struct runqueue *q, struct sched_unit *u)
{
	INVARIANT(u->state == UNIT_WAITING && q->nr_waiting > 0);
	list_del(&u->link);
	q->nr_waiting--;
}

/* Keep a unit that enters the queue within the lag allowed. */
static void bound_lag(const struct runqueue *q, struct sched_unit *u)
{
	uint64_t low = q->floor > RUNQ_LAG ? q->floor - RUNQ_LAG : 0;

	u->vtime = MIN(MAX(u->vtime, low), q->floor + RUNQ_LAG);
}

void runqueue_adopt(struct runqueue *q, struct sched_unit *u)
{
	INVARIANT(u->state == UNIT_ASLEEP && !u->loaded);
	u->cpu = q->cpu;
}

bool runqueue_wake(struct runqueue *q, struct sched_unit *u, uint64_t now)
{
	if (u->state != UNIT_ASLEEP)
		return false;
	charge(q, now);
	/* Whoever has slept for long has not been waiting for who runs now: it need not wait for it. */
	if (now - u->charged >= RUNQ_GRANULARITY)
		q->since = 0;
	bound_lag(q, u);
	enqueue(q, u);
	return !q->running || u->vtime + RUNQ_PREEMPT < q->running->vtime;
}

bool runqueue_sleep(struct runqueue *q, struct sched_unit *u, uint64_t now)
{
	if (u->state == UNIT_WAITING) {
		dequeue(q, u);
		u->state = UNIT_ASLEEP;
		note_times(q);
		return false;
	}
	if (u->state == UNIT_ASLEEP)
		return u->loaded;
	INVARIANT(q->running == u);
	charge(q, now);
	q->running = NULL;
	u->state = UNIT_ASLEEP;
	note_times(q);
	return true;
}

void runqueue_yield(struct runqueue *q, uint64_t now)
{
	struct sched_unit *last = list_last_entry(&q->waiting, struct sched_unit, link);

	charge(q, now);
	q->since = 0;
	/* Not further than the lag: yielding in a loop must not add up. */
	if (q->running && last && last->vtime > q->running->vtime)
		q->running->vtime = MIN(last->vtime, q->floor + RUNQ_LAG);
}

/* How long may the unit run, now that it is chosen? */
static uint64_t slice_end(const struct runqueue *q, const struct sched_unit *u, uint64_t now, uint64_t until)
{
	if (q->nr_waiting) {
		/* As long as it takes to get a granule of virtual time ahead of the next one. */
		uint64_t first = MAX(q->first, u->vtime);
		uint64_t lead = MIN(first - u->vtime, RUNQ_LAG) * u->group->weight / RUNQ_WEIGHT_DEFAULT;
		uint64_t slice = MIN(MAX(lead + RUNQ_GRANULARITY, RUNQ_GRANULARITY * 4), RUNQ_SLICE);

		until = MIN(until, now + slice);
	}
	if (u->group->cap) {
		int64_t budget = __atomic_load_n(&u->group->budget, __ATOMIC_RELAXED);

		until = MIN(until, MAX(__atomic_load_n(&u->group->period_end, __ATOMIC_RELAXED), now + 1));
		until = MIN(until, now + (uint64_t)MAX(budget, (int64_t)(RUNQ_GRANULARITY / 10)));
	}
	return until;
}

/* Whoever has just begun runs on for a while: two that wake each other would else do so for every single packet. */
static bool runs_on(const struct runqueue *q, struct sched_unit *u, struct sched_choice *choice, uint64_t now)
{
	if (now - q->since >= RUNQ_MINIMUM || !(u->affinity & BIT(q->cpu)) ||
	    !group_may_run(u->group, now, &choice->until))
		return false;
	choice->unit = u;
	choice->until = slice_end(q, u, now, choice->until);
	if (q->nr_waiting)
		choice->until = MIN(choice->until, q->since + RUNQ_MINIMUM);
	return true;
}

struct sched_choice runqueue_choose(struct runqueue *q, uint64_t now)
{
	struct sched_choice choice = {NULL, RUNQ_NEVER};
	struct sched_unit *u = q->running, *before = u;

	charge(q, now);
	if (u && runs_on(q, u, &choice, now))
		return choice;
	if (u) {
		q->running = NULL;
		enqueue(q, u);
	}
	list_for_each_entry (u, &q->waiting, link) {
		/* One that may not run here any more waits until its owner moves it. */
		if (u->affinity & BIT(q->cpu) && group_may_run(u->group, now, &choice.until)) {
			choice.unit = u;
			break;
		}
	}
	if (!choice.unit)
		return choice;
	u = choice.unit;
	dequeue(q, u);
	u->state = UNIT_RUNNING;
	u->loaded = true;
	u->charged = now;
	q->running = u;
	if (u != before)
		q->since = now;
	note_times(q);
	choice.until = slice_end(q, u, now, choice.until);
	return choice;
}

/* The virtual time of the next unit a queue would run if it pulled nobody. */
static uint64_t next_time(const struct runqueue *q)
{
	uint64_t next = __atomic_load_n(&q->first, __ATOMIC_RELAXED);

	return q->running ? MIN(next, q->running->vtime) : next;
}

bool runqueue_wants_pull(const struct runqueue *q, const struct runqueue *other)
{
	uint64_t theirs = __atomic_load_n(&other->first, __ATOMIC_RELAXED);
	uint64_t ours = next_time(q);

	if (theirs == RUNQ_NEVER)
		return false;
	return ours == RUNQ_NEVER || theirs + RUNQ_PULL < ours;
}

struct sched_unit *runqueue_pull(struct runqueue *q, struct runqueue *from, uint64_t now)
{
	uint64_t ours = next_time(q), ignored = RUNQ_NEVER;
	struct sched_unit *u;

	list_for_each_entry (u, &from->waiting, link) {
		if (ours != RUNQ_NEVER && u->vtime + RUNQ_PULL >= ours)
			break;
		if (u->loaded || !(u->affinity & BIT(q->cpu)) || !group_may_run(u->group, now, &ignored))
			continue;
		dequeue(from, u);
		note_times(from);
		u->cpu = q->cpu;
		if (has_nothing(q))
			follow(q, from);
		bound_lag(q, u);
		enqueue(q, u);
		return u;
	}
	return NULL;
}

static uint32_t queue_load(const struct runqueue *q)
{
	return __atomic_load_n(&q->nr_waiting, __ATOMIC_RELAXED) +
	       (__atomic_load_n(&q->running, __ATOMIC_RELAXED) ? 1 : 0);
}

/* The least loaded of some CPUs; of equal ones, its own. */
static uint32_t least_loaded(const struct sched_unit *u, struct runqueue *const queues[], uint64_t among)
{
	uint32_t best = among & BIT(u->cpu) ? u->cpu : bit_lowest(among);
	uint32_t load = queue_load(queues[best]);

	for (; among; among &= among - 1) {
		uint32_t cpu = bit_lowest(among);
		uint32_t its = queue_load(queues[cpu]);

		if (its < load) {
			best = cpu;
			load = its;
		}
	}
	return best;
}

uint32_t runqueue_place(const struct sched_unit *u, struct runqueue *const queues[], uint64_t online)
{
	uint64_t allowed = u->affinity & online;

	if (!allowed)
		allowed = online;
	/* As long as its registers are there, it can only wait there. */
	if (u->loaded)
		return u->cpu;
	uint64_t best = allowed & u->preferred;
	uint32_t cpu = least_loaded(u, queues, best ? best : allowed);

	if (best && queue_load(queues[cpu]))
		cpu = least_loaded(u, queues, allowed);
	return cpu;
}
