/* rate.h - how much a guest may send: so many bytes in each interval [pure] */
#ifndef BACKEND_NET_RATE_H
#define BACKEND_NET_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
	uint64_t bytes; /* in each interval; 0: no limit */
	uint64_t interval_us;
	int64_t left; /* of this interval; negative: owed to the next ones */
	uint64_t end; /* of this interval, us on the clock that the caller uses */
};

void rate_init(struct rate *rate, uint64_t bytes, uint64_t interval_us);
/* May a packet of this length go now? If so it is counted. One that is longer than what is left is paid by what follows. */
bool rate_take(struct rate *rate, uint64_t now_us, uint32_t len);
/* How long until the next packet may go, us. */
uint64_t rate_wait(const struct rate *rate, uint64_t now_us);

#endif
