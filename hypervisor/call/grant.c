/* grant.c - HYPERVISOR_grant_table_op: a domain's own table, and the batches of copies */
#include <xen/grant_table.h>

#include "call/call.h"
#include "call/grant.h"
#include "kern/grant.h"
#include "kern/mm.h"
#include "lib/string.h"

#define COPY_COST 64 /* of the budget of a hypercall */

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

/* One end of a copy: a grant of a domain, or a frame of the caller's own. */
struct end {
	struct grant_hold hold; /* owner NULL: none */
	mfn_t m;
	bool write;
	uint8_t *bytes;
};

static int16_t open_own_frame(struct end *end, uint64_t gfn)
{
	if (gfn_get(current->domain, gfn, end->write, &end->m))
		return GNTST_bad_page;
	end->bytes = mfn_to_virt(end->m);
	return GNTST_okay;
}

/*
 * Most copies of a batch are between the same two domains: the other one is looked up once. The reference is kept in
 * *peer, one for the sources and one for the destinations, until the batch ends; the caller's own domain needs none.
 */
struct peers {
	struct domain *source, *dest;
};

static struct domain *owner_of(uint16_t domid, struct domain **peer)
{
	if (domid == DOMID_SELF || domid == current->domain->id)
		return current->domain;
	if (!*peer || (*peer)->id != domid) {
		if (*peer)
			domain_put(*peer);
		*peer = domain_get(domid);
	}
	return *peer;
}

static int16_t open_grant(struct end *end, const struct gnttab_copy_ptr *p, uint16_t len, struct domain **peer)
{
	struct domain *owner = owner_of(p->domid, peer);
	uint16_t part;
	int16_t status;

	if (!owner)
		return GNTST_bad_domain;
	status = grant_hold(owner, p->u.ref, current->domain->id, end->write, false, &end->hold);
	if (status != GNTST_okay) {
		end->hold.owner = NULL;
		return status;
	}
	end->bytes = mfn_to_virt(mfn_of_paddr(end->hold.address));
	part = (uint16_t)(end->hold.address & ~PAGE_MASK);
	return p->offset >= part && p->offset + len <= part + end->hold.length ? GNTST_okay
									       : GNTST_bad_copy_arg;
}

static int16_t open_end(struct end *end, const struct gnttab_copy_ptr *p, bool is_grant, uint16_t len,
			struct domain **peer)
{
	if (p->offset > PAGE_SIZE || len > PAGE_SIZE - p->offset)
		return GNTST_bad_copy_arg;
	if (is_grant)
		return open_grant(end, p, len, peer);
	if (p->domid != DOMID_SELF && p->domid != current->domain->id)
		return GNTST_permission_denied;
	return open_own_frame(end, p->u.gmfn);
}

static void close_end(struct end *end)
{
	if (end->hold.owner) {
		grant_let_go(&end->hold);
	} else if (end->bytes) {
		if (end->write)
			page_put_writable(end->m);
		else
			page_put(end->m);
	}
}

static int16_t copy(const struct gnttab_copy *op, struct peers *peers)
{
	struct end source = {.write = false}, dest = {.write = true};
	int16_t status =
		open_end(&source, &op->source, op->flags & GNTCOPY_source_gref, op->len, &peers->source);

	if (status == GNTST_okay) {
		status = open_end(&dest, &op->dest, op->flags & GNTCOPY_dest_gref, op->len, &peers->dest);
		if (status == GNTST_okay)
			memmove(dest.bytes + op->dest.offset, source.bytes + op->source.offset,
				op->len);
		close_end(&dest);
	}
	close_end(&source);
	return status;
}

static long copy_one(uint64_t at, struct peers *peers)
{
	struct gnttab_copy *guest = (struct gnttab_copy *)at, op;

	if (copy_from_guest(&op, guest))
		return -EFAULT;
	op.status = copy(&op, peers);
	return copy_field_to_guest(guest, &op, status);
}

static long copies(uint64_t ops, uint64_t count)
{
	struct peers peers = {0};
	long err = 0;

	for (uint64_t i = 0; i < count && !err; i++) {
		if (i && !work_spend(&this_cpu()->work, 8 + COPY_COST))
			err = call_again(3, GNTTABOP_copy, ops + i * sizeof(struct gnttab_copy), count - i, 0);
		else
			err = copy_one(ops + i * sizeof(struct gnttab_copy), &peers);
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
