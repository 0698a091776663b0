/* time.c - what a guest knows of time, and the timers of its vcpus
 *
 * A guest computes system time from the TSC with the numbers in its vcpu_time_info. All vcpus are given the numbers we
 * compute time_now() with ourselves, so all times agree to the nanosecond, and need no refreshing. Wall-clock time is one
 * number for each domain: seconds since 1970 at system time 0.
 */
#include "kern/time.h"

#include "arch/x86/tsc.h"
#include "event-channel/ports.h"
#include "kern/event.h"
#include "kern/guest.h"
#include "kern/machine.h"
#include "kern/memory.h"
#include "kern/timer.h"
#include "lib/errno.h"

#define SECOND UINT64_C(1000000000)

/* Periods below this would let a guest keep a CPU busy with timers. */
#define PERIOD_MIN UINT64_C(100000)

static struct {
	spinlock_t lock;
	bool set;
	uint64_t boot_ns; /* wall-clock time at system time 0, in ns since 1970 */
} wall;

static void fill(struct vcpu_time_info *t)
{
	t->tsc_timestamp = tsc_base;
	t->system_time = 0;
	t->tsc_to_system_mul = tsc_scale.mul;
	t->tsc_shift = tsc_scale.shift;
	t->flags = XEN_PVCLOCK_TSC_STABLE_BIT;
}

/* The copy at an address of current's. A reader sees an odd version while it changes. */
static int publish_secondary(struct vcpu *v)
{
	struct vcpu_time_info *area = (struct vcpu_time_info *)v->time_info_guest;
	struct vcpu_time_info t = v->info->time;
	uint32_t odd = t.version | 1;

	if (guest_write(&area->version, &odd, sizeof(odd)))
		return -EFAULT;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	t.version = odd;
	if (guest_write(area, &t, sizeof(t)))
		return -EFAULT;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	odd++;
	return guest_write(&area->version, &odd, sizeof(odd));
}

void time_update_vcpu(struct vcpu *v)
{
	struct vcpu_time_info *t = &v->info->time;

	if (likely(v->time_filled))
		return;
	uint32_t version = t->version | 1;

	__atomic_store_n(&t->version, version, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	fill(t);
	__atomic_store_n(&t->version, version + 1, __ATOMIC_RELEASE);
	v->time_filled = true;
	if (v->time_info_guest)
		publish_secondary(v);
}

void time_refresh_vcpu(struct vcpu *v)
{
	v->time_filled = false;
	if (v == current)
		time_update_vcpu(v);
}

int time_register_secondary(struct vcpu *v, uint64_t address)
{
	uint64_t before = v->time_info_guest;

	v->time_info_guest = address;
	if (!address)
		return 0;
	int rc = publish_secondary(v);

	if (rc)
		v->time_info_guest = before;
	return rc;
}

/* --- wall clock ------------------------------------------------------------------------------------------------- */

static uint64_t wall_at_boot(void)
{
	if (!wall.set) {
		wall.boot_ns = machine_wallclock() * SECOND - time_now();
		wall.set = true;
	}
	return wall.boot_ns;
}

/* The lock of the wall clock is held. */
static void fill_wallclock(struct domain *d)
{
	struct shared_info *s = d->shared_info;
	uint64_t ns = wall_at_boot() + (uint64_t)d->time_offset * SECOND;
	uint32_t version = s->wc_version | 1;

	__atomic_store_n(&s->wc_version, version, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	s->wc_sec = (uint32_t)(ns / SECOND);
	s->wc_sec_hi = (uint32_t)(ns / SECOND >> 32);
	s->wc_nsec = (uint32_t)(ns % SECOND);
	__atomic_store_n(&s->wc_version, version + 1, __ATOMIC_RELEASE);
}

void time_update_wallclock(struct domain *d)
{
	spin_lock(&wall.lock);
	fill_wallclock(d);
	spin_unlock(&wall.lock);
}

void time_set_wallclock(uint64_t sec, uint32_t nsec, uint64_t system_time)
{
	uint32_t next = 0;
	struct domain *d;

	spin_lock(&wall.lock);
	wall.boot_ns = sec * SECOND + nsec - system_time;
	wall.set = true;
	spin_unlock(&wall.lock);
	while (next < DOMID_FIRST_RESERVED && (d = domain_get_next((uint16_t)next))) {
		next = d->id + 1u;
		time_update_wallclock(d);
		domain_put(d);
	}
}

uint64_t time_wallclock(void)
{
	spin_lock(&wall.lock);
	uint64_t boot = wall_at_boot();

	spin_unlock(&wall.lock);
	return (boot + time_now()) / SECOND;
}

/* --- timers ----------------------------------------------------------------------------------------------------- */

static void singleshot_fires(void *arg)
{
	event_send_virq(arg, VIRQ_TIMER);
}

static void periodic_fires(void *arg)
{
	struct vcpu *v = arg;
	uint64_t now = time_now(), period = v->periodic_ns;

	event_send_virq(v, VIRQ_TIMER);
	if (!period)
		return;
	/* Periods that went by while the machine was busy are not caught up with. */
	v->periodic_last += (now - v->periodic_last) / period * period;
	timer_set(v->periodic, this_cpu()->id, v->periodic_last + period);
}

static void poll_ends(void *arg)
{
	event_end_poll(arg);
}

int time_init_vcpu(struct vcpu *v)
{
	struct timer *t = heap_alloc(3 * sizeof(*t));

	if (!t)
		return -ENOMEM;
	v->periodic = &t[0];
	v->singleshot = &t[1];
	v->polling = &t[2];
	timer_init(v->periodic, periodic_fires, v);
	timer_init(v->singleshot, singleshot_fires, v);
	timer_init(v->polling, poll_ends, v);
	return 0;
}

void time_destroy_vcpu(struct vcpu *v)
{
	if (!v->periodic)
		return;
	v->periodic_ns = 0;
	timer_stop(v->periodic);
	timer_stop(v->singleshot);
	timer_stop(v->polling);
	heap_free(v->periodic, 3 * sizeof(*v->periodic));
	v->periodic = v->singleshot = v->polling = NULL;
}

void time_set_singleshot(struct vcpu *v, uint64_t when)
{
	timer_set(v->singleshot, this_cpu()->id, when);
}

void time_stop_singleshot(struct vcpu *v)
{
	timer_stop(v->singleshot);
}

int time_set_periodic(struct vcpu *v, uint64_t period)
{
	/* One so long that its end wraps would always be over already, and timer_run_expired() never done. */
	if (period && (period < PERIOD_MIN || period > INT64_MAX))
		return -EINVAL;
	v->periodic_ns = period;
	if (!period) {
		timer_stop(v->periodic);
		return 0;
	}
	v->periodic_last = time_now();
	timer_set(v->periodic, this_cpu()->id, v->periodic_last + period);
	return 0;
}

void time_set_poll(struct vcpu *v, uint64_t when)
{
	timer_set(v->polling, this_cpu()->id, when);
}

void time_stop_poll(struct vcpu *v)
{
	timer_stop(v->polling);
}
