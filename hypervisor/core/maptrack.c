/* maptrack.c - a domain's handles: which grants of others it has mapped, and how */
#include "core/maptrack.h"

#include "lib/errno.h"

/* The BUSY bit of HOST and of DEVICE. */
static uint16_t busy(uint16_t parts)
{
	return (uint16_t)(parts << 2);
}

static struct mapping *entry(const struct maptrack *t, uint32_t handle)
{
	return &t->page[handle / MAPPINGS_PER_PAGE][handle % MAPPINGS_PER_PAGE];
}

void maptrack_init(struct maptrack *t, struct mapping **pages, uint32_t max_pages)
{
	*t = (struct maptrack){.page = pages, .max_pages = max_pages, .free = MAPTRACK_NONE};
}

void maptrack_add_page(struct maptrack *t, struct mapping *page)
{
	uint32_t first = t->nr_pages * (uint32_t)MAPPINGS_PER_PAGE;

	t->page[t->nr_pages++] = page;
	for (uint32_t i = 0; i < MAPPINGS_PER_PAGE; i++)
		page[i].ref = i + 1 < MAPPINGS_PER_PAGE ? first + i + 1 : t->free;
	t->free = first;
}

int64_t maptrack_take(struct maptrack *t)
{
	uint32_t handle = t->free;
	struct mapping *m;

	if (handle == MAPTRACK_NONE)
		return t->nr_pages < t->max_pages ? -ENOBUFS : -ENOSPC;
	m = entry(t, handle);
	t->free = m->ref;
	t->used++;
	*m = (struct mapping){.flags = MAPPING_USED};
	return handle;
}

struct mapping *maptrack_get(const struct maptrack *t, uint32_t handle)
{
	struct mapping *m;

	if (handle / MAPPINGS_PER_PAGE >= t->nr_pages)
		return NULL;
	m = entry(t, handle);
	return m->flags & MAPPING_USED ? m : NULL;
}

void maptrack_free(struct maptrack *t, uint32_t handle)
{
	*entry(t, handle) = (struct mapping){.ref = t->free};
	t->free = handle;
	t->used--;
}

int maptrack_claim(const struct maptrack *t, uint32_t handle, uint16_t parts, struct mapping *copy)
{
	struct mapping *m = maptrack_get(t, handle);

	if (!m)
		return -ENOENT;
	if ((m->flags & parts) != parts)
		return -EINVAL;
	*copy = *m;
	m->flags = (uint16_t)((m->flags & ~parts) | busy(parts));
	return 0;
}

bool maptrack_settle(struct maptrack *t, uint32_t handle, uint16_t parts, bool undo)
{
	struct mapping *m = entry(t, handle);

	m->flags &= (uint16_t)~busy(parts);
	if (undo)
		m->flags |= parts;
	if (m->flags & MAPPING_PARTS)
		return false;
	maptrack_free(t, handle);
	return true;
}
