/* rate.c - how much a guest may send: so many bytes in each interval [pure] */
#include "backend-drivers/net/rate.h"

void rate_init(struct rate *rate, uint64_t bytes, uint64_t interval_us)
{
	rate->bytes = bytes < INT64_MAX ? bytes : INT64_MAX;
	rate->interval_us = interval_us ? interval_us : 1;
	rate->left = (int64_t)rate->bytes;
	rate->end = 0;
}

/* What was not used is not saved up: a quiet guest must not come back with a flood. */
static void refill(struct rate *rate, uint64_t now_us)
{
	uint64_t intervals = rate->end ? (now_us - rate->end) / rate->interval_us + 1 : 1;

	if (rate->left >= 0 || (uint64_t)-rate->left / rate->bytes < intervals - 1)
		rate->left = (int64_t)rate->bytes;
	else
		rate->left += (int64_t)(intervals * rate->bytes);
	rate->end = now_us + rate->interval_us - (rate->end ? (now_us - rate->end) % rate->interval_us : 0);
}

bool rate_take(struct rate *rate, uint64_t now_us, uint32_t len)
{
	if (rate->bytes == 0)
		return true;
	if (now_us >= rate->end)
		refill(rate, now_us);
	if (rate->left <= 0)
		return false;
	rate->left -= len;
	return true;
}

uint64_t rate_wait(const struct rate *rate, uint64_t now_us)
{
	uint64_t owed = rate->left < 0 ? (uint64_t)-rate->left / rate->bytes : 0;
	uint64_t due = rate->end + owed * rate->interval_us;

	return now_us < due ? due - now_us : 0;
}
