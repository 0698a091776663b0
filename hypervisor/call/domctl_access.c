/* domctl_access.c - domctl: what of the machine a domain may use, and what its frames are used as
 *
 * The caller can pass on only what it may use itself.
 */
#include "call/domctl.h"
#include "kern/irq.h"
#include "kern/memory.h"
#include "kern/mm.h"
#include "lib/bitmap.h"
#include "lib/string.h"

#define IOPORTS		65536
#define PAGE_INFO_MAX	1024 /* frames asked about in one call */
#define PAGE_INFO_CHUNK 64

static long range_permission(struct domain *d, struct rangeset *set, const struct rangeset *callers, uint64_t first,
			     uint64_t last, bool allow)
{
	long rc;

	if (!rangeset_contains(callers, first, last))
		return -EPERM;
	spin_lock(&d->lock);
	rc = allow ? rangeset_add(set, first, last) : rangeset_remove(set, first, last);
	spin_unlock(&d->lock);
	return rc;
}

static long iomem_permission(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_iomem_permission *p = &op->u.iomem_permission;
	uint64_t last = p->first_mfn + p->nr_mfns - 1;

	if (!p->nr_mfns || last < p->first_mfn)
		return -EINVAL;
	return range_permission(d, &d->iomem, &current->domain->iomem, p->first_mfn, last, p->allow_access);
}

static long irq_permission(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_irq_permission *p = &op->u.irq_permission;

	if (p->pirq >= NR_PIRQS)
		return -EINVAL;
	return range_permission(d, &d->irqs, &current->domain->irqs, p->pirq, p->pirq, p->allow_access);
}

/* The bitmap says which ports are not allowed. */
static long ioport_permission(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_ioport_permission *p = &op->u.ioport_permission;
	const unsigned long *callers = (const unsigned long *)current->domain->ioports;
	uint32_t first = p->first_port, end = first + p->nr_ports;

	if (first >= IOPORTS || p->nr_ports > IOPORTS - first)
		return -EINVAL;
	if (!callers || bitmap_next_set(callers, end, first) < end)
		return -EPERM;
	if (!d->ioports) {
		uint8_t *none = heap_alloc(IOPORTS / 8);

		if (!none)
			return -ENOMEM;
		memset(none, 0xff, IOPORTS / 8);
		uint8_t *other = NULL;

		if (!__atomic_compare_exchange_n(&d->ioports, &other, none, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			heap_free(none, IOPORTS / 8);
	}
	spin_lock(&d->lock);
	for (uint32_t port = first; port < end; port++) {
		if (p->allow_access)
			bit_clear((unsigned long *)d->ioports, port);
		else
			bit_set((unsigned long *)d->ioports, port);
	}
	spin_unlock(&d->lock);
	return 0;
}

/* What a saving tool must know of a frame, beside its contents. */
static uint32_t page_info(struct domain *d, uint64_t gfn)
{
	uint32_t info;
	mfn_t m;

	if (gfn_get(d, gfn, false, &m))
		return XEN_DOMCTL_PFINFO_XTAB;
	uint64_t word = frame_word(&frames, m);

	switch (frame_type(word)) {
	case FRAME_L1:
		info = XEN_DOMCTL_PFINFO_L1TAB;
		break;
	case FRAME_L2:
		info = XEN_DOMCTL_PFINFO_L2TAB;
		break;
	case FRAME_L3:
		info = XEN_DOMCTL_PFINFO_L3TAB;
		break;
	case FRAME_L4:
		info = XEN_DOMCTL_PFINFO_L4TAB;
		break;
	default:
		info = XEN_DOMCTL_PFINFO_NOTAB;
		break;
	}
	if (word & FRAME_PINNED)
		info |= XEN_DOMCTL_PFINFO_LPINTAB;
	page_put(m);
	return info;
}

static long getpageframeinfo3(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_getpageframeinfo3 *p = &op->u.getpageframeinfo3;
	xen_pfn_t list[PAGE_INFO_CHUNK];
	long rc;

	if (p->num > PAGE_INFO_MAX)
		return -E2BIG;
	for (uint64_t done = 0; done < p->num; done += PAGE_INFO_CHUNK) {
		uint64_t nr = MIN(p->num - done, (uint64_t)PAGE_INFO_CHUNK);

		rc = copy_from_guest_array(list, p->array, done, nr);
		if (rc)
			return rc;
		for (uint64_t i = 0; i < nr; i++)
			list[i] = page_info(d, list[i]);
		rc = copy_to_guest_array(p->array, done, list, nr);
		if (rc)
			return rc;
	}
	return 0;
}

const struct domctl_handler domctl_access[] = {
	{XEN_DOMCTL_iomem_permission, 0, iomem_permission},
	{XEN_DOMCTL_irq_permission, 0, irq_permission},
	{XEN_DOMCTL_ioport_permission, 0, ioport_permission},
	{XEN_DOMCTL_getpageframeinfo3, DOMCTL_COPYBACK, getpageframeinfo3},
	{0, 0, NULL},
};
