/* time.c - time goes forward, and timers come when they should
 *
 * Mechanism: the hypervisor publishes, for each vcpu, the system time at a TSC value and how to scale what came after; the version
 * is odd while it writes. set_timer_op raises VIRQ_TIMER at a system time.
 * Promise: time that is worked out this way never goes backwards, and agrees with the wall clock's increments; a timer never
 * comes early; a poll ends at its timeout; timers in the past come at once.
 * Probe: a hundred thousand readings, over several updates; the same on four vcpus at once, each taking over what the others
 * have read; timers at several distances.
 */
#include "runtime/guest.h"

TEST_CPUS(4);
const char test_title[] = "time";

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

/* What one vcpu has read, no other may read less a moment later. */
static volatile uint64_t latest;
static unsigned backwards[GUEST_VCPUS];
static volatile bool over;

static void read_after_others(void *none)
{
	unsigned me = my_vcpu();

	(void)none;
	while (!over) {
		uint64_t before = __atomic_load_n(&latest, __ATOMIC_SEQ_CST), t = now();

		backwards[me] += t < before;
		while (before < t &&
		       !__atomic_compare_exchange_n(&latest, &before, t, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			;
	}
}

static void across_vcpus(void)
{
	uint64_t end = now() + 500000000;

	for (unsigned id = 1; id < GUEST_VCPUS; id++)
		start_vcpu(id, read_after_others, NULL);
	while (now() < end)
		yield();
	over = true;
	for (unsigned id = 1; id < GUEST_VCPUS; id++) {
		join_vcpu(id);
		CHECK(!backwards[id], "vcpu %u: time went backwards %u times", id, backwards[id]);
	}
}

static uint32_t timer_port;

/* VIRQ_TIMER, within so many ns from now. */
static bool timer_comes(uint64_t within)
{
	struct sched_poll poll = {.ports = &timer_port, .nr_ports = 1, .timeout = now() + within};

	EXPECT(CALL2(sched_op, SCHEDOP_poll, &poll), 0);
	return __atomic_exchange_n(&shared->evtchn_pending[0], 0, __ATOMIC_SEQ_CST) >> timer_port & 1;
}

static void timers(void)
{
	static const uint64_t distances[] = {0, 1, 1000, 100000, 3000000, 20000000};
	struct evtchn_bind_virq b = {.virq = VIRQ_TIMER};
	struct sched_poll poll = {.nr_ports = 1};
	uint64_t at, came;

	NEED(!CALL2(event_channel_op, EVTCHNOP_bind_virq, &b), "no VIRQ_TIMER");
	timer_port = b.port;
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

/* The timers of vcpu_op: what is too short, or would wrap, is refused, and leaves the one that runs alone. */
static void vcpu_timers(void)
{
	struct vcpu_set_periodic_timer p = {999999};
	struct vcpu_set_singleshot_timer s = {.timeout_abs_ns = now() - 1, .flags = VCPU_SSHOTTMR_future};

	EXPECT(CALL3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), -XEN_EINVAL);
	p.period_ns = 1UL << 63;
	EXPECT(CALL3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), -XEN_EINVAL);
	p.period_ns = ~0UL;
	EXPECT(CALL3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), -XEN_EINVAL);
	EXPECT(CALL3(vcpu_op, VCPUOP_set_periodic_timer, 0, 8), -XEN_EFAULT);
	p.period_ns = (1UL << 63) - 1;
	EXPECT(CALL3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), 0);
	p.period_ns = 2000000;
	EXPECT(CALL3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), 0);
	for (unsigned i = 0; i < 3; i++)
		CHECK(timer_comes(1000000000), "period number %u did not come", i);
	EXPECT(CALL3(vcpu_op, VCPUOP_stop_periodic_timer, 0, NULL), 0);
	(void)timer_comes(0);
	CHECK(!timer_comes(10000000), "a periodic timer that was stopped came");
	EXPECT(CALL3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &s), -XEN_ETIME);
	EXPECT(CALL3(vcpu_op, VCPUOP_set_singleshot_timer, 1, &s), -XEN_EINVAL);
	s.timeout_abs_ns = now() + 3000000;
	EXPECT(CALL3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &s), 0);
	CHECK(timer_comes(1000000000) && now() >= s.timeout_abs_ns, "a single shot");
	s.timeout_abs_ns = now() + 5000000;
	EXPECT(CALL3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &s), 0);
	EXPECT(CALL3(vcpu_op, VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	CHECK(!timer_comes(10000000), "a single shot that was stopped came");
	EXPECT(CALL3(vcpu_op, VCPUOP_stop_singleshot_timer, 1, NULL), -XEN_EINVAL);
	EXPECT(CALL3(vcpu_op, VCPUOP_stop_periodic_timer, 999, NULL), -XEN_ENOENT);
}

void test_main(void)
{
	CHECK(shared->wc_sec > 1500000000 && !(shared->wc_version & 1), "the wall clock says %u", shared->wc_sec);
	monotonic();
	across_vcpus();
	timers();
	vcpu_timers();
}
