/* grant_map.c - mapping other domains' grants, and undoing it
 *
 * A host mapping is an entry in the caller's page table and holds the frame's references; a device
 * mapping holds them without one, for DMA. Each is one use of the grant, and one handle stands for
 * both. Unmaps come in batches: entries are removed, then TLBs flushed once, and only then do the
 * owners see that their pages are free again.
 */
#include <xen/grant_table.h>

#include "arch/x86/hvm/hvm.h"
#include "arch/x86/pv/pv.h"
#include "call/call.h"
#include "call/grant.h"
#include "kern/grant.h"
#include "kern/mm.h"

#define UNMAPS_AT_ONCE 16
#define UNMAP_COST     16

/* The entry is in the caller's page table, or in its physical memory. */
static int map_host(uint64_t address, mfn_t m, bool readonly, uint32_t flags)
{
	struct vcpu *v = current;

	if (!v->hvm)
		return pv_map_grant(v, address, m, readonly, flags);
	return flags & GNTMAP_contains_pte ? -EOPNOTSUPP
					   : hvm_map_grant(v, address, m, readonly); /* its tables are its own */
}

static int unmap_host(uint64_t address, mfn_t m, bool readonly, uint32_t flags, uint64_t new_address)
{
	struct vcpu *v = current;

	if (!v->hvm)
		return pv_unmap_grant(v, address, m, readonly, flags, new_address);
	return new_address ? -EOPNOTSUPP : hvm_unmap_grant(v, address, m, readonly);
}

/* A use for the part, and for HOST the entry. */
static int16_t map_part(const struct gnttab_map_grant_ref *op, struct domain *owner, uint16_t part,
			struct grant_hold *h)
{
	bool readonly = op->flags & GNTMAP_readonly;
	int16_t status = grant_hold(owner, op->ref, current->domain->id, !readonly, h);

	if (status == GNTST_okay && part == MAPPING_HOST &&
	    map_host(op->host_addr, mfn_of_paddr(h->address), readonly, op->flags)) {
		grant_let_go(h);
		status = GNTST_bad_virt_addr;
	}
	return status;
}

static uint16_t mapping_flags(const struct gnttab_map_grant_ref *op)
{
	return (uint16_t)((op->flags & GNTMAP_host_map ? MAPPING_HOST : 0) |
			  (op->flags & GNTMAP_device_map ? MAPPING_DEVICE : 0) |
			  (op->flags & GNTMAP_readonly ? MAPPING_READONLY : 0) |
			  (op->flags & GNTMAP_contains_pte ? MAPPING_BY_PTE : 0));
}

/* With a reference to the owner, which the handle keeps if it comes to that. */
static int16_t map_grant(struct gnttab_map_grant_ref *op, struct domain *owner)
{
	struct domain *d = current->domain;
	struct grant_hold device, host;
	int64_t handle = grant_take_handle(d);
	int16_t status = GNTST_okay;

	if (handle < 0)
		return GNTST_no_device_space;
	if (op->flags & GNTMAP_device_map)
		status = map_part(op, owner, MAPPING_DEVICE, &device);
	if (status == GNTST_okay && op->flags & GNTMAP_host_map) {
		status = map_part(op, owner, MAPPING_HOST, &host);
		if (status != GNTST_okay && op->flags & GNTMAP_device_map)
			grant_let_go(&device);
	}
	if (status != GNTST_okay) {
		grant_free_handle(d, (uint32_t)handle);
		return status;
	}
	grant_fill_handle(d, (uint32_t)handle, op->flags & GNTMAP_host_map ? &host : &device, mapping_flags(op));
	op->handle = (uint32_t)handle;
	op->dev_bus_addr = (op->flags & GNTMAP_host_map ? host : device).address & PAGE_MASK;
	return GNTST_okay;
}

/* ---- unmapping
 * ------------------------------------------------------------------------------------------------------
 */

struct unmap {
	uint64_t host_addr, dev_bus_addr, new_addr;
	uint32_t handle;
	int16_t status;
	uint16_t parts; /* claimed, their entries removed */
	struct grant_hold hold;
};

/* Removes the entry and claims the parts; nothing is given back yet. */
static int16_t unmap_begin(struct unmap *u)
{
	struct domain *d = current->domain;
	struct mapping m;
	uint32_t flags;

	u->parts = grant_handle_parts(d, u->handle);
	if (!u->parts)
		return GNTST_bad_handle;
	if (!u->host_addr)
		u->parts &= (uint16_t)~MAPPING_HOST;
	if (!u->dev_bus_addr)
		u->parts &= (uint16_t)~MAPPING_DEVICE;
	if (!u->parts || grant_claim_handle(d, u->handle, u->parts, &m)) {
		u->parts = 0;
		return GNTST_bad_handle;
	}
	u->hold = grant_held(m.domain, m.ref, !(m.flags & MAPPING_READONLY));
	flags = m.flags & MAPPING_BY_PTE ? GNTMAP_contains_pte : 0;
	if (u->parts & MAPPING_DEVICE && u->dev_bus_addr != (u->hold.address & PAGE_MASK)) {
		grant_settle_handle(d, u->handle, u->parts, true);
		u->parts = 0;
		return GNTST_bad_dev_addr;
	}
	if (u->parts & MAPPING_HOST &&
	    unmap_host(u->host_addr, mfn_of_paddr(u->hold.address), m.flags & MAPPING_READONLY, flags, u->new_addr)) {
		grant_settle_handle(d, u->handle, u->parts, true);
		u->parts = 0;
		return GNTST_bad_virt_addr;
	}
	return GNTST_okay;
}

/* After the flush: references and marks. */
static void unmap_end(struct unmap *u)
{
	if (!u->parts)
		return;
	if (u->parts & MAPPING_HOST)
		grant_let_go(&u->hold);
	if (u->parts & MAPPING_DEVICE)
		grant_let_go(&u->hold);
	if (grant_settle_handle(current->domain, u->handle, u->parts, false))
		domain_put(u->hold.owner);
}

static void unmap_all(struct unmap *u, unsigned nr)
{
	bool flush = false;

	for (unsigned i = 0; i < nr; i++) {
		u[i].status = unmap_begin(&u[i]);
		flush |= u[i].parts & MAPPING_HOST;
	}
	if (flush)
		tlb_flush_cpus(__atomic_load_n(&current->domain->cpu_mask, __ATOMIC_SEQ_CST));
	for (unsigned i = 0; i < nr; i++)
		unmap_end(&u[i]);
}

static size_t unmap_size(unsigned cmd)
{
	return cmd == GNTTABOP_unmap_grant_ref ? sizeof(struct gnttab_unmap_grant_ref)
					       : sizeof(struct gnttab_unmap_and_replace);
}

static int read_unmap(unsigned cmd, uint64_t at, struct unmap *u)
{
	struct gnttab_unmap_and_replace replace;
	struct gnttab_unmap_grant_ref op;

	*u = (struct unmap){0};
	if (cmd == GNTTABOP_unmap_grant_ref) {
		if (copy_from_guest(&op, (struct gnttab_unmap_grant_ref *)at))
			return -EFAULT;
		u->host_addr = op.host_addr;
		u->dev_bus_addr = op.dev_bus_addr;
		u->handle = op.handle;
	} else {
		if (copy_from_guest(&replace, (struct gnttab_unmap_and_replace *)at))
			return -EFAULT;
		u->host_addr = replace.host_addr;
		u->new_addr = replace.new_addr;
		u->handle = replace.handle;
	}
	return 0;
}

static int write_status(unsigned cmd, uint64_t at, int16_t status)
{
	if (cmd == GNTTABOP_unmap_grant_ref)
		return guest_write(&((struct gnttab_unmap_grant_ref *)at)->status, &status, sizeof(status));
	return guest_write(&((struct gnttab_unmap_and_replace *)at)->status, &status, sizeof(status));
}

/* Up to UNMAPS_AT_ONCE of them. */
static long unmap_some(unsigned cmd, uint64_t ops, unsigned nr)
{
	struct unmap u[UNMAPS_AT_ONCE];
	size_t size = unmap_size(cmd);
	unsigned got = 0;
	long err = 0;

	while (got < nr && !err) {
		err = read_unmap(cmd, ops + got * size, &u[got]);
		got += !err;
	}
	unmap_all(u, got);
	for (unsigned i = 0; i < got; i++)
		if (write_status(cmd, ops + i * size, u[i].status))
			err = -EFAULT;
	return err;
}

long grant_unmap_batch(unsigned cmd, uint64_t ops, uint64_t count)
{
	size_t size = unmap_size(cmd);

	for (uint64_t done = 0; done < count;) {
		unsigned nr = (unsigned)MIN(count - done, (uint64_t)UNMAPS_AT_ONCE);
		long err;

		if (done && !work_spend(&this_cpu()->work, UNMAP_COST * UNMAPS_AT_ONCE))
			return call_again(3, cmd, ops + done * size, count - done, 0);
		err = unmap_some(cmd, ops + done * size, nr);
		if (err)
			return err;
		done += nr;
	}
	return 0;
}

long grant_map_one(uint64_t at)
{
	struct gnttab_map_grant_ref *guest = (struct gnttab_map_grant_ref *)at, op;
	struct domain *owner;

	if (copy_from_guest(&op, guest))
		return -EFAULT;
	op.status = GNTST_bad_gntref;
	owner = op.flags & (GNTMAP_host_map | GNTMAP_device_map) ? domain_get(op.dom) : NULL;
	if (op.flags & (GNTMAP_host_map | GNTMAP_device_map))
		op.status = owner ? map_grant(&op, owner) : GNTST_bad_domain;
	if (owner && op.status != GNTST_okay)
		domain_put(owner);
	if (!copy_to_guest(guest, &op))
		return 0;
	if (op.status == GNTST_okay) {
		/* A mapping that nobody knows of must not stay. */
		struct unmap u = {.handle = op.handle,
				  .host_addr = op.flags & GNTMAP_host_map ? op.host_addr : 0,
				  .dev_bus_addr = op.flags & GNTMAP_device_map ? op.dev_bus_addr : 0};

		unmap_all(&u, 1);
	}
	return -EFAULT;
}
