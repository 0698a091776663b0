/* memory_resource.c - memory_op: frames that belong to a domain but are not in its memory, for the toolstack to map
 *
 * That is the grant table, whose first entries are filled in by the toolstack before the domain runs, and the pages of an
 * HVM domain's ioreq servers.
 */
#include "arch/x86/hvm/ioreq.h"
#include "call/memory.h"
#include "kern/grant.h"
#include "kern/memory.h"

/* The caller may ask for all of a table at once; lists are written in pieces. */
#define PIECE 32

static long grant_frames(struct domain *d, const struct xen_mem_acquire_resource *r)
{
	bool status = r->id == XENMEM_resource_grant_table_id_status;
	xen_pfn_t list[PIECE];
	unsigned max, n = 0;
	uint64_t end = r->frame + r->nr_frames;

	grant_nr_frames(d, &max);
	if (end < r->frame || end > (status ? UINT32_MAX : max))
		return -EINVAL;
	if (status && grant_version(d) != 2)
		return -EINVAL;
	if (!status && grant_grow(d, (unsigned)end))
		return -ENOMEM;
	for (uint64_t i = 0; i < r->nr_frames; i++) {
		mfn_t m = grant_frame(d, (unsigned)(r->frame + i), status);

		if (mfn_eq(m, INVALID_MFN))
			return -EINVAL;
		list[n++] = m.n;
		if (n == PIECE || i + 1 == r->nr_frames) {
			if (copy_to_guest_array(r->frame_list, i + 1 - n, list, n))
				return -EFAULT;
			n = 0;
		}
	}
	return 0;
}

static long ioreq_frames(struct domain *d, const struct xen_mem_acquire_resource *r)
{
	xen_pfn_t list[2]; /* a server has no more */

	if (!domain_is_hvm(d) || r->id > UINT16_MAX || r->nr_frames > ARRAY_SIZE(list))
		return -EINVAL;
	for (uint32_t i = 0; i < r->nr_frames; i++) {
		mfn_t m;
		int err = hvm_ioreq_frame(d, (uint16_t)r->id, r->frame + i, &m);

		if (err)
			return err;
		list[i] = m.n;
	}
	return copy_to_guest_array(r->frame_list, 0, list, r->nr_frames);
}

static long resource_size(struct domain *d, struct xen_mem_acquire_resource *guest, struct xen_mem_acquire_resource *r)
{
	unsigned max;

	if (r->nr_frames || r->frame)
		return -EINVAL;
	grant_nr_frames(d, &max);
	r->nr_frames = r->type == XENMEM_resource_grant_table ? max : 2;
	return copy_field_to_guest(guest, r, nr_frames);
}

long memory_acquire_resource(uint64_t arg)
{
	struct xen_mem_acquire_resource *guest = (struct xen_mem_acquire_resource *)arg, r;
	struct domain *d;
	long err;

	if (!call_privileged())
		return -EPERM;
	if (copy_from_guest(&r, guest))
		return -EFAULT;
	if (r.pad)
		return -EINVAL;
	if (r.type != XENMEM_resource_ioreq_server &&
	    (r.type != XENMEM_resource_grant_table || r.id > XENMEM_resource_grant_table_id_status))
		return -EOPNOTSUPP;
	err = memory_find_domain(r.domid, &d);
	if (err)
		return err;
	if (!r.frame_list)
		err = resource_size(d, guest, &r);
	else
		err = r.type == XENMEM_resource_grant_table ? grant_frames(d, &r) : ioreq_frames(d, &r);
	domain_put(d);
	return err;
}
