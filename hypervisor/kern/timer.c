/* timer.c - something to be done at a time, on a CPU */
#include "kern/timer.h"
#include "kern/lock.h"
#include "kern/machine.h"
#include "kern/memory.h"
#include "lib/errno.h"

/* A CPU's timers. The hardware is armed for the first of them, by the CPU itself. */
struct timer_queue {
	spinlock_t lock;
	struct timerheap heap;
	struct timer *running; /* [a] its function is being called */
	uint64_t armed;	       /* what the hardware is armed for; 0: nothing. Only the CPU itself uses it. */
};

int timer_init_cpu(unsigned cpu)
{
	cpus[cpu]->timers = heap_alloc(sizeof(struct timer_queue));
	return cpus[cpu]->timers ? 0 : -ENOMEM;
}

void timer_init(struct timer *t, void (*fn)(void *arg), void *arg)
{
	*t = (struct timer){.fn = fn, .arg = arg, .cpu = this_cpu()->id};
}

static struct timer *timer_of(struct timerheap_node *n)
{
	return container_of(n, struct timer, node);
}

/* The queue a timer is in, locked. It may be moved to another one while we wait for the lock. */
static struct timer_queue *lock_queue_of(struct timer *t)
{
	for (;;) {
		uint32_t cpu = __atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE);
		struct timer_queue *q = cpus[cpu]->timers;

		spin_lock(&q->lock);
		if (cpu == t->cpu)
			return q;
		spin_unlock(&q->lock);
	}
}

static void take_out(struct timer_queue *q, struct timer *t)
{
	if (t->set)
		timerheap_remove(&q->heap, &t->node);
	t->set = false;
}

/* Arms this CPU's hardware for the first in its queue, unless it is already. The lock is held. */
static void arm_first(struct timer_queue *q)
{
	uint64_t first = q->heap.first ? q->heap.first->expires : 0;

	if (first == q->armed)
		return;
	q->armed = first;
	machine_timer_arm(first);
}

/* The first in a CPU's queue may be another one now: let its hardware know. The lock is held. */
static void first_changed(struct timer_queue *q, unsigned cpu)
{
	if (cpu == this_cpu()->id)
		arm_first(q);
	else
		cpu_request(cpu, CPU_PENDING_TIMER);
}

/* Puts a timer that is in no queue into one. */
static void put_in(struct timer_queue *q, struct timer *t, unsigned cpu)
{
	timerheap_add(&q->heap, &t->node);
	t->set = true;
	if (q->heap.first == &t->node)
		first_changed(q, cpu);
}

/* Moves a timer between queues: t->cpu changes under the old one's lock, and whoever finds it then waits for the new one's.
 * No two queues are ever locked at once. */
static struct timer_queue *move(struct timer_queue *q, struct timer *t, unsigned cpu)
{
	struct timer_queue *to = cpus[cpu]->timers;

	if (to == q)
		return q;
	__atomic_store_n(&t->cpu, cpu, __ATOMIC_RELEASE);
	spin_unlock(&q->lock);
	spin_lock(&to->lock);
	return to;
}

void timer_set(struct timer *t, unsigned cpu, uint64_t expires)
{
	struct timer_queue *q = lock_queue_of(t);

	take_out(q, t);
	q = move(q, t, cpu);
	/* Between the two locks somebody else may have set it; the later call wins. */
	if (t->cpu == cpu) {
		take_out(q, t);
		t->node.expires = expires ? expires : 1;
		put_in(q, t, cpu);
	}
	spin_unlock(&q->lock);
}

/* Its function may be at work on a CPU whose queue it is no longer in: it has set itself elsewhere. */
static bool runs_on_another_cpu(const struct timer *t)
{
	for_each_cpu (i) {
		const struct timer_queue *q = cpus[i]->timers;

		if (i != this_cpu()->id && __atomic_load_n(&q->running, __ATOMIC_ACQUIRE) == t)
			return true;
	}
	return false;
}

void timer_stop(struct timer *t)
{
	bool runs;

	do {
		struct timer_queue *q = lock_queue_of(t);

		take_out(q, t);
		spin_unlock(&q->lock);
		runs = runs_on_another_cpu(t);
		if (runs)
			machine_relax();
	} while (runs);
}

void timer_run_expired(void)
{
	struct timer_queue *q = this_cpu()->timers;
	uint64_t now = time_now();

	__atomic_fetch_and(&this_cpu()->pending, ~(uint32_t)CPU_PENDING_TIMER, __ATOMIC_SEQ_CST);
	spin_lock(&q->lock);
	while (q->heap.first && q->heap.first->expires <= now) {
		struct timer *t = timer_of(q->heap.first);

		take_out(q, t);
		__atomic_store_n(&q->running, t, __ATOMIC_RELAXED);
		spin_unlock(&q->lock);
		t->fn(t->arg);
		__atomic_store_n(&q->running, NULL, __ATOMIC_RELEASE);
		spin_lock(&q->lock);
	}
	q->armed = 0; /* it has fired, or another CPU has changed the queue */
	arm_first(q);
	spin_unlock(&q->lock);
}
