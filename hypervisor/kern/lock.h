/* lock.h - spin locks
 *
 * The hypervisor runs with interrupts off, so there is one kind of lock: a fair ticket lock. Whoever waits serves TLB
 * shoot-downs meanwhile (machine_relax), because the holder may be waiting for exactly this CPU to flush.
 * The order in which locks nest is docs/locking.md's subject.
 */
#ifndef KERN_LOCK_H
#define KERN_LOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
	uint16_t next;   /* the ticket the next comer draws */
	uint16_t serves; /* the ticket that may enter */
} spinlock_t;

#define SPINLOCK_INIT { 0, 0 }

void machine_relax(void); /* arch: pause, and serve shoot-downs asked of this CPU */

static inline void spin_lock(spinlock_t *l)
{
	uint16_t mine = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&l->serves, __ATOMIC_ACQUIRE) != mine)
		machine_relax();
}

static inline void spin_unlock(spinlock_t *l)
{
	__atomic_store_n(&l->serves, (uint16_t)(l->serves + 1), __ATOMIC_RELEASE);
}

static inline bool spin_is_locked(const spinlock_t *l)
{
	return __atomic_load_n(&l->next, __ATOMIC_RELAXED) != __atomic_load_n(&l->serves, __ATOMIC_RELAXED);
}

#endif
