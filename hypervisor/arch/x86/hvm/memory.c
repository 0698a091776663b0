/* memory.c - a guest's physical memory: which frames its p2m shows, and the references that go with that
 *
 * Each leaf for the domain's own memory, or for a page of ours that is shared with it, holds a reference to the frame
 * and one to its type, writable; so none of them is ever a page table of a PV guest's, and none is free while a CPU
 * may write to it (invariants I1-I3). A leaf for a grant holds what grant_hold() took. References are dropped after
 * the lock: that may end a domain.
 */
#include "arch/x86/cpu.h"
#include "arch/x86/hvm/hvm.h"
#include "kern/mm.h"
#include "lib/errno.h"

#define POOL_DEFAULT 512 /* pages of tables, until the tools say otherwise: enough for 1 GiB in small pages */

/* ---- tables ---------------------------------------------------------------------------------------------------- */

static uint8_t *direct_map(void)
{
	return mfn_to_virt(MFN(0));
}

void hvm_memory_init(struct domain *d)
{
	struct hvm_domain *h = d->hvm;

	p2m_init(&h->p2m, direct_map(), hvm->p2m_leaf, BIT(cpu_info.phys_bits - PAGE_SHIFT));
	h->pool_pages = POOL_DEFAULT;
}

/* A change wants tables. -ENOMEM: there is no memory, or it would be more than the tools allow. */
static int add_spares(struct hvm_domain *h)
{
	while (h->p2m.nr_spares < P2M_SPARES) {
		void *page = h->pool_used < h->pool_pages ? pages_alloc(0) : NULL;

		if (!page)
			return -ENOMEM;
		h->pool_used++;
		p2m_add_spare(&h->p2m, virt_to_mfn(page));
	}
	return 0;
}

/* Repeat `change`, an expression, as long as it wants tables and gets them. p2m_lock held. */
#define with_tables(h, change)                                                                                         \
	({                                                                                                             \
		int ret_;                                                                                              \
		while ((ret_ = (change)) == -ENOBUFS)                                                                  \
			if ((ret_ = add_spares(h)) != 0)                                                               \
				break;                                                                                 \
		ret_;                                                                                                  \
	})

int hvm_set_pool(struct domain *d, uint32_t pages)
{
	int ret = 0;

	spin_lock(&d->hvm->p2m_lock);
	if (pages < d->hvm->pool_used)
		ret = -EBUSY;
	else
		d->hvm->pool_pages = pages;
	spin_unlock(&d->hvm->p2m_lock);
	return ret;
}

uint32_t hvm_pool(struct domain *d, uint32_t *used)
{
	*used = d->hvm->pool_used;
	return d->hvm->pool_pages;
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

static struct p2m_entry lookup(struct domain *d, uint64_t gfn)
{
	struct p2m_entry e;

	spin_lock(&d->hvm->p2m_lock);
	e = p2m_lookup(&d->hvm->p2m, gfn);
	spin_unlock(&d->hvm->p2m_lock);
	return e;
}

enum p2m_type hvm_gfn_type(struct domain *d, uint64_t gfn)
{
	return lookup(d, gfn).type;
}

mfn_t hvm_gfn_lookup(struct domain *d, uint64_t gfn)
{
	return lookup(d, gfn).mfn;
}

int hvm_gfn_get(struct domain *d, uint64_t gfn, bool writable, mfn_t *m)
{
	struct p2m_entry e;
	int ret = -EINVAL;

	spin_lock(&d->hvm->p2m_lock);
	e = p2m_lookup(&d->hvm->p2m, gfn);
	if (e.type == P2M_RAM || e.type == P2M_SHARED)
		ret = writable ? page_get_writable(d, e.mfn) : page_get(d, e.mfn);
	spin_unlock(&d->hvm->p2m_lock);
	*m = e.mfn;
	return ret;
}

uint64_t hvm_max_gfn(struct domain *d)
{
	return d->hvm->p2m.end ? d->hvm->p2m.end - 1 : 0;
}

/* ---- changing -------------------------------------------------------------------------------------------------- */

static void put_all(mfn_t first, unsigned order)
{
	for (uint64_t i = 0; i < BIT(order); i++)
		page_put_writable(mfn_add(first, i));
}

static int get_all(struct domain *d, mfn_t first, unsigned order)
{
	int ret;

	for (uint64_t i = 0; i < BIT(order); i++) {
		ret = page_get_writable(d, mfn_add(first, i));
		if (!ret)
			continue;
		while (i--)
			page_put_writable(mfn_add(first, i));
		return ret;
	}
	return 0;
}

/* Only holes become something: a leaf's frame would be forgotten. p2m_lock held. */
static int set_hole(struct hvm_domain *h, uint64_t gfn, unsigned order, mfn_t m, enum p2m_type type)
{
	if (p2m_lookup(&h->p2m, gfn).type != P2M_HOLE)
		return -EEXIST;
	return with_tables(h, p2m_set(&h->p2m, gfn, order, m, type));
}

/* One leaf, whose references are taken first. */
static int add_leaf(struct domain *d, uint64_t gfn, unsigned order, mfn_t m, enum p2m_type type)
{
	int ret = get_all(d, m, order);

	if (ret)
		return ret;
	spin_lock(&d->hvm->p2m_lock);
	ret = d->dying ? -EINVAL : set_hole(d->hvm, gfn, order, m, type);
	spin_unlock(&d->hvm->p2m_lock);
	if (ret)
		put_all(m, order);
	return ret;
}

/* Take away what is there, if it is of one of these types. */
static int remove_leaf(struct domain *d, uint64_t gfn, uint32_t types, struct p2m_entry *e)
{
	struct hvm_domain *h = d->hvm;
	int ret = -EINVAL;

	spin_lock(&h->p2m_lock);
	*e = p2m_lookup(&h->p2m, gfn);
	if (BIT(e->type) & types)
		ret = with_tables(h, p2m_clear(&h->p2m, gfn));
	spin_unlock(&h->p2m_lock);
	return ret;
}

/* All or none. */
static int add_small(struct domain *d, uint64_t gfn, mfn_t first, uint64_t count)
{
	struct p2m_entry e;

	for (uint64_t i = 0; i < count; i++) {
		int ret = add_leaf(d, gfn + i, 0, mfn_add(first, i), P2M_RAM);

		if (!ret)
			continue;
		while (i--)
			if (!remove_leaf(d, gfn + i, BIT(P2M_RAM), &e))
				page_put_writable(e.mfn);
		return ret;
	}
	return 0;
}

int hvm_populate(struct domain *d, uint64_t gfn, mfn_t first, unsigned order)
{
	if (order == P2M_LARGE_ORDER && hvm->large_pages && !(gfn & (BIT(order) - 1)) &&
	    !(first.n & (BIT(order) - 1))) {
		int ret = add_leaf(d, gfn, order, first, P2M_RAM);

		if (ret != -EEXIST) /* tables are there already, perhaps with nothing in them */
			return ret;
	}
	return add_small(d, gfn, first, BIT(order));
}

static void flush(struct domain *d)
{
	tlb_flush_cpus(__atomic_load_n(&d->cpu_mask, __ATOMIC_SEQ_CST));
}

/* No flush: a CPU that still has the translation writes to a frame that goes to nobody before that CPU has flushed
 * (I7, by the stamp that its last use leaves). The guest itself was told by the call's return that it has nothing
 * there. */
int hvm_depopulate(struct domain *d, uint64_t gfn, bool ram_only)
{
	struct p2m_entry e;
	int ret = remove_leaf(d, gfn, BIT(P2M_RAM) | (ram_only ? 0 : BIT(P2M_SHARED)), &e);

	if (ret)
		return ret;
	if (e.type == P2M_RAM)
		(void)domain_free_page(d, e.mfn);
	page_put_writable(e.mfn);
	return 0;
}

int hvm_show_page(struct domain *d, uint64_t gfn, mfn_t m)
{
	struct p2m_entry old;

	/* Room is made in two steps; a vcpu that comes between them finds a hole, which is its own doing. */
	if (!remove_leaf(d, gfn, BIT(P2M_RAM) | BIT(P2M_SHARED), &old)) {
		flush(d);
		if (old.type == P2M_RAM)
			(void)domain_free_page(d, old.mfn);
		page_put_writable(old.mfn);
	}
	return add_leaf(d, gfn, 0, m, P2M_SHARED);
}

int hvm_move_page(struct domain *d, uint64_t from, uint64_t to)
{
	struct p2m_entry e, old;
	int ret = remove_leaf(d, from, BIT(P2M_RAM), &e);

	if (ret)
		return ret;
	if (!remove_leaf(d, to, BIT(P2M_RAM) | BIT(P2M_SHARED), &old)) {
		if (old.type == P2M_RAM)
			(void)domain_free_page(d, old.mfn);
		page_put_writable(old.mfn);
	}
	flush(d);
	spin_lock(&d->hvm->p2m_lock);
	ret = d->dying ? -EINVAL : set_hole(d->hvm, to, 0, e.mfn, P2M_RAM);
	spin_unlock(&d->hvm->p2m_lock);
	if (ret) { /* it is in nobody's way: as if it had been given back */
		(void)domain_free_page(d, e.mfn);
		page_put_writable(e.mfn);
	}
	return ret;
}

/* ---- grants ---------------------------------------------------------------------------------------------------- */

int hvm_map_grant(struct vcpu *v, uint64_t address, mfn_t m, bool readonly)
{
	struct hvm_domain *h = v->domain->hvm;
	int ret;

	if (address & ~PAGE_MASK)
		return -EINVAL;
	spin_lock(&h->p2m_lock);
	ret = v->domain->dying ? -EINVAL
			       : set_hole(h, address >> PAGE_SHIFT, 0, m, readonly ? P2M_GRANT_RO : P2M_GRANT_RW);
	spin_unlock(&h->p2m_lock);
	return ret;
}

int hvm_unmap_grant(struct vcpu *v, uint64_t address, mfn_t m, bool readonly)
{
	enum p2m_type type = readonly ? P2M_GRANT_RO : P2M_GRANT_RW;
	struct hvm_domain *h = v->domain->hvm;
	struct p2m_entry e;
	int ret = -EINVAL;

	spin_lock(&h->p2m_lock);
	e = p2m_lookup(&h->p2m, address >> PAGE_SHIFT);
	if (!(address & ~PAGE_MASK) && e.type == type && mfn_eq(e.mfn, m))
		ret = with_tables(h, p2m_clear(&h->p2m, address >> PAGE_SHIFT));
	spin_unlock(&h->p2m_lock);
	return ret;
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

static void put_leaf(const struct p2m_entry *e)
{
	if (e->type == P2M_GRANT_RO)
		page_put(e->mfn);
	else
		put_all(e->mfn, e->order);
}

int hvm_relinquish(struct domain *d, struct work *w)
{
	struct hvm_domain *h = d->hvm;
	struct p2m_entry e;
	bool more;
	mfn_t m;

	for (;;) {
		if (!work_left(w))
			return -ERESTART;
		spin_lock(&h->p2m_lock);
		more = p2m_take_next(&h->p2m, &h->relinquished, &e);
		spin_unlock(&h->p2m_lock);
		if (!more)
			break;
		w->left -= 64 + (2L << e.order);
		put_leaf(&e);
	}
	for (;;) {
		if (!work_left(w))
			return -ERESTART;
		spin_lock(&h->p2m_lock);
		more = p2m_free_table(&h->p2m, &m);
		h->pool_used -= more;
		spin_unlock(&h->p2m_lock);
		if (!more)
			return 0;
		w->left -= 64;
		pages_free(mfn_to_virt(m), 0);
	}
}
