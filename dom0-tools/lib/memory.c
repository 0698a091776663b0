/* memory.c - another domain's memory: given, mapped here, made known as page tables */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "abi.h"
#include "internal.h"
#include "linux_xen.h"

/* More or less memory: `cmd` of so many extents of this order. How many were done, whose list is in `out` unless that is NULL. */
static long change_reservation(struct plinth *h, int cmd, unsigned int domid, unsigned int order, size_t count,
			       const uint64_t *frames, uint64_t *out)
{
	struct xen_memory_reservation *res = plinth_buffer_alloc(h, sizeof(*res));
	xen_pfn_t *list = res ? plinth_buffer_alloc(h, count * sizeof(*list)) : NULL;
	long done = -ENOMEM;

	if (list) {
		memcpy(list, frames, count * sizeof(*list));
		res->nr_extents = count;
		res->extent_order = order;
		res->domid = domid;
		set_xen_guest_handle(res->extent_start, list);
		done = plinth_hypercall(h, __HYPERVISOR_memory_op, cmd, (uintptr_t)res, 0, 0, 0);
		if (out && done > 0)
			memcpy(out, list, done * sizeof(*list));
	}
	plinth_buffer_free(h, list, count * sizeof(*list));
	plinth_buffer_free(h, res, sizeof(*res));
	return done;
}

long plinth_populate(struct plinth *h, unsigned int domid, unsigned int order, size_t count, uint64_t *frames)
{
	long done = change_reservation(h, XENMEM_populate_physmap, domid, order, count, frames, frames);

	return done < 0 ? plinth_fail(-done, "cannot give memory to domain %u: %s", domid, strerror(-done)) : done;
}

int plinth_unpopulate(struct plinth *h, unsigned int domid, size_t count, const uint64_t *gfns)
{
	long done = change_reservation(h, XENMEM_decrease_reservation, domid, 0, count, gfns, NULL);

	if (done == (long)count)
		return 0;
	done = done < 0 ? -done : EINVAL;
	return plinth_fail(done, "cannot take memory from domain %u: %s", domid, strerror(done));
}

int plinth_map_frames_at(struct plinth *h, unsigned int domid, const uint64_t *mfns, size_t count, void *addr)
{
	int *errors = malloc(count * sizeof(*errors));
	struct privcmd_map_batch batch = {count, domid, (uintptr_t)addr, mfns, errors};
	int err = 0;
	void *p;

	if (!errors)
		return plinth_fail(ENOMEM, "out of memory");
	p = mmap(addr, count * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, h->privcmd, 0);
	if (p == MAP_FAILED || ioctl(h->privcmd, PRIVCMD_MAP_BATCH, &batch))
		err = plinth_fail(errno, "cannot map %zu pages of domain %u: %s", count, domid, strerror(errno));
	for (size_t i = 0; !err && i < count; i++)
		if (errors[i])
			err = plinth_fail(-errors[i], "cannot map frame %#llx of domain %u: %s",
					  (unsigned long long)mfns[i], domid, strerror(-errors[i]));
	free(errors);
	return err;
}

int plinth_map_frames(struct plinth *h, unsigned int domid, const uint64_t *mfns, size_t count, void **addr)
{
	/* Reserve the room first: what fails on the way can then be unmapped in one go. */
	void *p = mmap(NULL, count * PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int err;

	if (p == MAP_FAILED)
		return plinth_fail(ENOMEM, "no address space to map %zu pages", count);
	err = plinth_map_frames_at(h, domid, mfns, count, p);
	if (err)
		munmap(p, count * PAGE_SIZE);
	else
		*addr = p;
	return err;
}

int plinth_pin_l4(struct plinth *h, unsigned int domid, uint64_t mfn)
{
	struct mmuext_op *op = plinth_buffer_alloc(h, sizeof(*op));
	long ret;

	if (!op)
		return -ENOMEM;
	op->cmd = MMUEXT_PIN_L4_TABLE;
	op->arg1.mfn = mfn;
	ret = plinth_hypercall(h, __HYPERVISOR_mmuext_op, (uintptr_t)op, 1, 0, domid, 0);
	plinth_buffer_free(h, op, sizeof(*op));
	if (ret < 0)
		return plinth_fail(-ret, "the hypervisor refuses the page tables of domain %u: %s", domid,
				   strerror(-ret));
	return 0;
}

int plinth_set_memory_map(struct plinth *h, unsigned int domid, const struct plinth_memory_range *ranges, size_t count)
{
	struct entry {
		uint64_t start, size;
		uint32_t type;
	} __attribute__((packed)) *entries = plinth_buffer_alloc(h, count * sizeof(*entries));
	struct xen_foreign_memory_map *map = entries ? plinth_buffer_alloc(h, sizeof(*map)) : NULL;
	long ret = -ENOMEM;

	if (map) {
		for (size_t i = 0; i < count; i++)
			entries[i] = (struct entry){ranges[i].start, ranges[i].size, ranges[i].type};
		map->domid = domid;
		map->map.nr_entries = count;
		set_xen_guest_handle(map->map.buffer, entries);
		ret = plinth_hypercall(h, __HYPERVISOR_memory_op, XENMEM_set_memory_map, (uintptr_t)map, 0, 0, 0);
	}
	plinth_buffer_free(h, map, sizeof(*map));
	plinth_buffer_free(h, entries, count * sizeof(*entries));
	if (ret < 0)
		return plinth_fail(-ret, "cannot set the memory map of domain %u: %s", domid, strerror(-ret));
	return 0;
}

int plinth_map_grant_table(struct plinth *h, unsigned int domid, unsigned int frames, void **addr)
{
	void *p = mmap(NULL, frames * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, h->privcmd, 0);
	struct privcmd_map_resource map = {.dom = domid,
					   .type = XENMEM_resource_grant_table,
					   .id = XENMEM_resource_grant_table_id_shared,
					   .num = frames,
					   .addr = (uintptr_t)p};
	int err;

	if (p == MAP_FAILED)
		return plinth_fail(ENOMEM, "no address space to map %u pages", frames);
	if (ioctl(h->privcmd, PRIVCMD_MAP_RESOURCE, &map)) {
		err = plinth_fail(errno, "no grant table for domain %u: %s", domid, strerror(errno));
		munmap(p, frames * PAGE_SIZE);
		return err;
	}
	*addr = p;
	return 0;
}

int plinth_event_alloc(struct plinth *h, unsigned int domid, unsigned int remote)
{
	struct evtchn_alloc_unbound *op = plinth_buffer_alloc(h, sizeof(*op));
	long ret;
	int port;

	if (!op)
		return -ENOMEM;
	op->dom = domid;
	op->remote_dom = remote;
	ret = plinth_hypercall(h, __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, (uintptr_t)op, 0, 0, 0);
	port = op->port;
	plinth_buffer_free(h, op, sizeof(*op));
	if (ret < 0)
		return plinth_fail(-ret, "no event channel for domain %u: %s", domid, strerror(-ret));
	return port;
}
