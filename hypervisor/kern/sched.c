/* sched.c - which vcpu runs where, and when
 *
 * The decisions are core/runqueue.h's; here are the locks, the switch itself, and the accounting a guest can see.
 *
 * Locks: each CPU's queue has one. A unit belongs to the queue that unit->cpu names; that changes only while the lock of
 * the old queue is held and the unit is asleep, or while both are held. Two are taken in the order of CPU numbers.
 * They nest inside all other locks except the timers' (docs/locking.md).
 */
#include "kern/sched.h"

#include "core/runqueue.h"
#include "kern/event.h"
#include "kern/guest.h"
#include "kern/lock.h"
#include "kern/machine.h"
#include "kern/memory.h"
#include "kern/time.h"
#include "kern/timer.h"
#include "lib/bitmap.h"
#include "lib/errno.h"

struct cpu_queue {
	struct runqueue q;
	spinlock_t lock;
	struct timer slice;   /* ends the current vcpu's turn */
	uint64_t slice_until; /* what it is set to; RUNQ_NEVER: not set */
};

static struct cpu_queue cpu_queues[MAX_CPUS];
static struct runqueue *queues[MAX_CPUS]; /* [I] once the CPU's scheduler is there; it may still be starting */

/* Where an idle vcpu's event words are: nobody looks. */
static struct vcpu_info idle_info;

uint64_t sched_online_cpus(void)
{
	unsigned nr = __atomic_load_n(&nr_cpus, __ATOMIC_ACQUIRE);

	return nr < 64 ? BIT(nr) - 1 : UINT64_MAX;
}

static bool vcpu_runnable(const struct vcpu *v)
{
	return !__atomic_load_n(&v->pause_flags, __ATOMIC_SEQ_CST) &&
	       !__atomic_load_n(&v->pause_count, __ATOMIC_SEQ_CST) &&
	       !__atomic_load_n(&v->domain->pause_count, __ATOMIC_SEQ_CST) && !v->domain->shut_down;
}

static struct cpu_queue *lock_queue(uint32_t cpu)
{
	spin_lock(&cpu_queues[cpu].lock);
	return &cpu_queues[cpu];
}

static void unlock_queue(struct cpu_queue *c)
{
	spin_unlock(&c->lock);
}

static struct cpu_queue *lock_unit(const struct sched_unit *u)
{
	for (;;) {
		uint32_t cpu = __atomic_load_n(&u->cpu, __ATOMIC_ACQUIRE);
		struct cpu_queue *c = lock_queue(cpu);

		if (u->cpu == cpu)
			return c;
		unlock_queue(c);
	}
}

/* --- what the guest sees of it ---------------------------------------------------------------------------------- */

static void runstate_change(struct vcpu *v, int state, uint64_t now)
{
	struct vcpu_runstate_info *r = &v->runstate;

	if (now > r->state_entry_time)
		r->time[r->state] += now - r->state_entry_time;
	r->state_entry_time = now;
	r->state = state;
}

static int runstate_of(const struct vcpu *v)
{
	if (v->unit->state == UNIT_RUNNING)
		return RUNSTATE_running;
	if (v->unit->state == UNIT_WAITING)
		return RUNSTATE_runnable;
	return v->pause_flags & VCPU_BLOCKED ? RUNSTATE_blocked : RUNSTATE_offline;
}

void sched_get_runstate(struct vcpu *v, struct vcpu_runstate_info *info)
{
	struct cpu_queue *c = lock_unit(v->unit);
	uint64_t now = time_now();

	*info = v->runstate;
	unlock_queue(c);
	if (now > info->state_entry_time)
		info->time[info->state] += now - info->state_entry_time;
}

/*
 * Current's area in guest memory. It may be out of reach (the guest runs its user space, or has unmapped it): then it
 * stays as it is until the next change. With the update flag a reader knows that it caught us between two writes.
 */
void sched_publish_runstate(void)
{
	struct vcpu *v = current;
	struct vcpu_runstate_info *area = (struct vcpu_runstate_info *)v->runstate_guest;
	struct vcpu_runstate_info info = v->runstate;

	if (!area)
		return;
	if (!(v->domain->vm_assist & BIT(VMASST_TYPE_runstate_update_flag))) {
		guest_write(area, &info, sizeof(info));
		return;
	}
	uint64_t entered = info.state_entry_time;

	info.state_entry_time |= XEN_RUNSTATE_UPDATE;
	if (guest_write(&area->state_entry_time, &info.state_entry_time, sizeof(entered)))
		return;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	guest_write(area, &info, sizeof(info));
	__atomic_thread_fence(__ATOMIC_RELEASE);
	guest_write(&area->state_entry_time, &entered, sizeof(entered));
}

uint64_t sched_idle_ns(unsigned cpu)
{
	struct cpu_queue *c = lock_queue(cpu);
	struct vcpu_runstate_info *r = &cpus[cpu]->idle->runstate;
	uint64_t idle = r->time[RUNSTATE_running], now = time_now();

	if (r->state == RUNSTATE_running && now > r->state_entry_time)
		idle += now - r->state_entry_time;
	unlock_queue(c);
	return idle;
}

/* --- choosing --------------------------------------------------------------------------------------------------- */

static void slice_over(void *arg)
{
	struct cpu_queue *c = arg;

	c->slice_until = RUNQ_NEVER;
	cpu_request(c->q.cpu, CPU_PENDING_SCHEDULE);
}

/*
 * A timer that is set for an earlier turn stays: it ends this one too early at most once, which is cheaper than moving
 * it each time a vcpu blocks and wakes. Only its own CPU sets it.
 */
static void slice_set(struct cpu_queue *c, uint64_t until)
{
	if (until >= c->slice_until)
		return;
	c->slice_until = until;
	timer_set(&c->slice, c->q.cpu, until);
}

/* Look whether somebody who waits elsewhere should rather run here. */
static void pull_from_others(struct cpu_queue *own, uint64_t now)
{
	for_each_cpu (cpu) {
		struct cpu_queue *other = &cpu_queues[cpu];

		if (other == own || !runqueue_wants_pull(&own->q, &other->q))
			continue;
		struct cpu_queue *first = own < other ? own : other, *second = own < other ? other : own;

		spin_lock(&first->lock);
		spin_lock(&second->lock);
		struct sched_unit *u = runqueue_pull(&own->q, &other->q, now);

		spin_unlock(&second->lock);
		spin_unlock(&first->lock);
		if (u)
			return;
	}
}

/* A unit waits here: is there a CPU with nothing to do that could take it? */
static void offer_to_idle(const struct sched_unit *u)
{
	for_each_cpu (cpu) {
		if (cpu != u->cpu && u->affinity & BIT(cpu) &&
		    !__atomic_load_n(&queues[cpu]->running, __ATOMIC_RELAXED)) {
			cpu_request(cpu, CPU_PENDING_SCHEDULE);
			return;
		}
	}
}

/* Put a unit that wants to run into a queue. The lock of c is held, and the unit asleep in it; both end here. */
static void enqueue_and_unlock(struct cpu_queue *c, struct vcpu *v)
{
	struct sched_unit *u = v->unit;
	uint32_t to;

	/* Again if it may not be there any more: between the locks its affinity may change, and nobody would move it. */
	while ((to = runqueue_place(u, queues, sched_online_cpus())) != u->cpu) {
		runqueue_adopt(&cpu_queues[to].q, u);
		unlock_queue(c);
		c = lock_unit(u);
		if (u->state != UNIT_ASLEEP || !vcpu_runnable(v)) {
			unlock_queue(c);
			return;
		}
	}
	uint64_t now = time_now();

	runqueue_catch_up(&c->q, queues, sched_online_cpus());
	bool choose = runqueue_wake(&c->q, u, now);
	bool first = c->q.nr_waiting == 1;

	if (v->runstate.state != RUNSTATE_running)
		runstate_change(v, RUNSTATE_runnable, now);
	unlock_queue(c);
	/* Whoever was alone on that CPU had no end to its turn: choosing again gives it one. */
	if (choose || first)
		cpu_request(c->q.cpu, CPU_PENDING_SCHEDULE);
}

/* The vcpu is off its CPU: others may have it from now on. */
static void let_go(struct vcpu *v)
{
	struct sched_unit *u = v->unit;
	bool misplaced = false, waits;
	struct cpu_queue *c = lock_unit(u);

	v->running = false;
	__atomic_store_n(&u->loaded, false, __ATOMIC_RELEASE);
	waits = u->state == UNIT_WAITING;
	if (waits && !(u->affinity & BIT(u->cpu))) {
		runqueue_sleep(&c->q, u, time_now());
		misplaced = true;
	}
	if (misplaced)
		enqueue_and_unlock(c, v);
	else
		unlock_queue(c);
	if (waits && !misplaced)
		offer_to_idle(u);
}

static void switch_to(struct vcpu *prev, struct vcpu *next)
{
	if (!is_idle_vcpu(prev))
		sched_publish_runstate();
	/* Seen before we look what is pending for it: who raises that looks at this afterwards (vcpu_kick). */
	__atomic_store_n(&next->running, true, __ATOMIC_SEQ_CST);
	machine_switch(prev, next);
	if (!is_idle_vcpu(prev))
		let_go(prev);
	else
		prev->running = false;
	if (!is_idle_vcpu(next)) {
		time_update_vcpu(next);
		sched_publish_runstate();
	}
}

struct vcpu *sched_choose(void)
{
	struct cpu *cpu = this_cpu();
	struct cpu_queue *c = &cpu_queues[cpu->id];
	struct vcpu *prev = cpu->vcpu;
	uint64_t now = time_now();

	pull_from_others(c, now);
	spin_lock(&c->lock);
	struct sched_choice choice = runqueue_choose(&c->q, now);
	struct vcpu *next = choice.unit ? choice.unit->owner : cpu->idle;

	if (next != prev) {
		runstate_change(prev, is_idle_vcpu(prev) ? RUNSTATE_runnable : runstate_of(prev), now);
		runstate_change(next, RUNSTATE_running, now);
		next->processor = cpu->id;
	}
	unlock_queue(c);
	if (choice.unit && nr_cpus > 1)
		choice.until = MIN(choice.until, now + RUNQ_BALANCE);
	slice_set(c, choice.until);
	if (next != prev)
		switch_to(prev, next);
	return next;
}

/* --- going to sleep and waking up ------------------------------------------------------------------------------- */

void vcpu_wake(struct vcpu *v)
{
	struct cpu_queue *c = lock_unit(v->unit);

	if (v->unit->state == UNIT_ASLEEP && vcpu_runnable(v))
		enqueue_and_unlock(c, v);
	else
		unlock_queue(c);
}

void vcpu_sleep(struct vcpu *v)
{
	struct cpu_queue *c = lock_unit(v->unit);
	bool choose = false;

	if (!vcpu_runnable(v)) {
		uint64_t now = time_now();

		choose = runqueue_sleep(&c->q, v->unit, now);
		if (!choose)
			runstate_change(v, runstate_of(v), now);
	}
	unlock_queue(c);
	if (choose)
		cpu_request(c->q.cpu, CPU_PENDING_SCHEDULE);
}

void vcpu_sleep_sync(struct vcpu *v)
{
	vcpu_sleep(v);
	while (v->unit->state == UNIT_ASLEEP && __atomic_load_n(&v->unit->loaded, __ATOMIC_ACQUIRE))
		machine_relax();
}

void vcpu_block(void)
{
	struct vcpu *v = current;

	v->info->evtchn_upcall_mask = 0;
	__atomic_fetch_or(&v->pause_flags, VCPU_BLOCKED, __ATOMIC_SEQ_CST);
	/* Whoever raises an event after this look sees BLOCKED and takes it off. */
	if (vcpu_event_pending(v))
		__atomic_fetch_and(&v->pause_flags, ~(uint32_t)VCPU_BLOCKED, __ATOMIC_SEQ_CST);
	else
		vcpu_sleep(v);
}

void vcpu_yield(void)
{
	struct cpu_queue *c = lock_unit(current->unit);

	runqueue_yield(&c->q, time_now());
	unlock_queue(c);
	cpu_request(c->q.cpu, CPU_PENDING_SCHEDULE);
}

/* --- parameters ------------------------------------------------------------------------------------------------- */

int sched_set_affinity(struct vcpu *v, bool soft, uint64_t cpu_mask)
{
	struct sched_unit *u = v->unit;

	if (!(cpu_mask & sched_online_cpus()))
		return -EINVAL;
	struct cpu_queue *c = lock_unit(u);

	if (soft) {
		u->preferred = cpu_mask;
		unlock_queue(c);
		return 0;
	}
	u->affinity = cpu_mask;
	if (cpu_mask & BIT(u->cpu)) {
		unlock_queue(c);
	} else if (u->state == UNIT_WAITING && !u->loaded) {
		runqueue_sleep(&c->q, u, time_now());
		enqueue_and_unlock(c, v);
	} else { /* its CPU lets it go, or the next wake-up finds another */
		bool runs = u->loaded;

		unlock_queue(c);
		if (runs)
			cpu_request(c->q.cpu, CPU_PENDING_SCHEDULE);
	}
	return 0;
}

uint64_t sched_get_affinity(const struct vcpu *v, bool soft)
{
	return soft ? v->unit->preferred : v->unit->affinity;
}

int sched_set_params(struct domain *d, uint16_t weight, uint16_t cap)
{
	return sched_group_set(&d->sched, weight, cap, time_now());
}

void sched_get_params(const struct domain *d, uint16_t *weight, uint16_t *cap)
{
	*weight = d->sched.weight;
	*cap = d->sched.cap;
}

/* --- set-up ----------------------------------------------------------------------------------------------------- */

int sched_init_cpu(unsigned cpu)
{
	struct cpu_queue *c = &cpu_queues[cpu];
	struct vcpu *idle = heap_alloc(sizeof(*idle));

	if (!idle)
		return -ENOMEM;
	idle->id = cpu;
	idle->info = &idle_info;
	idle->info_mfn = INVALID_MFN;
	idle->processor = cpu;
	idle->running = true;
	idle->runstate.state = RUNSTATE_running;
	idle->runstate.state_entry_time = time_now();

	runqueue_init(&c->q, cpu);
	c->slice_until = RUNQ_NEVER;
	timer_init(&c->slice, slice_over, c);
	cpus[cpu]->runq = &c->q;
	cpus[cpu]->idle = idle;
	if (!cpus[cpu]->vcpu)
		cpus[cpu]->vcpu = idle;
	queues[cpu] = &c->q;
	return 0;
}

int sched_add_vcpu(struct vcpu *v)
{
	struct sched_unit *u = heap_alloc(sizeof(*u));
	uint64_t online = sched_online_cpus();
	unsigned nr = bit_weight(online);

	if (!u)
		return -ENOMEM;
	/* Spread a domain's vcpus over the CPUs from the start: the id-th one that is up, round and round. */
	for (unsigned skip = (v->id + v->domain->id) % nr; skip; skip--)
		online &= online - 1;
	uint32_t cpu = bit_lowest(online);

	sched_unit_init(u, &v->domain->sched, v, cpu);
	v->unit = u;
	v->processor = cpu;
	v->runstate.state = RUNSTATE_offline;
	v->runstate.state_entry_time = time_now();
	return 0;
}

void sched_remove_vcpu(struct vcpu *v)
{
	if (!v->unit)
		return;
	vcpu_sleep_sync(v);
	heap_free(v->unit, sizeof(*v->unit));
	v->unit = NULL;
}
