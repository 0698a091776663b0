/* grant.c - HYPERVISOR_grant_table_op: a domain's own table, and the batches of copies */
#include <xen/grant_table.h>

#include "call/call.h"
#include "call/grant.h"
#include "kern/grant.h"
#include "kern/mm.h"
#include "lib/string.h"

#define COPIES_AT_ONCE 16 /* read and answered in one go */
#define COPY_COST      72 /* of the budget of a hypercall */

/* The domain whose table is concerned; another's only for the privileged. NULL: *status tells why.
 */
static struct domain *table_owner(uint16_t id, int16_t *status)
{
	struct domain *d = domain_get(id);

	*status = GNTST_bad_domain;
	if (d && d != current->domain && !call_privileged()) {
		domain_put(d);
		d = NULL;
		*status = GNTST_permission_denied;
	}
	return d;
}

static long query_size(uint64_t arg)
{
	struct gnttab_query_size *guest = (struct gnttab_query_size *)arg, op;
	struct domain *d;

	if (copy_from_guest(&op, guest))
		return -EFAULT;
	d = table_owner(op.dom, &op.status);
	if (d) {
		op.nr_frames = grant_nr_frames(d, &op.max_nr_frames);
		op.status = GNTST_okay;
		domain_put(d);
	}
	return copy_to_guest(guest, &op);
}

/* Frame numbers of the table or of its status words. */
static long list_frames(struct domain *d, uint64_t *list, unsigned nr, bool status)
{
	for (unsigned i = 0; i < nr; i++) {
		uint64_t mfn = grant_frame(d, i, status).n;

		if (mfn == INVALID_MFN.n)
			return -EINVAL;
		if (copy_to_guest_array(list, i, &mfn, 1))
			return -EFAULT;
	}
	return 0;
}

static long setup_table(uint64_t arg)
{
	struct gnttab_setup_table *guest = (struct gnttab_setup_table *)arg, op;
	struct domain *d;
	long err = 0;

	if (copy_from_guest(&op, guest))
		return -EFAULT;
	d = table_owner(op.dom, &op.status);
	if (d) {
		op.status = grant_grow(d, op.nr_frames) ? GNTST_general_error : GNTST_okay;
		if (op.status == GNTST_okay)
			err = list_frames(d, op.frame_list, op.nr_frames, false);
		domain_put(d);
	}
	return err ? err : copy_field_to_guest(guest, &op, status);
}

static long get_status_frames(uint64_t arg)
{
	struct gnttab_get_status_frames *guest = (struct gnttab_get_status_frames *)arg, op;
	struct domain *d;
	long err = 0;

	if (copy_from_guest(&op, guest))
		return -EFAULT;
	d = table_owner(op.dom, &op.status);
	if (d) {
		err = list_frames(d, op.frame_list, op.nr_frames, true);
		op.status = err == -EINVAL ? GNTST_general_error : GNTST_okay;
		domain_put(d);
	}
	return err == -EFAULT ? err : copy_field_to_guest(guest, &op, status);
}

static long set_version(uint64_t arg)
{
	struct gnttab_set_version *guest = (struct gnttab_set_version *)arg, op;
	long err;

	if (copy_from_guest(&op, guest))
		return -EFAULT;
	err = grant_set_version(current->domain, op.version);
	op.version = grant_version(current->domain);
	return copy_to_guest(guest, &op) ? -EFAULT : err;
}

static long get_version(uint64_t arg)
{
	struct gnttab_get_version *guest = (struct gnttab_get_version *)arg, op;
	struct domain *d;
	int16_t status;

	if (copy_from_guest(&op, guest))
		return -EFAULT;
	d = table_owner(op.dom, &status);
	if (!d)
		return status == GNTST_permission_denied ? -EPERM : -ESRCH;
	op.version = grant_version(d);
	domain_put(d);
	return copy_to_guest(guest, &op);
}

static long swap_refs(uint64_t at)
{
	struct gnttab_swap_grant_ref *guest = (struct gnttab_swap_grant_ref *)at, op;

	if (copy_from_guest(&op, guest))
		return -EFAULT;
	op.status = grant_swap(current->domain, op.ref_a, op.ref_b);
	return copy_field_to_guest(guest, &op, status);
}

/* ---- copies
 * ---------------------------------------------------------------------------------------------------------
 */

/*
 * Most copies of a batch are between the same two domains: the other one is looked up once. The reference is kept in
 * *peer, one for the sources and one for the destinations, until the batch ends; the caller's own domain needs none.
 */
struct peers {
	struct domain *source, *dest;
};

static struct domain *other_owner(uint16_t domid, struct domain **peer)
{
	if (*peer)
		domain_put(*peer);
	*peer = domain_get(domid);
	return *peer;
}

static inline struct domain *owner_of(uint16_t domid, struct domain **peer)
{
	if (domid == DOMID_SELF || domid == current->domain->id)
		return current->domain;
	return likely(*peer && (*peer)->id == domid) ? *peer : other_owner(domid, peer);
}

/* One end of a run of copies: of all of them grants of the same domain, or the caller's own frames. */
struct ends {
	bool write, granted;
	struct domain *owner; /* of the grants; NULL: there is no such domain */
	struct grant_part part[COPIES_AT_ONCE];
};

static int16_t open_own_frame(const struct gnttab_copy_ptr *p, bool write, struct grant_part *part)
{
	mfn_t m;

	if (p->domid != DOMID_SELF && p->domid != current->domain->id)
		return GNTST_permission_denied;
	if (gfn_get(current->domain, p->u.gmfn, write, &m))
		return GNTST_bad_page;
	part->address = paddr_of_mfn(m);
	part->length = PAGE_SIZE;
	return GNTST_okay;
}

/* Takes the parts whose status is GNTST_okay; it tells how that went. */
static void open_ends(struct ends *e, const struct gnttab_copy *op, unsigned nr)
{
	if (likely(e->granted && e->owner)) {
		grant_begin_copies(e->owner, current->domain->id, e->write, e->part, nr);
		return;
	}
	for (unsigned i = 0; i < nr; i++)
		if (e->part[i].status == GNTST_okay)
			e->part[i].status = e->granted ? GNTST_bad_domain
						       : open_own_frame(e->write ? &op[i].dest : &op[i].source,
									e->write, &e->part[i]);
}

static void close_ends(const struct ends *e, unsigned nr)
{
	if (likely(e->granted && e->owner)) {
		grant_end_copies(e->owner, e->write, e->part, nr);
		return;
	}
	for (unsigned i = 0; i < nr; i++) {
		mfn_t m = mfn_of_paddr(e->part[i].address);

		if (e->part[i].status != GNTST_okay)
			continue;
		if (e->write)
			page_put_writable(m);
		else
			page_put(m);
	}
}

/* GNTST_okay: the part was taken, and the copy keeps to it. */
static inline int16_t judge_end(const struct gnttab_copy_ptr *p, uint16_t len, const struct grant_part *part)
{
	unsigned from = part->address & ~PAGE_MASK;

	if (unlikely(part->status != GNTST_okay))
		return part->status;
	return likely(p->offset >= from && p->offset + len <= from + part->length) ? GNTST_okay : GNTST_bad_copy_arg;
}

/* How many copies from here on are of the same kind and between the same domains. */
static unsigned run_of(const struct gnttab_copy *op, unsigned nr)
{
	unsigned n = 1;

	while (n < nr && op[n].flags == op[0].flags && op[n].source.domid == op[0].source.domid &&
	       op[n].dest.domid == op[0].dest.domid)
		n++;
	return n;
}

static inline uint8_t *bytes_of(const struct ends *e, unsigned i, uint16_t offset)
{
	return (uint8_t *)mfn_to_virt(mfn_of_paddr(e->part[i].address)) + offset;
}

static void copy_run(struct gnttab_copy *op, unsigned nr, struct peers *peers)
{
	struct ends source, dest;

	source.write = false;
	source.granted = op->flags & GNTCOPY_source_gref;
	source.owner = source.granted ? owner_of(op->source.domid, &peers->source) : NULL;
	dest.write = true;
	dest.granted = op->flags & GNTCOPY_dest_gref;
	dest.owner = dest.granted ? owner_of(op->dest.domid, &peers->dest) : NULL;
	for (unsigned i = 0; i < nr; i++) {
		source.part[i].ref = op[i].source.u.ref;
		source.part[i].status = GNTST_okay;
	}
	open_ends(&source, op, nr);
	for (unsigned i = 0; i < nr; i++) {
		dest.part[i].ref = op[i].dest.u.ref;
		dest.part[i].status = judge_end(&op[i].source, op[i].len, &source.part[i]);
	}
	open_ends(&dest, op, nr);
	for (unsigned i = 0; i < nr; i++) {
		op[i].status = judge_end(&op[i].dest, op[i].len, &dest.part[i]);
		if (likely(op[i].status == GNTST_okay))
			memmove(bytes_of(&dest, i, op[i].dest.offset), bytes_of(&source, i, op[i].source.offset),
				op[i].len);
	}
	close_ends(&dest, nr);
	close_ends(&source, nr);
}

static long copy_some(struct gnttab_copy *guest, unsigned nr, struct peers *peers)
{
	struct gnttab_copy op[COPIES_AT_ONCE];

	if (copy_from_guest_array(op, guest, 0, nr))
		return -EFAULT;
	for (unsigned done = 0, n; done < nr; done += n) {
		n = run_of(op + done, nr - done);
		copy_run(op + done, n, peers);
	}
	return copy_to_guest_array(guest, 0, op, nr);
}

static long copies(uint64_t ops, uint64_t count)
{
	struct peers peers = {0};
	long err = 0;

	for (uint64_t done = 0; done < count && !err;) {
		struct gnttab_copy *guest = (struct gnttab_copy *)ops + done;
		unsigned nr = (unsigned)MIN(count - done, (uint64_t)COPIES_AT_ONCE);

		if (done && !work_spend(&this_cpu()->work, nr * COPY_COST)) {
			err = call_again(3, GNTTABOP_copy, (uint64_t)guest, count - done, 0);
		} else {
			err = copy_some(guest, nr, &peers);
			done += nr;
		}
	}
	if (peers.source)
		domain_put(peers.source);
	if (peers.dest)
		domain_put(peers.dest);
	return err;
}

/* ---- which operation
 * --------------------------------------------------------------------------------------------------
 */

/* Operations one by one, until there are no more or others have waited long enough. */
static long batch(unsigned cmd, uint64_t ops, uint64_t count, size_t size, long (*one)(uint64_t at))
{
	for (uint64_t i = 0; i < count; i++) {
		long err;

		if (i && !work_spend(&this_cpu()->work, 8))
			return call_again(3, cmd, ops + i * size, count - i, 0);
		err = one(ops + i * size);
		if (err)
			return err;
	}
	return 0;
}

/* These take exactly one operation. */
static long single(unsigned cmd, uint64_t arg)
{
	switch (cmd) {
	case GNTTABOP_query_size:
		return query_size(arg);
	case GNTTABOP_setup_table:
		return setup_table(arg);
	case GNTTABOP_get_status_frames:
		return get_status_frames(arg);
	case GNTTABOP_set_version:
		return set_version(arg);
	case GNTTABOP_get_version:
		return get_version(arg);
	default:
		return call_missing(__HYPERVISOR_grant_table_op, cmd);
	}
}

long call_grant_table_op(uint64_t cmd, uint64_t ops, uint64_t count)
{
	unsigned op = (unsigned)cmd;

	count = (uint32_t)count;
	if (count > INT32_MAX)
		return -EINVAL;
	switch (op) {
	case GNTTABOP_map_grant_ref:
		return batch(op, ops, count, sizeof(struct gnttab_map_grant_ref), grant_map_one);
	case GNTTABOP_unmap_grant_ref:
	case GNTTABOP_unmap_and_replace:
		return grant_unmap_batch(op, ops, count);
	case GNTTABOP_copy:
		return copies(ops, count);
	case GNTTABOP_swap_grant_ref:
		return batch(op, ops, count, sizeof(struct gnttab_swap_grant_ref), swap_refs);
	default:
		return count == 1 ? single(op, ops) : -EINVAL;
	}
}
