/* hypercall.c - hypercalls of guests under hardware virtualization: VMMCALL or VMCALL, and the page of stubs with it
 *
 * From 64-bit kernel code only. What is about page tables, descriptors and traps of PV guests, or about the machine,
 * is not for them.
 */
#include "arch/x86/hvm/hypercall.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/pv/offsets.h"
#include "call/call.h"
#include "kern/mm.h"
#include "lib/string.h"

#define STUB_SIZE 32

#define ALLOWED                                                                                                        \
	(BIT(__HYPERVISOR_memory_op) | BIT(__HYPERVISOR_multicall) | BIT(__HYPERVISOR_set_timer_op) |                  \
	 BIT(__HYPERVISOR_xen_version) | BIT(__HYPERVISOR_console_io) | BIT(__HYPERVISOR_grant_table_op) |             \
	 BIT(__HYPERVISOR_vm_assist) | BIT(__HYPERVISOR_vcpu_op) | BIT(__HYPERVISOR_sched_op) |                        \
	 BIT(__HYPERVISOR_event_channel_op) | BIT(__HYPERVISOR_hvm_op))

bool hvm_may_call(uint64_t number)
{
	return number < HYPERCALLS && ALLOWED >> number & 1;
}

/* ---- the page -------------------------------------------------------------------------------------------------- */

void hvm_fill_hypercall_page(uint8_t page[4096])
{
	memset(page, 0xcc, 4096);
	for (uint8_t number = 0; number < HYPERCALLS; number++) {
		uint8_t *stub = page + number * STUB_SIZE;

		if (number == __HYPERVISOR_iret) { /* UD2: a guest with a ring 0 has its own */
			stub[0] = 0x0f;
			stub[1] = 0x0b;
			continue;
		}
		stub[0] = 0xb8; /* mov eax, number */
		stub[1] = number;
		memset(stub + 2, 0, 3);
		memcpy(stub + 5, hvm->hypercall, sizeof(hvm->hypercall));
		stub[8] = 0xc3; /* ret */
	}
}

bool hvm_write_hypercall_page(struct domain *d, uint64_t value)
{
	mfn_t m;

	if (value & ~PAGE_MASK || gfn_get(d, value >> PAGE_SHIFT, true, &m))
		return false;
	hvm_fill_hypercall_page(mfn_to_virt(m));
	page_put_writable(m);
	return true;
}

/* ---- the call -------------------------------------------------------------------------------------------------- */

/* The guest makes it again, with what the handler has left in the arguments. */
static bool again(struct vcpu *v, long result)
{
	struct cpu *c = this_cpu();

	if (result != -ERESTART || !c->restart_nr)
		return false;
	hypercall_set_arguments(&v->regs);
	return true;
}

void hvm_exit_hypercall(struct vcpu *v, uint64_t next_rip)
{
	struct cpu_user_regs *r = &v->regs;
	long result = -ENOSYS;

	if (!hvm_find_next(v, hvm->hypercall_kind, &next_rip))
		return;
	if (hvm_cpl(v)) {
		result = -EPERM;
	} else if (hvm_is_64bit(v) && hvm_may_call(r->rax) && hypercall_table[r->rax]) {
		this_cpu()->work.left = HYPERCALL_WORK;
		result = hypercall_table[r->rax](r->rdi, r->rsi, r->rdx, r->r10, r->r8);
		if (again(v, result))
			return;
	} else {
		result = hypercall_unknown();
	}
	r->rax = (uint64_t)result;
	hvm_go_on(v, next_rip);
}
