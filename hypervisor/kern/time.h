/* time.h - what a guest knows of time, and the timers of its vcpus */
#ifndef KERN_TIME_H
#define KERN_TIME_H

#include "kern/domain.h"

int time_init_vcpu(struct vcpu *v); /* its timers; -ENOMEM */
void time_destroy_vcpu(struct vcpu *v);

/* The vcpu is current now: fill its time info if the one it has is not the CPU's, and the secondary area. */
void time_update_vcpu(struct vcpu *v);
/* Its vcpu_info is somewhere else now: fill it anew at the next chance, which is now if it is current. */
void time_refresh_vcpu(struct vcpu *v);
/* VCPUOP_register_vcpu_time_memory_area, for current. -EFAULT. */
int time_register_secondary(struct vcpu *v, uint64_t address);

/* It was sec and nsec since 1970 at this system time: for all domains from now on. */
void time_set_wallclock(uint64_t sec, uint32_t nsec, uint64_t system_time);
/* Fill one domain's shared_info (its time_offset changed, or it is new). */
void time_update_wallclock(struct domain *d);
/* Seconds since 1970, now. */
uint64_t time_wallclock(void);

/* VIRQ_TIMER at a system time, once. A time that has passed: at once. Current's own timers only. */
void time_set_singleshot(struct vcpu *v, uint64_t when);
void time_stop_singleshot(struct vcpu *v);
/* VIRQ_TIMER every so many ns. 0: off. -EINVAL: too often. */
int time_set_periodic(struct vcpu *v, uint64_t period);
/* End current's sched_op poll at this time. */
void time_set_poll(struct vcpu *v, uint64_t when);
void time_stop_poll(struct vcpu *v);

#endif
