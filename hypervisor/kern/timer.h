/* timer.h - something to be done at a time, on a CPU
 *
 * A timer's function runs on the CPU the timer is set on, on its way back to a guest or out of idle: with no lock held.
 */
#ifndef KERN_TIMER_H
#define KERN_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/timerheap.h"

struct timer {
	struct timerheap_node node; /* its place in the CPU's queue, and when it expires: ns, time_now()'s scale */
	void (*fn)(void *arg);
	void *arg;
	uint32_t cpu; /* whose queue it is or was last in */
	bool set;     /* it is in that queue */
};

void timer_init(struct timer *t, void (*fn)(void *arg), void *arg);
void timer_set(struct timer *t, unsigned cpu, uint64_t expires); /* moves it if it was set already */
/* Afterwards fn neither runs nor will, unless fn itself is the caller. Waits for fn where it runs on another CPU: so hold no
 * lock that fn takes. */
void timer_stop(struct timer *t);
void timer_run_expired(void);	  /* this CPU's: called for CPU_PENDING_TIMER, whose bit it clears */
int timer_init_cpu(unsigned cpu); /* before it has a timer set. -ENOMEM */

static inline bool timer_is_set(const struct timer *t)
{
	return t->set;
}

#endif
