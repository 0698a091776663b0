/* runqueue.h - who runs next on a CPU, and for how long [pure]
 *
 * Weighted virtual time. A unit (a vcpu) that ran t nanoseconds has its virtual time advanced by t * 256 / weight; of
 * the units that want to run, the one with the smallest virtual time is next. Each CPU has a queue of its own, but the
 * virtual times of all queues are comparable, so a CPU pulls a unit over that lags behind its own.
 *
 * How far a unit may be ahead of or behind the queue it enters is bounded (RUNQ_LAG). So whoever slept is preferred when
 * it wakes, but cannot save up sleep and then keep the CPU for long; and nobody can be so far ahead that it starves.
 *
 * A group (a domain) may have a cap: so many per cent of one CPU, all its units together. Each period gives it that much;
 * what it overdraws by running on several CPUs at once is taken from the next period.
 *
 * Locking is the caller's: a function that takes a queue needs that queue's lock, and a unit belongs to the queue of the
 * CPU that unit->cpu names. A group's budget is atomic, since units of one group run under different queues' locks.
 */
#ifndef CORE_RUNQUEUE_H
#define CORE_RUNQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/list.h"

#define RUNQ_SLICE	 UINT64_C(10000000) /* ns: longest run while others wait */
#define RUNQ_GRANULARITY UINT64_C(1000000)  /* slices are made of it */
#define RUNQ_MINIMUM	 UINT64_C(500000) /* shortest run, unless it sleeps or yields, or who wakes slept for a granule */
#define RUNQ_LAG	 UINT64_C(20000000) /* virtual ns a unit may be ahead of or behind its queue */
#define RUNQ_PREEMPT	 UINT64_C(500000)   /* virtual ns a woken unit must be behind to preempt */
#define RUNQ_PULL	 UINT64_C(10000000) /* virtual ns a unit elsewhere must be behind to be pulled over */
#define RUNQ_BALANCE	 UINT64_C(30000000) /* ns after which who runs alone should look for work elsewhere */
#define RUNQ_CAP_PERIOD	 UINT64_C(30000000) /* ns over which a cap is kept */

#define RUNQ_WEIGHT_DEFAULT 256
#define RUNQ_NEVER	    UINT64_MAX

struct sched_group {
	uint16_t weight;     /* 1-65535 */
	uint16_t cap;	     /* per cent of one CPU, 0: none */
	int64_t budget;	     /* ns the group may still run in this period; negative: overdrawn */
	uint64_t period_end; /* when the next period's budget comes */
};

enum unit_state {
	UNIT_ASLEEP,
	UNIT_WAITING, /* in its queue's list */
	UNIT_RUNNING, /* its queue's running */
};

struct sched_unit {
	struct list link;
	struct sched_group *group;
	void *owner; /* the vcpu */
	uint64_t vtime;
	uint64_t charged;   /* until when it has been charged: when it stopped, if it does not run */
	uint64_t affinity;  /* bitmap of CPUs it may run on */
	uint64_t preferred; /* of these, the ones it should run on */
	uint32_t cpu;	    /* whose queue it belongs to */
	uint8_t state;	    /* enum unit_state */
	bool loaded;	    /* its CPU has not yet let go of its registers: no other CPU may run it */
};

struct runqueue {
	struct list waiting; /* by virtual time, smallest first */
	struct sched_unit *running;
	uint64_t since; /* when it began to */
	uint64_t floor; /* virtual time of this queue: never goes back; read by others without the lock */
	uint64_t first; /* the smallest virtual time that waits, RUNQ_NEVER: nobody; read by others without the lock */
	uint32_t nr_waiting;
	uint32_t cpu;
};

/* What the CPU is to do: run unit (NULL: nothing) and ask again at `until` (RUNQ_NEVER: when something changes;
 * where there are other CPUs, after RUNQ_BALANCE, so that what waits there is shared). */
struct sched_choice {
	struct sched_unit *unit;
	uint64_t until;
};

void runqueue_init(struct runqueue *q, uint32_t cpu);
void sched_group_init(struct sched_group *g);
/* -EINVAL: weight 0. */
int sched_group_set(struct sched_group *g, uint16_t weight, uint16_t cap, uint64_t now);
void sched_unit_init(struct sched_unit *u, struct sched_group *g, void *owner, uint32_t cpu);

/* Take over a unit that is asleep in another queue (whose lock is held or was, see kern/sched.c). */
void runqueue_adopt(struct runqueue *q, struct sched_unit *u);

/* If this queue has nothing to run: its virtual time becomes the furthest of all, so that a CPU's sleep is not saved up
 * either. To be called before a unit wakes in it. */
void runqueue_catch_up(struct runqueue *q, struct runqueue *const queues[], uint64_t online);
/* A sleeping unit of this queue wants to run. True: the CPU should choose again now. */
bool runqueue_wake(struct runqueue *q, struct sched_unit *u, uint64_t now);
/* It does not want to run any more. True: it is running, so the CPU must choose again. */
bool runqueue_sleep(struct runqueue *q, struct sched_unit *u, uint64_t now);
/* The running unit lets the others go first: it moves behind all who wait now. */
void runqueue_yield(struct runqueue *q, uint64_t now);
/* Put the running one back, take the one that is next. Who stops running keeps `loaded` until the caller clears it. */
struct sched_choice runqueue_choose(struct runqueue *q, uint64_t now);

/* Whether it is worthwhile to lock `other` and to call runqueue_pull. */
bool runqueue_wants_pull(const struct runqueue *q, const struct runqueue *other);
/* Move the unit that lags most from `from` to `q`, if one may run there and lags enough. Both locks are held. */
struct sched_unit *runqueue_pull(struct runqueue *q, struct runqueue *from, uint64_t now);

/* Where a unit that wakes should wait: a CPU among `online` that its affinity allows, or any if none is. */
uint32_t runqueue_place(const struct sched_unit *u, struct runqueue *const queues[], uint64_t online);

#endif
