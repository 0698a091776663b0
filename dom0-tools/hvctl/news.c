/* news.c - waiting for what the store will say */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "news.h"

#define TOKEN	 "hvctl-news"
#define SLICE_MS 200 /* what the store does not know, such as Ctrl-C, is noticed after that */

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* The next news; those that come with it say no more. */
static int hear(struct plinth_store *store, int timeout_ms)
{
	char *path, *token;
	int err;

	do {
		err = plinth_store_event(store, timeout_ms, &path, &token);
		if (!err)
			free(path);
	} while (!err && plinth_store_has_event(store));
	return err == -ETIMEDOUT ? 0 : err;
}

int news_wait(struct plinth_store *store, const char *node, int timeout_ms, int (*fn)(void *arg), void *arg)
{
	long long end = now_ms() + timeout_ms, left;
	int said, err = plinth_store_watch(store, node, TOKEN);

	if (err)
		return err;
	while ((said = fn(arg)) == 0 && !err) {
		left = end - now_ms();
		if (left <= 0)
			break;
		err = hear(store, left < SLICE_MS ? (int)left : SLICE_MS);
	}
	if (said < 0 || err)
		return said < 0 ? said : err; /* the message stands already */
	plinth_store_unwatch(store, node, TOKEN);
	return said ? said : -ETIMEDOUT;
}
