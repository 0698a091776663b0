/* memory.c - HYPERVISOR_memory_op: a domain's memory, and maps of it
 *
 * ABI: xen/memory.h. Here: which operation it is, and those that only ask.
 */
#include "arch/x86/hvm/hvm.h"
#include "call/memory.h"
#include "kern/memory.h"

#define MAX_ORDER_PRIVILEGED 12
#define MAX_ORDER_OTHERS     9

unsigned memory_max_order(void)
{
	return call_privileged() ? MAX_ORDER_PRIVILEGED : MAX_ORDER_OTHERS;
}

int memory_find_domain(domid_t id, struct domain **d)
{
	if (id != DOMID_SELF && id != current->domain->id && !call_privileged())
		return -EPERM;
	*d = domain_get(id);
	return *d ? 0 : -ESRCH;
}

/* Questions about one domain, with a number for an answer. */
static long ask_domain(unsigned op, uint64_t arg)
{
	struct xen_memory_domain which;
	struct domain *d;
	long answer;

	if (copy_from_guest(&which, (struct xen_memory_domain *)arg))
		return -EFAULT;
	answer = memory_find_domain(which.domid, &d);
	if (answer)
		return answer;
	if (op == XENMEM_current_reservation)
		answer = __atomic_load_n(&d->pages, __ATOMIC_RELAXED);
	else if (op == XENMEM_maximum_reservation)
		answer = d->max_pages;
	else if (domain_is_hvm(d))
		answer = (long)hvm_max_gfn(d);
	else
		answer = (long)(MAX(d->shared_info->arch.max_pfn, 1ul) - 1);
	domain_put(d);
	return answer;
}

/* Populate-on-demand: a domain has all of its memory, or what it gave back. */
static long pod_target(uint64_t arg)
{
	struct xen_pod_target target;
	struct domain *d;
	long err;

	if (!call_privileged())
		return -EPERM;
	if (copy_from_guest(&target, (struct xen_pod_target *)arg))
		return -EFAULT;
	err = memory_find_domain(target.domid, &d);
	if (err)
		return err;
	domain_put(d);
	return -EINVAL;
}

long call_memory_op(uint64_t cmd, uint64_t arg)
{
	unsigned op = cmd & MEMORY_OP_MASK;

	switch (op) {
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		return memory_change_reservation(op, (uint32_t)cmd >> MEMORY_OP_BITS, arg);
	case XENMEM_exchange:
		return memory_exchange(arg);
	case XENMEM_claim_pages:
		return memory_claim_pages(arg);
	case XENMEM_maximum_ram_page:
		return (long)memory_max_mfn();
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case XENMEM_maximum_gpfn:
		return ask_domain(op, arg);
	case XENMEM_machphys_mapping:
		return memory_machphys_mapping(arg);
	case XENMEM_machphys_mfn_list:
		return memory_machphys_list(arg);
	case XENMEM_memory_map:
		return memory_map(arg);
	case XENMEM_machine_memory_map:
		return memory_machine_map(arg);
	case XENMEM_set_memory_map:
		return memory_set_map(arg);
	case XENMEM_reserved_device_memory_map:
		return memory_reserved_device_map(arg);
	case XENMEM_add_to_physmap:
		return memory_add_to_physmap(arg);
	case XENMEM_add_to_physmap_batch:
		return memory_add_to_physmap_batch((uint32_t)cmd >> MEMORY_OP_BITS, arg);
	case XENMEM_remove_from_physmap:
		return memory_remove_from_physmap(arg);
	case XENMEM_acquire_resource:
		return memory_acquire_resource(arg);
	case XENMEM_set_pod_target:
	case XENMEM_get_pod_target:
		return pod_target(arg);
	case XENMEM_get_sharing_freed_pages:
	case XENMEM_get_sharing_shared_pages:
		return 0; /* no page is ever shared behind a domain's back */
	case XENMEM_get_vnumainfo:
		return -EOPNOTSUPP;
	default:
		return call_missing(__HYPERVISOR_memory_op, op);
	}
}
