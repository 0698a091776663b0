/* multicall.c - several hypercalls in one
 *
 * ABI: xen/xen.h, HYPERVISOR_multicall. Each entry's result is written back to it. A call in it that is not finished ends this
 * round: its new arguments go to its entry, and the multicall goes on from there. iret changes the guest's mode, so nothing
 * may run behind it.
 */
#include <xen/xen.h>

#include "arch/x86/hvm/hypercall.h"
#include "arch/x86/pv/offsets.h"
#include "call/call.h"

static long call_one(const multicall_entry_t *e)
{
	if (e->op >= HYPERCALLS || e->op == __HYPERVISOR_multicall || e->op == __HYPERVISOR_iret ||
	    !hypercall_table[e->op] || (current->hvm && !hvm_may_call(e->op)))
		return -ENOSYS;
	return hypercall_table[e->op](e->args[0], e->args[1], e->args[2], e->args[3], e->args[4]);
}

static int write_restart(multicall_entry_t *entry)
{
	struct cpu *c = this_cpu();
	unsigned nr = c->restart_nr;

	c->restart_nr = 0;
	for (unsigned i = 0; i < nr; i++)
		if (guest_write(&entry->args[i], &c->restart_args[i], sizeof(entry->args[i])))
			return -EFAULT;
	return 0;
}

long call_multicall(uint64_t entries, uint64_t count)
{
	multicall_entry_t *list = (multicall_entry_t *)entries, e;
	struct cpu *c = this_cpu();
	unsigned i, n = (unsigned)count;
	xen_ulong_t result;

	for (i = 0; i < n; i++) {
		if (!work_left(&c->work))
			return call_again(2, (uint64_t)(list + i), n - i, 0, 0);
		if (copy_from_guest_array(&e, list, i, 1))
			return -EFAULT;
		result = (xen_ulong_t)call_one(&e);
		c->work.left -= 8;
		if (result == (xen_ulong_t)-ERESTART && c->restart_nr) {
			if (write_restart(&list[i]))
				return -EFAULT;
			return call_again(2, (uint64_t)(list + i), n - i, 0, 0);
		}
		if (guest_write(&list[i].result, &result, sizeof(result)))
			return -EFAULT;
		/* It blocked, yielded or shut down: that takes effect before the rest is done. */
		if (unlikely(__atomic_load_n(&c->pending, __ATOMIC_RELAXED) & CPU_PENDING_SCHEDULE) && i + 1 < n)
			return call_again(2, (uint64_t)(list + i + 1), n - i - 1, 0, 0);
	}
	return 0;
}
