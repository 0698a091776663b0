/* memory_maps.c - memory_op: maps of the machine's memory and of a domain's, and where the M2P is */
#include "arch/x86/boot/info.h"
#include "call/memory.h"
#include "kern/memory.h"

#define MAP_ENTRIES_MAX 128 /* of a map that the toolstack gives a domain */

/* Writes count entries to the caller's buffer and says how many. -ENOBUFS: it is too small. */
static long give_map(struct xen_memory_map *guest, const struct memmap_e820 *entries, unsigned count)
{
	struct xen_memory_map map;

	if (copy_from_guest(&map, guest))
		return -EFAULT;
	if (map.nr_entries < count)
		return -ENOBUFS;
	if (guest_write(map.buffer, entries, count * sizeof(*entries)))
		return -EFAULT;
	map.nr_entries = count;
	return copy_field_to_guest(guest, &map, nr_entries);
}

long memory_map(uint64_t arg)
{
	struct domain *d = current->domain;
	long ret = -ENOSYS; /* so it is said that a domain was given none */

	spin_lock(&d->lock);
	if (d->map)
		ret = give_map((struct xen_memory_map *)arg, d->map, d->map_entries);
	spin_unlock(&d->lock);
	return ret;
}

long memory_machine_map(uint64_t arg)
{
	struct memmap_e820 *entries;
	unsigned count;
	long ret;

	if (!call_privileged())
		return -EPERM;
	entries = heap_alloc(MEMMAP_MAX * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	count = memmap_e820(&boot_info.map, entries, MEMMAP_MAX);
	ret = give_map((struct xen_memory_map *)arg, entries, count);
	heap_free(entries, MEMMAP_MAX * sizeof(*entries));
	return ret;
}

static int read_map(const struct xen_memory_map *from, struct memmap_e820 **map)
{
	size_t size = from->nr_entries * sizeof(**map);

	if (!from->nr_entries || from->nr_entries > MAP_ENTRIES_MAX)
		return -EINVAL;
	*map = heap_alloc(size);
	if (!*map)
		return -ENOMEM;
	if (!guest_read(*map, from->buffer, size))
		return 0;
	heap_free(*map, size);
	return -EFAULT;
}

long memory_set_map(uint64_t arg)
{
	struct xen_foreign_memory_map fmap;
	struct memmap_e820 *map, *old;
	unsigned old_entries;
	struct domain *d;
	int err;

	if (!call_privileged())
		return -EPERM;
	if (copy_from_guest(&fmap, (struct xen_foreign_memory_map *)arg))
		return -EFAULT;
	err = read_map(&fmap.map, &map);
	if (err)
		return err;
	err = memory_find_domain(fmap.domid, &d);
	if (err) {
		heap_free(map, fmap.map.nr_entries * sizeof(*map));
		return err;
	}
	spin_lock(&d->lock);
	old = d->map;
	old_entries = d->map_entries;
	d->map = map;
	d->map_entries = fmap.map.nr_entries;
	spin_unlock(&d->lock);
	heap_free(old, old_entries * sizeof(*old));
	domain_put(d);
	return 0;
}

long memory_machphys_mapping(uint64_t arg)
{
	struct xen_machphys_mapping mapping = {
		.v_start = MACH2PHYS_VIRT_START, .v_end = MACH2PHYS_VIRT_END, .max_mfn = memory_max_mfn()};

	return copy_to_guest((struct xen_machphys_mapping *)arg, &mapping);
}

/* A hole in the machine's memory is told as the part before it. */
long memory_machphys_list(uint64_t arg)
{
	struct xen_machphys_mfn_list *guest = (struct xen_machphys_mfn_list *)arg, list;
	uint64_t chunks = (memory_max_mfn() >> FRAME_CHUNK_SHIFT) + 1, i;
	xen_pfn_t mfn = 0;

	if (!call_privileged())
		return -EPERM;
	if (copy_from_guest(&list, guest))
		return -EFAULT;
	for (i = 0; i < chunks && i < list.max_extents; i++) {
		mfn_t m = memory_m2p_chunk(i);

		if (!mfn_eq(m, INVALID_MFN))
			mfn = m.n;
		if (copy_to_guest_array(list.extent_start, i, &mfn, 1))
			return -EFAULT;
	}
	list.nr_extents = (unsigned)i;
	return copy_field_to_guest(guest, &list, nr_extents);
}

/* Without an IOMMU in use nothing of the kind matters: the map is empty. */
long memory_reserved_device_map(uint64_t arg)
{
	struct xen_reserved_device_memory_map *guest = (struct xen_reserved_device_memory_map *)arg, map;

	if (copy_from_guest(&map, guest))
		return -EFAULT;
	if (map.flags & ~(uint32_t)XENMEM_RDM_ALL)
		return -EINVAL;
	map.nr_entries = 0;
	return copy_field_to_guest(guest, &map, nr_entries);
}
