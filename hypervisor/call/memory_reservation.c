/* memory_reservation.c - memory_op: a domain gets memory and gives it back, and may claim some beforehand */
#include "arch/x86/hvm/hvm.h"
#include "call/memory.h"
#include "kern/memory.h"
#include "kern/mm.h"

#define MEM_FLAGS_KNOWN (XENMEMF_get_address_bits(~0u) | XENMEMF_node(0xfe) | XENMEMF_exact_node_request)

/* New memory of an HVM domain appears where it is wanted, in pieces that its tables know. What does not is given back. */
static int show_extent(struct domain *d, uint64_t gfn, mfn_t m, unsigned order)
{
	unsigned piece = MIN(order, (unsigned)P2M_MAX_ORDER);
	uint64_t done;
	int err = 0;

	for (done = 0; !err && done < BIT(order); done += err ? 0 : BIT(piece))
		err = hvm_populate(d, gfn + done, mfn_add(m, done), piece);
	for (; err && done < BIT(order); done++)
		(void)domain_free_page(d, mfn_add(m, done));
	return err;
}

/* One extent of new memory; populate_physmap names the pages it is for. */
static int get_extent(struct domain *d, const struct xen_memory_reservation *r, uint64_t i, bool populate)
{
	xen_pfn_t pfn = 0, first;
	mfn_t m;
	int err;

	if (populate && copy_from_guest_array(&pfn, r->extent_start, i, 1))
		return -EFAULT;
	/* What was in memory before, another domain's or from before we were started, is nothing for a guest to read. */
	err = domain_alloc_pages(d, r->extent_order, XENMEMF_get_address_bits(r->mem_flags), !d->privileged, &m);
	if (err)
		return err;
	if (domain_is_hvm(d))
		return show_extent(d, pfn, m, r->extent_order);
	for (uint64_t k = 0; populate && k < BIT(r->extent_order); k++)
		m2p_rw[m.n + k] = pfn + k;
	first = m.n;
	if (!populate && !r->extent_start)
		return 0;
	return copy_to_guest_array(r->extent_start, i, &first, 1);
}

/* A frame goes for good with its last use: one that is mapped, or pinned as a page table, stays until then. */
static int give_page(struct domain *d, mfn_t m)
{
	int err = page_get(d, m);

	if (err)
		return err;
	err = domain_free_page(d, m);
	if (!err)
		m2p_rw[m.n] = INVALID_PFN.n;
	page_put(m);
	return err;
}

static int give_extent(struct domain *d, const struct xen_memory_reservation *r, uint64_t i)
{
	xen_pfn_t first;
	int err = copy_from_guest_array(&first, r->extent_start, i, 1);

	for (uint64_t k = 0; !err && k < BIT(r->extent_order); k++)
		err = domain_is_hvm(d) ? hvm_depopulate(d, first + k, true) : give_page(d, MFN(first + k));
	return err;
}

long memory_change_reservation(unsigned op, uint64_t done, uint64_t arg)
{
	struct work *w = &this_cpu()->work;
	struct xen_memory_reservation r;
	struct domain *d;
	int err;

	if (copy_from_guest(&r, (struct xen_memory_reservation *)arg))
		return -EFAULT;
	/* As many as were done is the answer, even where it is none: so the ABI has it. */
	if (r.nr_extents > UINT32_MAX >> MEMORY_OP_BITS || done >= r.nr_extents || r.extent_order > memory_max_order())
		return (long)done;
	if (op != XENMEM_decrease_reservation && (r.mem_flags & ~MEM_FLAGS_KNOWN))
		return -EINVAL;
	err = memory_find_domain(r.domid, &d);
	if (err)
		return err;
	if (domain_is_hvm(d) && op == XENMEM_increase_reservation)
		err = -EOPNOTSUPP; /* memory that is nowhere */
	for (; !err && done < r.nr_extents; done += !err) {
		if (!work_spend(w, (long)MEMORY_WORK_PER_PAGE << r.extent_order))
			err = -ERESTART;
		else if (op == XENMEM_decrease_reservation)
			err = give_extent(d, &r, done);
		else
			err = get_extent(d, &r, done, op == XENMEM_populate_physmap);
	}
	domain_put(d);
	return err == -ERESTART ? call_again(2, op | done << MEMORY_OP_BITS, arg, 0, 0) : (long)done;
}

/* Nobody else shall get the memory that the toolstack is going to fill a new domain with. */
long memory_claim_pages(uint64_t arg)
{
	struct xen_memory_reservation r;
	struct domain *d;
	int err;

	if (!call_privileged())
		return -EPERM;
	if (copy_from_guest(&r, (struct xen_memory_reservation *)arg))
		return -EFAULT;
	if (r.extent_start || r.extent_order || r.mem_flags || r.nr_extents > UINT32_MAX)
		return -EINVAL;
	err = memory_find_domain(r.domid, &d);
	if (err)
		return err;
	err = domain_claim_pages(d, r.nr_extents);
	domain_put(d);
	return err;
}
