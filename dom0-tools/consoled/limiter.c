/* limiter.c - how fast one guest may print: so many bytes a second, and a burst */
#include "limiter.h"

#define STEP_MS 50 /* budgets grow in steps worth waking up for */

void limiter_init(struct limiter *l, uint64_t rate, uint64_t burst, uint64_t now_ms)
{
	*l = (struct limiter){rate, burst, burst, now_ms};
}

uint64_t limiter_budget(struct limiter *l, uint64_t now_ms)
{
	uint64_t passed = now_ms - l->last_ms;

	if (passed > 1000)
		passed = 1000; /* no more is saved up than the burst anyway */
	if (passed >= STEP_MS) {
		l->budget += l->rate * passed / 1000;
		if (l->budget > l->burst)
			l->budget = l->burst;
		l->last_ms = now_ms;
	}
	return l->budget;
}

void limiter_spend(struct limiter *l, uint64_t bytes)
{
	l->budget -= bytes < l->budget ? bytes : l->budget;
}

unsigned int limiter_wait(const struct limiter *l)
{
	return l->budget ? 0 : STEP_MS;
}
