/* memory_exchange.c - memory_op: frames for other frames, so that a driver's buffer is contiguous or low in memory
 *
 * Done in chunks: as many extents of the smaller kind as make up one of the larger. Each chunk's frames are taken first
 * (which only works for frames that nobody uses), then new ones are allocated; if there are none, the old ones are given
 * back as they were. How far it is stands in the caller's nr_exchanged, which is checked anew each time.
 */
#include "call/memory.h"
#include "kern/memory.h"

struct exchange {
	struct domain *d;
	struct xen_memory_exchange arg;
	unsigned in_chunk, out_chunk; /* extents of a chunk: 1 << this */
	uint64_t *taken;	      /* a chunk's frames */
};

static int check(const struct xen_memory_exchange *x)
{
	const struct xen_memory_reservation *in = &x->in, *out = &x->out;
	unsigned limit = memory_max_order();

	if (in->extent_order > limit || out->extent_order > limit)
		return -EPERM;
	if (in->domid != out->domid || out->mem_flags & ~XENMEMF_get_address_bits(~0u))
		return -EINVAL;
	if (in->nr_extents > UINT32_MAX || out->nr_extents > UINT32_MAX || x->nr_exchanged > in->nr_extents ||
	    in->nr_extents << in->extent_order != out->nr_extents << out->extent_order)
		return -EINVAL;
	return 0;
}

static void give_back(const struct exchange *x, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		domain_return_page(x->d, MFN(x->taken[i]));
}

/* The frames of input extents [first, first + 1 << in_chunk). */
static int take_chunk(const struct exchange *x, uint64_t first)
{
	const struct xen_memory_reservation *in = &x->arg.in;
	uint64_t count = 0;
	xen_pfn_t mfn;
	int err = 0;

	for (uint64_t i = 0; !err && i < BIT(x->in_chunk); i++) {
		err = copy_from_guest_array(&mfn, in->extent_start, first + i, 1);
		for (uint64_t k = 0; !err && k < BIT(in->extent_order); k++) {
			err = domain_take_page(x->d, MFN(mfn + k));
			if (!err)
				x->taken[count++] = mfn + k;
		}
	}
	if (err)
		give_back(x, count);
	return err;
}

/* New frames for output extents from `first` on; all or none. The mfns are left in m. */
static int allocate_chunk(const struct exchange *x, mfn_t *m)
{
	const struct xen_memory_reservation *out = &x->arg.out;
	uint64_t i;
	int err = 0;

	for (i = 0; i < BIT(x->out_chunk); i++) {
		err = domain_alloc_pages(x->d, out->extent_order, XENMEMF_get_address_bits(out->mem_flags),
					 !x->d->privileged, &m[i]);
		if (err)
			break;
	}
	while (err && i-- > 0)
		for (uint64_t k = 0; k < BIT(out->extent_order); k++)
			domain_free_page(x->d, mfn_add(m[i], k));
	return err;
}

/* The frames are exchanged; tell the M2P and the caller. */
static int hand_over(const struct exchange *x, uint64_t first, const mfn_t *m)
{
	const struct xen_memory_reservation *out = &x->arg.out;
	xen_pfn_t pfn, mfn;

	for (uint64_t i = 0; i < BIT(x->out_chunk); i++) {
		mfn = m[i].n;
		if (copy_from_guest_array(&pfn, out->extent_start, first + i, 1) ||
		    copy_to_guest_array(out->extent_start, first + i, &mfn, 1))
			return -EFAULT;
		for (uint64_t k = 0; k < BIT(out->extent_order); k++)
			m2p_rw[mfn + k] = pfn + k;
	}
	return 0;
}

static int exchange_chunk(const struct exchange *x, uint64_t chunk)
{
	uint64_t pages = BIT(x->in_chunk + x->arg.in.extent_order);
	mfn_t *m = heap_alloc(sizeof(*m) << x->out_chunk);
	int err = m ? take_chunk(x, chunk << x->in_chunk) : -ENOMEM;

	if (!err) {
		err = allocate_chunk(x, m);
		if (err)
			give_back(x, pages);
		else
			for (uint64_t i = 0; i < pages; i++)
				frame_release(MFN(x->taken[i]));
	}
	if (!err)
		err = hand_over(x, chunk << x->out_chunk, m);
	if (m)
		heap_free(m, sizeof(*m) << x->out_chunk);
	return err;
}

static int exchange_all(struct exchange *x)
{
	uint64_t chunks = x->arg.in.nr_extents >> x->in_chunk, chunk = x->arg.nr_exchanged >> x->in_chunk;
	unsigned order = x->in_chunk + x->arg.in.extent_order;
	int err = 0;

	x->taken = heap_alloc(sizeof(*x->taken) << order);
	if (!x->taken)
		return -ENOMEM;
	for (; !err && chunk < chunks; chunk += !err)
		err = work_spend(&this_cpu()->work, (long)MEMORY_WORK_PER_PAGE << order) ? exchange_chunk(x, chunk)
											 : -ERESTART;
	heap_free(x->taken, sizeof(*x->taken) << order);
	x->arg.nr_exchanged = chunk << x->in_chunk;
	return err;
}

long memory_exchange(uint64_t arg)
{
	struct xen_memory_exchange *guest = (struct xen_memory_exchange *)arg;
	struct exchange x = {0};
	unsigned in_order, out_order;
	int err;

	if (copy_from_guest(&x.arg, guest))
		return -EFAULT;
	err = check(&x.arg);
	if (err)
		return err;
	err = memory_find_domain(x.arg.in.domid, &x.d);
	if (err)
		return err;
	/* In the middle of it frames belong to nobody. Only a domain that is at it itself cannot be coming to its end meanwhile. And
	 * which machine frames it has is nothing to an HVM domain. */
	if (x.d != current->domain || domain_is_hvm(x.d)) {
		err = x.d != current->domain ? -EPERM : -EOPNOTSUPP;
		domain_put(x.d);
		return err;
	}
	in_order = x.arg.in.extent_order;
	out_order = x.arg.out.extent_order;
	x.in_chunk = out_order > in_order ? out_order - in_order : 0;
	x.out_chunk = in_order > out_order ? in_order - out_order : 0;
	err = exchange_all(&x);
	domain_put(x.d);
	if (copy_field_to_guest(guest, &x.arg, nr_exchanged))
		return -EFAULT;
	return err == -ERESTART ? call_again(2, XENMEM_exchange, arg, 0, 0) : err;
}
