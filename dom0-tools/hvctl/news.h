/* news.h - waiting for what the store will say */
#ifndef HVCTL_NEWS_H
#define HVCTL_NEWS_H

#include "dom0-tools/lib/plinth.h"

/*
 * Asks `fn` again at each news of the node and what is below it, and several times a second in between, until it says something
 * else than 0, which is returned: more than 0 that it is so, less that it never will be, with plinth_error(). -ETIMEDOUT, without a
 * message: it was not so for that long.
 */
int news_wait(struct plinth_store *store, const char *node, int timeout_ms, int (*fn)(void *arg), void *arg);

#endif
