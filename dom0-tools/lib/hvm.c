/* hvm.c - what only domains under VT-x or AMD-V have: parameters and a machine's state */
#include <errno.h>
#include <string.h>

#include "abi.h"
#include "internal.h"
#include <xen/hvm/params.h>

int plinth_hvm_set_param(struct plinth *h, unsigned int domid, unsigned int index, uint64_t value)
{
	struct xen_hvm_param *op = plinth_buffer_alloc(h, sizeof(*op));
	long ret;

	if (!op)
		return -ENOMEM;
	op->domid = domid;
	op->index = index;
	op->value = value;
	ret = plinth_hypercall(h, __HYPERVISOR_hvm_op, HVMOP_set_param, (uintptr_t)op, 0, 0, 0);
	plinth_buffer_free(h, op, sizeof(*op));
	if (ret < 0)
		return plinth_fail(-ret, "cannot set parameter %u of domain %u: %s", index, domid, strerror(-ret));
	return 0;
}

int plinth_domain_set_hvm_context(struct plinth *h, unsigned int domid, const void *records, size_t bytes)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_sethvmcontext, .domain = domid};
	uint8_t *copy = plinth_buffer_alloc(h, bytes);
	int err;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, records, bytes);
	op.u.hvmcontext.size = bytes;
	set_xen_guest_handle(op.u.hvmcontext.buffer, copy);
	err = call_domctl(h, &op);
	plinth_buffer_free(h, copy, bytes);
	if (err)
		return plinth_fail(-err, "cannot set the registers of domain %u: %s", domid, strerror(-err));
	return 0;
}
