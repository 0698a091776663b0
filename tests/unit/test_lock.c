/* test_lock.c - spin locks on a host that has fewer CPUs for us than we have threads
 *
 * All threads share one CPU, as virtual CPUs do on a crowded host. Whoever waits spins until its time is up. A lock that is
 * handed over in order of arrival would need a change of threads for every hand-over, which is some milliseconds each: for
 * what is done here, a quarter of an hour. One that whoever runs may take needs a change now and then.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "kern/lock.h"
#include "unit.h"

enum { THREADS = 4, ROUNDS = 50000, SECONDS = 60 };

static spinlock_t lock = SPINLOCK_INIT;
static uint64_t count, relaxed;

void machine_relax(void)
{
	__atomic_fetch_add(&relaxed, 1, __ATOMIC_RELAXED);
}

static void *add(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		spin_lock(&lock);
		*(volatile uint64_t *)&count = count + 1; /* not atomic: the lock makes it so */
		spin_unlock(&lock);
	}
	return NULL;
}

static void add_in_threads(void)
{
	pthread_t threads[THREADS];

	count = 0;
	alarm(SECONDS);
	for (unsigned i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, add, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	alarm(0);
	CU_ASSERT_EQUAL(count, (uint64_t)THREADS * ROUNDS);
	CU_ASSERT_FALSE(spin_is_locked(&lock));
}

TEST(only_one_is_inside)
{
	add_in_threads();
}

TEST(one_cpu_for_all)
{
	cpu_set_t before, one;

	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (int cpu = 0; !CPU_COUNT(&one); cpu++) {
		if (CPU_ISSET(cpu, &before))
			CPU_SET(cpu, &one);
	}
	CU_ASSERT_EQUAL_FATAL(sched_setaffinity(0, sizeof(one), &one), 0);
	add_in_threads();
	CU_ASSERT_EQUAL(sched_setaffinity(0, sizeof(before), &before), 0);
}

/* Who waits keeps serving: else two CPUs that want something of each other would stand still. */
TEST(who_waits_serves)
{
	pthread_t thread;

	relaxed = count = 0;
	spin_lock(&lock);
	CU_ASSERT_TRUE(spin_is_locked(&lock));
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, add, NULL), 0);
	while (!__atomic_load_n(&relaxed, __ATOMIC_RELAXED))
		sched_yield();
	CU_ASSERT_EQUAL(count, 0);
	spin_unlock(&lock);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(count, ROUNDS);
}
