/* ioreq.h - accesses that a device model in another domain completes: servers, and a vcpu's way of waiting for one
 *
 * A server has a page with a slot for each vcpu, a page of writes that nobody waits for (which nothing here uses), and
 * sets of ports, memory and PCI functions. A vcpu whose access one of them handles puts it into its slot, sends an
 * event, and sleeps (VCPU_IOREQ) until the answer's event comes. Then its exit is handled once more from the beginning;
 * the accesses that have been answered are not made again. So an exit's handler just asks, and leaves when it must
 * wait. Nothing in it may change the guest's state before its last access.
 *
 * ABI: xen/hvm/ioreq.h, dm_op.h.
 */
#ifndef ARCH_X86_HVM_IOREQ_H
#define ARCH_X86_HVM_IOREQ_H

#include <xen/hvm/dm_op.h>
#include <xen/hvm/ioreq.h>

#include "arch/x86/hvm/hvm.h"

struct hvm_access {
	uint8_t type; /* IOREQ_TYPE_* */
	bool read;
	bool down;	  /* addresses of repetitions go down */
	bool by_address;  /* the data is in guest-physical memory at `value` */
	uint8_t size;	  /* bytes */
	bool from_device; /* and that is the device model's, as `address` is */
	uint32_t count;	  /* 1, or a string instruction's repetitions */
	uint64_t address;
	uint64_t value;
};

enum hvm_io {
	HVM_IO_DONE,   /* the access is complete; what was read is in its value */
	HVM_IO_WAIT,   /* leave: the exit will be handled again */
	HVM_IO_NOBODY, /* no server has it, or no string of it can be done at once */
};

enum hvm_io hvm_io(struct vcpu *v, struct hvm_access *a);
/* Does one server have all that a string instruction is about? */
bool hvm_io_has(struct vcpu *v, const struct hvm_access *a);
/* Before its exit is handled for the first time. */
void hvm_io_begin(struct vcpu *v);
/* Before current is entered. False: it still waits, and sleeps. */
bool hvm_io_resume(struct vcpu *v);
/* The device model has sent an event to the vcpu's port: kern/event.c. */
void hvm_io_answered(struct vcpu *v);

/* ---- servers: for the device model's domain --------------------------------------------------------------------- */

/* All: -ENOENT: there is no server of this number. */
int hvm_ioreq_create(struct domain *d, struct domain *by, uint16_t *id); /* -ENOSPC, -ENOMEM; -EINVAL: d is dying */
int hvm_ioreq_destroy(struct domain *d, uint16_t id);
int hvm_ioreq_enable(struct domain *d, uint16_t id, bool enabled);
/* The port of the page of writes. */
int hvm_ioreq_port(struct domain *d, uint16_t id, uint32_t *port);
/* -EINVAL, -ENOSPC: as lib/rangeset.h; -EEXIST: another server, or this one, has some of it already. */
int hvm_ioreq_add_range(struct domain *d, const struct xen_dm_op_ioreq_server_range *r);
int hvm_ioreq_remove_range(struct domain *d, const struct xen_dm_op_ioreq_server_range *r);
/* Its pages by number (XENMEM_resource_ioreq_server_frame_*). -EINVAL: no such page. */
int hvm_ioreq_frame(struct domain *d, uint16_t id, uint64_t frame, mfn_t *m);

#endif
