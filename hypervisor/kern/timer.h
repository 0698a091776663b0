/* timer.h - something to be done at a time, on a CPU
 *
 * A timer's function runs on the CPU the timer is set on, on its way back to a guest or out of idle: with no lock held.
 */
#ifndef KERN_TIMER_H
#define KERN_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
	uint64_t expires;          /* ns, time_now()'s scale */
	void (*fn)(void *arg);
	void *arg;
	uint32_t cpu;              /* whose queue it is in */
	uint32_t place;            /* index in that queue's heap, plus one; 0: not set */
};

void timer_init(struct timer *t, void (*fn)(void *arg), void *arg);
void timer_set(struct timer *t, unsigned cpu, uint64_t expires); /* moves it if it was set already */
void timer_stop(struct timer *t);  /* afterwards fn neither runs nor will */
void timer_migrate(struct timer *t, unsigned cpu); /* keeps its time, if set */
void timer_run_expired(void);      /* this CPU's: called for CPU_PENDING_TIMER */
int timer_init_cpu(unsigned cpu);  /* -ENOMEM */

#endif
