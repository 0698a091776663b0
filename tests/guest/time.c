/* time.c - time goes forward, and timers come when they should
 *
 * Mechanism: the hypervisor publishes, for each vcpu, the system time at a TSC value and how to scale what came after; the version
 * is odd while it writes. set_timer_op raises VIRQ_TIMER at a system time.
 * Promise: time that is worked out this way never goes backwards, and agrees with the wall clock's increments; a timer never
 * comes early; a poll ends at its timeout; timers in the past come at once.
 * Probe: a hundred thousand readings, over several updates; timers at several distances.
 */
#include "runtime/guest.h"

const char test_title[] = "time";

static uint64_t now(void)
{
	volatile struct vcpu_time_info *t = &vcpu0->time;
	uint64_t ns, delta, low, high;
	uint32_t version;

	do {
		version = t->version;
		__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
		delta = (high << 32 | low) - t->tsc_timestamp;
		delta = t->tsc_shift < 0 ? delta >> -t->tsc_shift : delta << t->tsc_shift;
		ns = t->system_time + (uint64_t)((unsigned __int128)delta * t->tsc_to_system_mul >> 32);
		__asm__ volatile("" ::: "memory");
	} while ((version & 1) || version != t->version);
	return ns;
}

static void monotonic(void)
{
	uint64_t last = now(), start = last, t;
	unsigned back = 0;

	for (unsigned i = 0; i < 100000 || (last - start < 30000000 && i < 10000000); i++) {
		t = now();
		back += t < last;
		last = t;
	}
	CHECK(!back, "time went backwards %u times", back);
	CHECK(last > start, "time stands still");
}

static void timers(void)
{
	static const uint64_t distances[] = { 0, 1, 1000, 100000, 3000000, 20000000 };
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER };
	struct sched_poll poll = { .nr_ports = 1 };
	uint64_t at, came;

	NEED(!CALL2(event_channel_op, EVTCHNOP_bind_virq, &b), "no VIRQ_TIMER");
	poll.ports = &b.port;
	for (unsigned i = 0; i < ARRAY_SIZE(distances); i++) {
		shared->evtchn_pending[0] = 0;
		at = now() + distances[i];
		EXPECT(CALL1(set_timer_op, at), 0);
		poll.timeout = at + 2000000000;
		EXPECT(CALL2(sched_op, SCHEDOP_poll, &poll), 0);
		came = now();
		CHECK(came >= at, "a timer came %lu ns early", at - came);
		CHECK(shared->evtchn_pending[0] >> b.port & 1, "a timer did not come");
	}
	shared->evtchn_pending[0] = 0;
	EXPECT(CALL1(set_timer_op, now() + 1000000000), 0);
	EXPECT(CALL1(set_timer_op, 0), 0);
	at = poll.timeout = now() + 5000000;
	EXPECT(CALL2(sched_op, SCHEDOP_poll, &poll), 0);
	came = now();
	CHECK(came >= at, "a poll ended %lu ns early", at - came);
	CHECK(!shared->evtchn_pending[0], "a timer that was stopped came");
}

void test_main(void)
{
	CHECK(shared->wc_sec > 1500000000 && !(shared->wc_version & 1), "the wall clock says %u", shared->wc_sec);
	monotonic();
	timers();
}
