/* test_flushclock.c - no CPU is ever said to have flushed when it has not, over many rounds of the clock */
#include "core/flushclock.h"
#include "unit.h"

/* The truth beside the clock: a 64-bit count of all that happens. */
static struct flushclock clock_;
static uint64_t event; /* when: counts flushes and stamps */
#define CPUS 3
static uint64_t flushed[CPUS]; /* when each CPU last began a flush */

struct stamp {
	uint16_t stamp;
	uint64_t when;
};

static void start(void)
{
	clock_ = (struct flushclock)FLUSHCLOCK_INIT;
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		flushclock_join(&clock_, cpu);
	event = 0;
	memset(flushed, 0, sizeof(flushed));
}

static struct stamp take(void)
{
	return (struct stamp){flushclock_stamp(&clock_), ++event};
}

static void flush(unsigned cpu)
{
	bool full;
	uint16_t time = flushclock_begin(&clock_, cpu, &full);

	flushed[cpu] = ++event;
	flushclock_end(&clock_, cpu, time);
}

static bool stale(unsigned cpu, uint16_t stamp)
{
	return flushclock_stale(&clock_, BIT(cpu), stamp);
}

/* The promise: not stale means flushed since. */
static bool safe(unsigned cpu, struct stamp s)
{
	return stale(cpu, s.stamp) || flushed[cpu] > s.when;
}

TEST(a_flush_after_the_stamp_is_enough)
{
	struct stamp s;

	start();
	s = take();
	CU_ASSERT_TRUE(stale(0, s.stamp));
	CU_ASSERT_TRUE(stale(1, s.stamp));
	flush(0);
	CU_ASSERT_FALSE(stale(0, s.stamp));
	CU_ASSERT_TRUE(stale(1, s.stamp));
	s = take();
	CU_ASSERT_TRUE(stale(0, s.stamp));
	CU_ASSERT_EQUAL(flushclock_stale(&clock_, 3, s.stamp), 3);
	flush(1);
	CU_ASSERT_EQUAL(flushclock_stale(&clock_, 3, s.stamp), 1);
	CU_ASSERT_EQUAL(flushclock_stale(&clock_, 2, s.stamp), 0);
}

TEST(a_flush_that_has_only_begun_does_not_count)
{
	struct stamp s;
	uint16_t time;
	bool full;

	start();
	s = take();
	time = flushclock_begin(&clock_, 0, &full);
	CU_ASSERT_TRUE(stale(0, s.stamp));
	flushclock_end(&clock_, 0, time);
	CU_ASSERT_FALSE(stale(0, s.stamp));
}

/* Every pair of a stamp's time and a moment of asking, over more than two rounds: one CPU flushes always, one seldom. */
TEST(wrapping_never_hides_a_stale_cpu)
{
	enum { STEPS = 200000, EVERY = 997 };
	static struct stamp s[STEPS / EVERY + 1];
	unsigned nr = 0, rounds = 0;

	start();
	for (unsigned i = 0; i < STEPS; i++) {
		bool full;
		uint16_t time;

		if (i % EVERY == 0)
			s[nr++] = take();
		time = flushclock_begin(&clock_, 0, &full);
		flushed[0] = ++event;
		flushclock_end(&clock_, 0, time);
		if (full)
			rounds++;
		if (i % 30011 == 0)
			flush(1);
		/* asked to flush, CPUs come late: 500 flushes of CPU 0 later */
		for (unsigned cpu = 1; cpu < 3; cpu++)
			if (i % 500 == 499 && flushclock_due(&clock_, cpu))
				flush(cpu);
		if (i % EVERY == 0 || clock_.now > 0xfff0 || clock_.now < 16)
			for (unsigned k = 0; k < nr; k++)
				for (unsigned cpu = 0; cpu < CPUS; cpu++)
					CU_ASSERT(safe(cpu, s[k]));
	}
	CU_ASSERT(rounds >= 2);
}

TEST(the_clock_starts_again_when_all_have_flushed)
{
	struct stamp before, meanwhile, old;
	bool full;
	uint16_t time;

	start();
	clock_.now = 500;
	old = take();
	clock_.now = FLUSHCLOCK_FULL - 1;
	before = take();
	time = flushclock_begin(&clock_, 0, &full);
	CU_ASSERT_TRUE(full);
	flushclock_end(&clock_, 0, time);
	CU_ASSERT_TRUE(flushclock_is_full(&clock_));
	meanwhile = take();
	CU_ASSERT_FALSE(flushclock_due(&clock_, 0));
	CU_ASSERT_TRUE(flushclock_due(&clock_, 1));
	CU_ASSERT_TRUE(flushclock_due(&clock_, 2));
	CU_ASSERT_TRUE(stale(0, before.stamp) && stale(0, meanwhile.stamp));
	flush(1);
	flush(0);
	CU_ASSERT_TRUE(flushclock_is_full(&clock_));
	flush(2);
	CU_ASSERT_FALSE(flushclock_is_full(&clock_));
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		CU_ASSERT_FALSE(flushclock_due(&clock_, cpu));
		CU_ASSERT_FALSE(stale(cpu, old.stamp) || stale(cpu, before.stamp));
		CU_ASSERT_TRUE(stale(cpu, meanwhile.stamp));
		flush(cpu);
		CU_ASSERT_FALSE(stale(cpu, meanwhile.stamp));
	}
}

/* Who wants a frame flushes until it is not stale any more: that must come to an end wherever the clock is. */
TEST(flushing_all_always_helps)
{
	for (unsigned at = FLUSHCLOCK_FULL - 8; at < FLUSHCLOCK_FULL + 8; at++) {
		for (unsigned stamped = 0; stamped < 12; stamped++) {
			struct stamp s = {0, 0};

			start();
			clock_.now = (uint16_t)(at < FLUSHCLOCK_FULL ? at : FLUSHCLOCK_FULL - 1);
			for (unsigned i = 0; i <= stamped; i++) {
				s = take();
				flush(0);
			}
			for (unsigned cpu = 0; cpu < CPUS; cpu++)
				flush(cpu);
			if (flushclock_stale(&clock_, 7, s.stamp))
				for (unsigned cpu = 0; cpu < CPUS; cpu++)
					flush(cpu);
			CU_ASSERT_EQUAL(flushclock_stale(&clock_, 7, s.stamp), 0);
		}
	}
}

/* A CPU that ticked just before the clock stopped, and is slow to finish, must not carry its old time into the new round. */
TEST(a_slow_flush_holds_the_clock_back)
{
	struct stamp s;
	uint16_t slow, time;
	bool full;

	start();
	clock_.now = FLUSHCLOCK_FULL - 2;
	slow = flushclock_begin(&clock_, 1, &full);
	CU_ASSERT_EQUAL(slow, FLUSHCLOCK_FULL - 1);
	time = flushclock_begin(&clock_, 0, &full);
	CU_ASSERT_TRUE(full);
	flushclock_end(&clock_, 0, time);
	flush(2);
	CU_ASSERT_TRUE(flushclock_is_full(&clock_));
	flushclock_end(&clock_, 1, slow);
	s = take();
	CU_ASSERT_TRUE(stale(1, s.stamp));
	CU_ASSERT_TRUE(flushclock_due(&clock_, 1));
	flush(1);
	CU_ASSERT_EQUAL(clock_.now, 1);
	CU_ASSERT(safe(1, s));
}

/* Two CPUs of two, their steps (begin, end) interleaved in every way around the stop, with a stamp taken at every place. */
static void interleave(const uint8_t order[], unsigned nr, unsigned first_clock)
{
	for (unsigned at = 0; at <= nr; at++) {
		uint16_t time[2] = {0, 0};
		bool busy[2] = {false, false}, full;
		uint64_t begun[2] = {0, 0};
		struct stamp s = {0, 0};

		start();
		clock_.cpus = 3;
		clock_.now = (uint16_t)first_clock;
		for (unsigned i = 0; i <= nr; i++) {
			unsigned cpu = order[i % nr];

			if (i == at)
				s = take();
			if (i == nr)
				break;
			if (busy[cpu]) {
				flushclock_end(&clock_, cpu, time[cpu]);
				flushed[cpu] = begun[cpu];
			} else {
				time[cpu] = flushclock_begin(&clock_, cpu, &full);
				begun[cpu] = ++event;
			}
			busy[cpu] = !busy[cpu];
			if (i >= at) {
				CU_ASSERT(safe(0, s));
				CU_ASSERT(safe(1, s));
			}
		}
	}
}

TEST(every_interleaving_of_two_cpus_is_safe)
{
	enum { STEPS = 14 };
	uint8_t order[STEPS];

	for (unsigned bits = 0; bits < 1U << STEPS; bits++) {
		for (unsigned i = 0; i < STEPS; i++)
			order[i] = bits >> i & 1;
		for (unsigned back = 0; back < 5; back++)
			interleave(order, STEPS, FLUSHCLOCK_FULL - back);
	}
}
