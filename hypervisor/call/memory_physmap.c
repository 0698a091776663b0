/* memory_physmap.c - memory_op: what an HVM domain has at which guest frame
 *
 * Pages of ours that are shared with it appear where it wants them; RAM that was there goes back. PV domains keep
 * their p2m themselves, and are refused.
 */
#include "arch/x86/hvm/hvm.h"
#include "call/memory.h"
#include "kern/grant.h"
#include "kern/memory.h"

static int grant_page(struct domain *d, uint64_t index, uint64_t gfn)
{
	bool status = index & XENMAPIDX_grant_table_status;
	unsigned frame = (unsigned)(index & ~(uint64_t)XENMAPIDX_grant_table_status);
	mfn_t m;

	if (!status && grant_grow(d, frame + 1))
		return -EINVAL;
	m = grant_frame(d, frame, status);
	return mfn_eq(m, INVALID_MFN) ? -EINVAL : hvm_show_page(d, gfn, m);
}

static int add(struct domain *d, unsigned space, uint64_t index, uint64_t gfn)
{
	switch (space) {
	case XENMAPSPACE_shared_info:
		return index ? -EINVAL : hvm_show_page(d, gfn, virt_to_mfn(d->shared_info));
	case XENMAPSPACE_grant_table:
		return index > UINT32_MAX ? -EINVAL : grant_page(d, index, gfn);
	case XENMAPSPACE_gmfn:
		return hvm_move_page(d, index, gfn);
	case XENMAPSPACE_gmfn_foreign: /* for a privileged domain that is HVM itself, of which there is none */
		return -EPERM;
	default:
		return -ENOSYS;
	}
}

static int find(domid_t id, struct domain **d)
{
	int err = memory_find_domain(id, d);

	if (err || domain_is_hvm(*d))
		return err;
	domain_put(*d);
	return -EACCES;
}

long memory_add_to_physmap(uint64_t arg)
{
	struct xen_add_to_physmap op;
	struct domain *d;
	long err;

	if (copy_from_guest(&op, (struct xen_add_to_physmap *)arg))
		return -EFAULT;
	err = find(op.domid, &d);
	if (err)
		return err;
	if (op.space == XENMAPSPACE_gmfn_range)
		err = -EOPNOTSUPP;
	else
		err = add(d, op.space, op.idx, op.gpfn);
	domain_put(d);
	return err;
}

long memory_add_to_physmap_batch(uint64_t done, uint64_t arg)
{
	struct xen_add_to_physmap_batch op;
	xen_ulong_t index;
	xen_pfn_t gfn;
	struct domain *d;
	long err;
	int one;

	if (copy_from_guest(&op, (struct xen_add_to_physmap_batch *)arg))
		return -EFAULT;
	err = find(op.domid, &d);
	if (err)
		return err;
	for (; !err && done < op.size; done += !err) {
		if (!work_spend(&this_cpu()->work, 2L * MEMORY_WORK_PER_PAGE)) {
			err = -ERESTART;
		} else if (copy_from_guest_array(&index, op.idxs, done, 1) ||
			   copy_from_guest_array(&gfn, op.gpfns, done, 1)) {
			err = -EFAULT;
		} else {
			one = add(d, op.space, index, gfn);
			err = copy_to_guest_array(op.errs, done, &one, 1);
		}
	}
	domain_put(d);
	return err == -ERESTART ? call_again(2, XENMEM_add_to_physmap_batch | done << MEMORY_OP_BITS, arg, 0, 0) : err;
}

/* RAM that is taken out of the memory map is given back: nobody could reach it any more. */
long memory_remove_from_physmap(uint64_t arg)
{
	struct xen_remove_from_physmap op;
	struct domain *d;
	long err;

	if (copy_from_guest(&op, (struct xen_remove_from_physmap *)arg))
		return -EFAULT;
	err = find(op.domid, &d);
	if (err)
		return err;
	err = hvm_depopulate(d, op.gpfn, false);
	tlb_flush_cpus(__atomic_load_n(&d->cpu_mask, __ATOMIC_SEQ_CST));
	domain_put(d);
	return err;
}
