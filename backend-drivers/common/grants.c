/* grants.c - the memory that a front end grants: mapped, or copied from and to */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <xen/grant_table.h>

#include "backend-drivers/common/grants.h"
#include "dom0-tools/lib/plinth.h"

#define PAGE 4096u

int grants_open(struct grants *g)
{
	g->fd = plinth_grants_open();
	return g->fd < 0 ? g->fd : 0;
}

static void forget(const struct grants *g, uint64_t index, uint32_t count)
{
	struct ioctl_gntdev_unmap_grant_ref unmap = {.index = index, .count = count};

	ioctl(g->fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap);
}

int grants_map(const struct grants *g, const uint32_t *refs, uint32_t count, void **addr)
{
	struct {
		struct ioctl_gntdev_map_grant_ref head;
		struct ioctl_gntdev_grant_ref more[GRANTS_MOST_PAGES - 1];
	} map;
	void *at;
	int err;

	if (count == 0 || count > GRANTS_MOST_PAGES)
		return plinth_fail(EINVAL, "cannot map %u grants at once", count);
	map.head.count = count;
	map.head.pad = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct ioctl_gntdev_grant_ref *ref = i == 0 ? &map.head.refs[0] : &map.more[i - 1];

		*ref = (struct ioctl_gntdev_grant_ref){g->domid, refs[i]};
	}
	if (ioctl(g->fd, IOCTL_GNTDEV_MAP_GRANT_REF, &map))
		return plinth_fail(errno, "cannot map %u grants of domain %u: %s", count, g->domid, strerror(errno));
	at = mmap(NULL, (size_t)count * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, g->fd, (off_t)map.head.index);
	if (at != MAP_FAILED) {
		*addr = at;
		return 0;
	}
	err = errno;
	forget(g, map.head.index, count);
	return plinth_fail(err, "domain %u does not grant us page %u: %s", g->domid, refs[0], strerror(err));
}

void grants_unmap(const struct grants *g, void *addr, uint32_t count)
{
	struct ioctl_gntdev_get_offset_for_vaddr at = {.vaddr = (uintptr_t)addr};
	int known = !ioctl(g->fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &at);

	munmap(addr, (size_t)count * PAGE);
	if (known)
		forget(g, at.offset, count);
}

int grants_copy_init(struct grants_copy *c, const struct grants *g, uint32_t room)
{
	c->grants = g;
	c->own = NULL;
	c->count = 0;
	c->room = room;
	c->segment = calloc(room, sizeof(*c->segment));
	return c->segment ? 0 : plinth_fail(ENOMEM, "out of memory");
}

/* Our side of a copy: a page with a grant number, for which Dom0's kernel has nothing to look up, or plain memory. */
static uint16_t set_own(const struct grants_copy *c, const void *at, uint32_t len, uint16_t flag,
			union gntdev_copy_side *side)
{
	uint32_t ref, offset;

	if (!c->own || !pages_find(c->own, at, len, &ref, &offset)) {
		side->virt = (void *)at;
		return 0;
	}
	side->foreign.ref = ref;
	side->foreign.offset = (uint16_t)offset;
	side->foreign.domid = 0;
	return flag;
}

void grants_copy_from(struct grants_copy *c, uint32_t ref, uint32_t offset, void *to, uint32_t len)
{
	struct ioctl_gntdev_grant_copy_segment *s = &c->segment[c->count++];

	s->source.foreign.ref = ref;
	s->source.foreign.offset = (uint16_t)offset;
	s->source.foreign.domid = (uint16_t)c->grants->domid;
	s->len = (uint16_t)len;
	s->flags = GNTCOPY_source_gref | set_own(c, to, len, GNTCOPY_dest_gref, &s->dest);
}

void grants_copy_to(struct grants_copy *c, uint32_t ref, uint32_t offset, const void *from, uint32_t len)
{
	struct ioctl_gntdev_grant_copy_segment *s = &c->segment[c->count++];

	s->dest.foreign.ref = ref;
	s->dest.foreign.offset = (uint16_t)offset;
	s->dest.foreign.domid = (uint16_t)c->grants->domid;
	s->len = (uint16_t)len;
	s->flags = GNTCOPY_dest_gref | set_own(c, from, len, GNTCOPY_source_gref, &s->source);
}

int grants_copy_run(struct grants_copy *c)
{
	struct ioctl_gntdev_grant_copy copy = {.count = c->count, .segments = c->segment};

	if (c->count == 0)
		return 0;
	c->count = 0;
	if (ioctl(c->grants->fd, IOCTL_GNTDEV_GRANT_COPY, &copy))
		return plinth_fail(errno, "cannot copy %u pieces of domain %u's memory: %s", copy.count,
				   c->grants->domid, strerror(errno));
	return 0;
}
