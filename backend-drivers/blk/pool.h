/* pool.h - pages that the front end has granted for good, mapped once and found by their number
 *
 * A front end with feature-persistent moves its data through a set of pages that it uses again and again. They stay
 * mapped until it lets go of the ring, so that a request costs no mapping.
 */
#ifndef BACKEND_BLK_POOL_H
#define BACKEND_BLK_POOL_H

#include <stdint.h>

#include "backend-drivers/common/grants.h"

#define POOL_PAGES 8192 /* more are not mapped, but copied from and to */

struct pool_entry {
	void *page; /* NULL: none */
	uint32_t ref;
};

struct pool_chunk {
	void *addr;
	uint32_t count;
};

struct pool {
	const struct grants *grants;
	struct pool_entry *table; /* POOL_TABLE of them, by hash */
	struct pool_chunk *chunk; /* what was mapped, to be unmapped as it was mapped */
	uint32_t nr_chunks, nr_pages;
};

int pool_init(struct pool *pool, const struct grants *grants);
/* The page of a grant, or NULL: it is not mapped. */
void *pool_find(const struct pool *pool, uint32_t ref);
/*
 * Maps those of the grants that are not mapped yet. -ENOSPC: the pool is full; -EINVAL and others: the domain does not
 * grant them. Nothing is mapped then.
 */
int pool_add(struct pool *pool, const uint32_t *refs, uint32_t count);
/* Unmaps everything. */
void pool_clear(struct pool *pool);

#endif
