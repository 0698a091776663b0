/* hvm.c - HYPERVISOR_hvm_op: parameters of guests under VT-x or AMD-V, of which there are none yet
 */
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#include "call/call.h"

/* PV domains have no parameters: what these tell is in their start_info. */
static long param(uint64_t arg)
{
	struct xen_hvm_param op;
	struct domain *d;
	long err = -EINVAL;

	if (copy_from_guest(&op, (struct xen_hvm_param *)arg))
		return -EFAULT;
	d = domain_get(op.domid);
	if (!d)
		return -ESRCH;
	if (d != current->domain && !call_privileged())
		err = -EPERM;
	domain_put(d);
	return err;
}

long call_hvm_op(uint64_t cmd, uint64_t arg)
{
	switch ((unsigned)cmd) {
	case HVMOP_set_param:
	case HVMOP_get_param:
		return param(arg);
	default:
		return call_missing(__HYPERVISOR_hvm_op, (unsigned)cmd);
	}
}
