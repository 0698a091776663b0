/* lock.h - spin locks
 *
 * The hypervisor runs with interrupts off, so there is one kind of lock. Whoever waits serves TLB shoot-downs meanwhile
 * (machine_relax), because the holder may be waiting for exactly this CPU to flush.
 *
 * Whoever comes when it is free gets it; there is no queue. Our CPUs are often threads of an emulator or virtual CPUs
 * themselves, and stand still for milliseconds when their host has other work: in a queue, all would then wait for one that
 * is not even running, and two CPUs that take the lock in turn would have to be scheduled for each hand-over. How long a CPU
 * may be outrun is bounded by what others do without leaving the hypervisor: a batch, up to its next look for preemption.
 *
 * The order in which locks nest is docs/locking.md's subject.
 */
#ifndef KERN_LOCK_H
#define KERN_LOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
	uint32_t held; /* [a] 0 or 1 */
} spinlock_t;

#define SPINLOCK_INIT                                                                                                  \
	{                                                                                                              \
		0                                                                                                      \
	}

void machine_relax(void); /* arch: pause, and serve shoot-downs asked of this CPU */

static inline bool spin_is_locked(const spinlock_t *l)
{
	return __atomic_load_n(&l->held, __ATOMIC_RELAXED);
}

static inline void spin_lock(spinlock_t *l)
{
	/* Between tries only reading: the line stays shared until the holder writes it. */
	while (__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE)) {
		do {
			machine_relax();
		} while (spin_is_locked(l));
	}
}

static inline void spin_unlock(spinlock_t *l)
{
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
}

#endif
