/* limiter.h - how fast one guest may print: so many bytes a second, and a burst */
#ifndef CONSOLED_LIMITER_H
#define CONSOLED_LIMITER_H

#include <stddef.h>
#include <stdint.h>

struct limiter {
	uint64_t rate, burst; /* bytes a second, bytes */
	uint64_t budget;      /* bytes that may pass now */
	uint64_t last_ms;
};

void limiter_init(struct limiter *l, uint64_t rate, uint64_t burst, uint64_t now_ms);
/* Bytes that may pass now. */
uint64_t limiter_budget(struct limiter *l, uint64_t now_ms);
void limiter_spend(struct limiter *l, uint64_t bytes);
/* Milliseconds until it is worth to look again. */
unsigned int limiter_wait(const struct limiter *l);

#endif
