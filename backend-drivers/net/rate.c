/* rate.c - how much a guest may send: so many bytes in each interval [pure] */
#include "backend-drivers/net/rate.h"

void rate_init(struct rate *rate, uint64_t bytes, uint64_t interval_us)
{
	rate->bytes = bytes;
	rate->interval_us = interval_us ? interval_us : 1;
	rate->left = bytes;
	rate->end = 0;
}

bool rate_take(struct rate *rate, uint64_t now_us, uint32_t len)
{
	if (rate->bytes == 0)
		return true;
	/* What was not used is not saved up: a quiet guest must not come back with a flood. */
	if (now_us >= rate->end) {
		rate->left = rate->bytes;
		rate->end = now_us + rate->interval_us;
	}
	if (len > rate->left && rate->left < rate->bytes)
		return false;
	rate->left -= len < rate->left ? len : rate->left;
	return true;
}

uint64_t rate_wait(const struct rate *rate, uint64_t now_us)
{
	return now_us < rate->end ? rate->end - now_us : 0;
}
