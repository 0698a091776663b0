/* sched.h - which vcpu runs where, and when (decisions: core/runqueue.h)
 */
#ifndef KERN_SCHED_H
#define KERN_SCHED_H

#include "kern/domain.h"

int sched_init_cpu(unsigned cpu);   /* its run queue and idle vcpu; -ENOMEM */
int sched_add_vcpu(struct vcpu *v); /* -ENOMEM */
void sched_remove_vcpu(struct vcpu *v);

/* CPU_PENDING_SCHEDULE: choose again. Returns the vcpu that is current now; a guest's is loaded, idle's means: nothing to run. */
struct vcpu *sched_choose(void);

void vcpu_wake(struct vcpu *v);	 /* its reasons not to run may have gone: let it run if they have */
void vcpu_sleep(struct vcpu *v); /* it has a reason not to run now; returns at once, even if it still runs elsewhere */
void vcpu_sleep_sync(struct vcpu *v); /* and waits until it does not run. Not for current. */
void vcpu_block(void); /* current, unless an event is pending for it; then unmasks upcalls as SCHEDOP_block does */
void vcpu_yield(void);
int sched_set_affinity(struct vcpu *v, bool soft, uint64_t cpus); /* -EINVAL: no CPU that is up */
uint64_t sched_get_affinity(const struct vcpu *v, bool soft);
int sched_set_params(struct domain *d, uint16_t weight,
		     uint16_t cap); /* credit's scale: 256 normal, cap in % of a CPU, 0 none */
void sched_get_params(const struct domain *d, uint16_t *weight, uint16_t *cap);
uint64_t sched_idle_ns(unsigned cpu);
uint64_t sched_online_cpus(void); /* bitmap */

void sched_get_runstate(struct vcpu *v, struct vcpu_runstate_info *info); /* times up to now */
void sched_publish_runstate(void);					  /* current's, to the area it registered */

#endif
