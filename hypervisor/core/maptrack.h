/* maptrack.h - a domain's handles: which grants of others it has mapped, and how [pure]
 *
 * A table that grows by pages the caller allocates; free handles form a chain through it. The
 * caller holds its lock.
 */
#ifndef CORE_MAPTRACK_H
#define CORE_MAPTRACK_H

#include "lib/types.h"

/* What a mapping still has, and what somebody is just taking from it. */
#define MAPPING_HOST	    0x01
#define MAPPING_DEVICE	    0x02
#define MAPPING_HOST_BUSY   0x04
#define MAPPING_DEVICE_BUSY 0x08
#define MAPPING_PARTS	    0x0f
#define MAPPING_READONLY    0x10
#define MAPPING_BY_PTE	    0x20 /* the host mapping was named by its entry's address */
#define MAPPING_USED	    0x80

struct mapping {
	void *domain; /* whose grant it is; the caller's reference */
	uint32_t ref; /* which; of a free one: the next free handle */
	uint16_t flags;
};

#define MAPPINGS_PER_PAGE (PAGE_SIZE / sizeof(struct mapping))
#define MAPTRACK_NONE	  UINT32_MAX

struct maptrack {
	struct mapping **page; /* max_pages pointers */
	uint32_t nr_pages, max_pages;
	uint32_t free; /* first free handle, or MAPTRACK_NONE */
	uint32_t used;
};

void maptrack_init(struct maptrack *t, struct mapping **pages, uint32_t max_pages);
/* A zeroed page more. The table keeps the pointer, the caller frees it. There must be room. */
void maptrack_add_page(struct maptrack *t, struct mapping *page);

/* A handle for nothing yet: USED, no parts. -ENOBUFS: add a page and ask again; -ENOSPC: there can
 * be no more. */
int64_t maptrack_take(struct maptrack *t);
/* A handle that is in use, or NULL. */
struct mapping *maptrack_get(const struct maptrack *t, uint32_t handle);
void maptrack_free(struct maptrack *t, uint32_t handle);

/* Claim `parts` (HOST, DEVICE) of a mapping: they become BUSY, so that nobody else takes them too.
 * -ENOENT: no such handle; -EINVAL: it has not all of these. */
int maptrack_claim(const struct maptrack *t, uint32_t handle, uint16_t parts, struct mapping *copy);
/* Claimed parts are gone; or (undo) there again. True: nothing is left, the handle is free now. */
bool maptrack_settle(struct maptrack *t, uint32_t handle, uint16_t parts, bool undo);

#endif
