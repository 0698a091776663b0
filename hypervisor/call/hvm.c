/* hvm.c - HYPERVISOR_hvm_op: parameters of domains under hardware virtualization
 *
 * ABI: xen/hvm/hvm_op.h, xen/hvm/params.h.
 */
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#include "arch/x86/hvm/hvm.h"
#include "call/call.h"

/* A domain may ask about itself; the privileged about all. PV domains have no parameters: what these tell is in their
 * start_info. */
static struct domain *find(domid_t id, long *err)
{
	struct domain *d = domain_get(id);

	*err = !d ? -ESRCH : d != current->domain && !call_privileged() ? -EPERM : !domain_is_hvm(d) ? -EINVAL : 0;
	if (d && *err) {
		domain_put(d);
		d = NULL;
	}
	return d;
}

static long param(unsigned cmd, struct xen_hvm_param *arg)
{
	struct xen_hvm_param op;
	struct domain *d;
	long err;

	if (copy_from_guest(&op, arg))
		return -EFAULT;
	d = find(op.domid, &err);
	if (!d)
		return err;
	if (cmd == HVMOP_set_param)
		err = hvm_set_param(d, op.index, op.value);
	else
		err = hvm_get_param(d, op.index, &op.value);
	domain_put(d);
	if (!err && cmd == HVMOP_get_param)
		err = copy_field_to_guest(arg, &op, value);
	return err;
}

static long get_time(struct xen_hvm_get_time *arg)
{
	struct xen_hvm_get_time op = {.now = time_now()};

	return domain_is_hvm(current->domain) ? copy_to_guest(arg, &op) : -EINVAL;
}

static long upcall_vector(const struct xen_hvm_evtchn_upcall_vector *arg)
{
	struct xen_hvm_evtchn_upcall_vector op;

	if (copy_from_guest(&op, arg))
		return -EFAULT;
	return domain_is_hvm(current->domain) ? hvm_set_upcall_vector(current->domain, op.vcpu, op.vector) : -EINVAL;
}

/* All vcpus': what a guest asks for that has changed page tables of others. */
static long flush_tlbs(void)
{
	struct domain *d = current->domain;

	if (!domain_is_hvm(d))
		return -EINVAL;
	tlb_flush_cpus(__atomic_load_n(&d->cpu_mask, __ATOMIC_SEQ_CST));
	return 0;
}

long call_hvm_op(uint64_t cmd, uint64_t arg)
{
	switch ((unsigned)cmd) {
	case HVMOP_set_param:
	case HVMOP_get_param:
		return param((unsigned)cmd, (struct xen_hvm_param *)arg);
	case HVMOP_get_time:
		return get_time((struct xen_hvm_get_time *)arg);
	case HVMOP_set_evtchn_upcall_vector:
		return upcall_vector((struct xen_hvm_evtchn_upcall_vector *)arg);
	case HVMOP_flush_tlbs:
		return flush_tlbs();
	default:
		return call_missing(__HYPERVISOR_hvm_op, (unsigned)cmd);
	}
}
