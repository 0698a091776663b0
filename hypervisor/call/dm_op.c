/* dm_op.c - HYPERVISOR_dm_op: what a device model does to its HVM domain
 *
 * ABI: xen/hvm/dm_op.h. The first buffer is the operation, of which a shorter one is filled up with zeroes. Nothing
 * that a guest writes is logged, so all of its video memory is always told to have changed.
 */
#include <xen/hvm/dm_op.h>
#include <xen/hvm/hvm_op.h>
#include <xen/sched.h>

#include "arch/x86/hvm/devices.h"
#include "arch/x86/hvm/ioreq.h"
#include "call/call.h"
#include "lib/string.h"

#define BUFS_MOST 2

#define MEMORY_WORK	64 /* units for a page that moves */
#define VRAM_PAGES_MOST 65536

/* An operation's buffers, as the caller names them. */
struct call {
	struct xen_dm_op_buf buf[BUFS_MOST];
	uint64_t bufs;
};

/* ---- ioreq servers --------------------------------------------------------------------------------------------- */

static long create_server(struct domain *d, struct xen_dm_op_create_ioreq_server *op)
{
	if (op->handle_bufioreq > HVM_IOREQSRV_BUFIOREQ_ATOMIC || op->pad[0] || op->pad[1] || op->pad[2])
		return -EINVAL;
	return hvm_ioreq_create(d, current->domain, &op->id);
}

/* Its pages are no part of the guest's memory: those who ask for gfns are told so. */
static long server_info(struct domain *d, struct xen_dm_op_get_ioreq_server_info *op)
{
	if (op->flags != XEN_DMOP_no_gfns)
		return op->flags ? -EINVAL : -EOPNOTSUPP;
	return hvm_ioreq_port(d, op->id, &op->bufioreq_port);
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

static long all_changed(const struct xen_dm_op_track_dirty_vram *op, const struct call *c)
{
	static const uint8_t ones[64] = {[0 ... 63] = 0xff};
	uint64_t bytes = DIV_ROUND_UP(op->nr, 8);

	if (op->pad || op->nr > VRAM_PAGES_MOST || c->buf[1].size < bytes)
		return -EINVAL;
	for (uint64_t at = 0; at < bytes; at += sizeof(ones))
		if (guest_write((uint8_t *)c->buf[1].h + at, ones, MIN(sizeof(ones), bytes - at)))
			return -EFAULT;
	return 0;
}

/* Continued with the rest in the operation itself. */
static long relocate(struct domain *d, struct xen_dm_op_relocate_memory *op, bool *again)
{
	if (op->pad)
		return -EINVAL;
	for (; op->size; op->size--, op->src_gfn++, op->dst_gfn++) {
		int err;

		if (!work_spend(&this_cpu()->work, MEMORY_WORK)) {
			*again = true;
			return 0;
		}
		err = hvm_move_page(d, op->src_gfn, op->dst_gfn);
		if (err)
			return err;
	}
	return 0;
}

/* All of a guest's memory is write-back, but for what its own tables say. */
static long pin_cacheattr(const struct xen_dm_op_pin_memory_cacheattr *op)
{
	if (op->pad || op->start > op->end)
		return -EINVAL;
	return op->type == XEN_DMOP_MEM_CACHEATTR_WB || op->type == XEN_DMOP_DELETE_MEM_CACHEATTR ? 0 : -EOPNOTSUPP;
}

/* ---- the call -------------------------------------------------------------------------------------------------- */

static long intx_level(struct domain *d, const struct xen_dm_op_set_pci_intx_level *op)
{
	if (op->domain || op->bus || op->level > 1)
		return -EINVAL;
	return hvm_set_intx_line(d, op->device, op->intx, op->level);
}

static long shut_down(struct domain *d, const struct xen_dm_op_remote_shutdown *op)
{
	if (op->reason > SHUTDOWN_MAX)
		return -EINVAL;
	domain_shutdown(d, op->reason);
	return 0;
}

static long act(struct domain *d, struct xen_dm_op *op, const struct call *c, bool *again)
{
	switch (op->op) {
	case XEN_DMOP_create_ioreq_server:
		return create_server(d, &op->u.create_ioreq_server);
	case XEN_DMOP_get_ioreq_server_info:
		return server_info(d, &op->u.get_ioreq_server_info);
	case XEN_DMOP_map_io_range_to_ioreq_server:
		return hvm_ioreq_add_range(d, &op->u.map_io_range_to_ioreq_server);
	case XEN_DMOP_unmap_io_range_from_ioreq_server:
		return hvm_ioreq_remove_range(d, &op->u.unmap_io_range_from_ioreq_server);
	case XEN_DMOP_set_ioreq_server_state:
		return hvm_ioreq_enable(d, op->u.set_ioreq_server_state.id, op->u.set_ioreq_server_state.enabled);
	case XEN_DMOP_destroy_ioreq_server:
		return hvm_ioreq_destroy(d, op->u.destroy_ioreq_server.id);
	case XEN_DMOP_track_dirty_vram:
		return all_changed(&op->u.track_dirty_vram, c);
	case XEN_DMOP_set_pci_intx_level:
		return intx_level(d, &op->u.set_pci_intx_level);
	case XEN_DMOP_set_isa_irq_level:
		return hvm_set_isa_line(d, op->u.set_isa_irq_level.isa_irq, op->u.set_isa_irq_level.level);
	case XEN_DMOP_set_pci_link_route:
		return hvm_set_link_route(d, op->u.set_pci_link_route.link, op->u.set_pci_link_route.isa_irq);
	case XEN_DMOP_modified_memory: /* of interest to who logs what has changed: nobody */
		return 0;
	case XEN_DMOP_inject_msi:
		return hvm_deliver_msi(d, op->u.inject_msi.addr, op->u.inject_msi.data);
	case XEN_DMOP_remote_shutdown:
		return shut_down(d, &op->u.remote_shutdown);
	case XEN_DMOP_relocate_memory:
		return relocate(d, &op->u.relocate_memory, again);
	case XEN_DMOP_pin_memory_cacheattr:
		return pin_cacheattr(&op->u.pin_memory_cacheattr);
	case XEN_DMOP_nr_vcpus:
		op->u.nr_vcpus.vcpus = d->max_vcpus;
		return 0;
	default:
		(void)call_missing(__HYPERVISOR_dm_op, op->op);
		return -EOPNOTSUPP;
	}
}

static struct domain *find(uint64_t id, long *err)
{
	struct domain *d = call_privileged() && id <= UINT16_MAX ? domain_get((uint16_t)id) : NULL;

	*err = !call_privileged() ? -EPERM : !d ? -ESRCH : d == current->domain || !domain_is_hvm(d) ? -EINVAL : 0;
	if (d && *err) {
		domain_put(d);
		d = NULL;
	}
	return d;
}

static long take_buffers(struct call *c, uint64_t nr, struct xen_dm_op *op)
{
	if (!nr || nr > BUFS_MOST)
		return -EINVAL;
	memset(c->buf, 0, sizeof(c->buf));
	memset(op, 0, sizeof(*op));
	if (guest_read(c->buf, (const void *)c->bufs, nr * sizeof(c->buf[0])) ||
	    guest_read(op, c->buf[0].h, MIN(c->buf[0].size, sizeof(*op))))
		return -EFAULT;
	return op->pad ? -EINVAL : 0;
}

long call_dm_op(uint64_t domid, uint64_t nr_bufs, uint64_t bufs)
{
	struct xen_dm_op op;
	struct call c;
	bool again = false;
	struct domain *d;
	long err;

	d = find(domid, &err);
	if (!d)
		return err;
	c.bufs = bufs;
	err = take_buffers(&c, nr_bufs, &op);
	if (!err)
		err = act(d, &op, &c, &again);
	if (!err && guest_write(c.buf[0].h, &op, MIN(c.buf[0].size, sizeof(op))))
		err = -EFAULT;
	domain_put(d);
	return !err && again ? call_again(3, domid, nr_bufs, bufs, 0) : err;
}
