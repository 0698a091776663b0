/* pool.c - pages that the front end has granted for good, mapped once and found by their number */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "backend-drivers/blk/pool.h"
#include "dom0-tools/lib/plinth.h"

#define POOL_TABLE (2 * POOL_PAGES) /* half empty at the most: searches stay short */
#define PAGE	   4096u

int pool_init(struct pool *pool, const struct grants *grants)
{
	*pool = (struct pool){.grants = grants};
	pool->table = calloc(POOL_TABLE, sizeof(*pool->table));
	pool->chunk = calloc(POOL_PAGES, sizeof(*pool->chunk));
	return pool->table && pool->chunk ? 0 : plinth_fail(ENOMEM, "out of memory");
}

/* The entry of a grant, or the empty one where it would be. Numbers of grants are small and dense: they are their hash. */
static struct pool_entry *look_up(const struct pool *pool, uint32_t ref)
{
	uint32_t i = ref % POOL_TABLE;

	while (pool->table[i].page && pool->table[i].ref != ref)
		i = (i + 1) % POOL_TABLE;
	return &pool->table[i];
}

void *pool_find(const struct pool *pool, uint32_t ref)
{
	return look_up(pool, ref)->page;
}

static bool among(const uint32_t *refs, uint32_t count, uint32_t ref)
{
	while (count-- > 0)
		if (refs[count] == ref)
			return true;
	return false;
}

int pool_add(struct pool *pool, const uint32_t *refs, uint32_t count)
{
	uint32_t fresh[GRANTS_MOST_PAGES], n = 0;
	void *addr;
	int err;

	for (uint32_t i = 0; i < count; i++)
		if (!pool_find(pool, refs[i]) && !among(fresh, n, refs[i]))
			fresh[n++] = refs[i];
	if (n == 0)
		return 0;
	if (pool->nr_pages + n > POOL_PAGES)
		return -ENOSPC;
	err = grants_map(pool->grants, fresh, n, &addr);
	if (err)
		return err;
	pool->chunk[pool->nr_chunks++] = (struct pool_chunk){addr, n};
	pool->nr_pages += n;
	for (uint32_t i = 0; i < n; i++)
		*look_up(pool, fresh[i]) = (struct pool_entry){(char *)addr + (size_t)i * PAGE, fresh[i]};
	return 0;
}

void pool_clear(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->nr_chunks; i++)
		grants_unmap(pool->grants, pool->chunk[i].addr, pool->chunk[i].count);
	if (pool->nr_chunks)
		memset(pool->table, 0, POOL_TABLE * sizeof(*pool->table));
	pool->nr_chunks = 0;
	pool->nr_pages = 0;
}
