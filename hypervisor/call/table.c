/* table.c - hypercalls by number, and what happens when one is not finished or not there */
#include <xen/arch-x86/xen-mca.h>
#include <xen/xen.h>

#include "arch/x86/pv/offsets.h"
#include "call/call.h"
#include "core/abi_names.h"

void hypercall_restart(struct cpu_user_regs *r);

#define CALL(name) [__HYPERVISOR_##name] = (hypercall_t)(void (*)(void))call_##name

const hypercall_t hypercall_table[HYPERCALLS] = {
	CALL(set_trap_table),
	CALL(mmu_update),
	CALL(set_gdt),
	CALL(stack_switch),
	CALL(set_callbacks),
	CALL(fpu_taskswitch),
	CALL(platform_op),
	CALL(set_debugreg),
	CALL(get_debugreg),
	CALL(update_descriptor),
	CALL(memory_op),
	CALL(multicall),
	CALL(update_va_mapping),
	CALL(set_timer_op),
	CALL(xen_version),
	CALL(console_io),
	CALL(grant_table_op),
	CALL(vm_assist),
	CALL(update_va_mapping_otherdomain),
	CALL(iret),
	CALL(vcpu_op),
	CALL(set_segment_base),
	CALL(mmuext_op),
	CALL(sched_op),
	CALL(callback_op),
	CALL(event_channel_op),
	CALL(physdev_op),
	CALL(hvm_op),
	CALL(dm_op),
	CALL(sysctl),
	CALL(domctl),
	CALL(mca),
};

/* What was missed is told once for each kind: a bit for each operation a guest may name. */
static uint64_t told_calls, told_subops[HYPERCALLS];

static bool first_time(uint64_t *bits, unsigned bit)
{
	return !(__atomic_fetch_or(bits, BIT(bit % 64), __ATOMIC_RELAXED) & BIT(bit % 64));
}

long hypercall_unknown(void)
{
	uint64_t nr = current->regs.rax;
	const char *name = nr < HYPERCALLS ? abi_hypercall_name((unsigned)nr) : NULL;

	if (first_time(&told_calls, nr < HYPERCALLS ? (unsigned)nr : 63))
		log_info("d%u: hypercall %lu (%s) is not there", current->domain->id, nr, name ? name : "unknown");
	return -ENOSYS;
}

long call_missing(unsigned hypercall, unsigned subop)
{
	const char *call = abi_hypercall_name(hypercall), *name = abi_subop_name(hypercall, subop);

	if (hypercall < HYPERCALLS && first_time(&told_subops[hypercall], subop))
		log_info("d%u: %s: operation %u (%s) is not there", current->domain->id, call ? call : "hypercall",
			 subop, name ? name : "unknown");
	return -ENOSYS;
}

/* ---- continuation ---------------------------------------------------------------------------------------------- */

long call_again(unsigned nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	struct cpu *c = this_cpu();

	c->restart_args[0] = a0;
	c->restart_args[1] = a1;
	c->restart_args[2] = a2;
	c->restart_args[3] = a3;
	c->restart_nr = nr;
	return -ERESTART;
}

/* entry.S, after a handler returned -ERESTART: the guest executes its SYSCALL again, with the new arguments. rcx and r11 are
 * the call's to change. */
void hypercall_restart(struct cpu_user_regs *r)
{
	if (!this_cpu()->restart_nr) {
		r->rax = (uint64_t)-ERESTART; /* iret's result, which is anything */
		return;
	}
	hypercall_set_arguments(r);
	r->rip -= 2;
	r->entry_vector = 0;
}

void hypercall_set_arguments(struct cpu_user_regs *r)
{
	struct cpu *c = this_cpu();
	unsigned nr = c->restart_nr;

	c->restart_nr = 0;
	switch (nr) {
	case 4:
		r->r10 = c->restart_args[3];
		/* fall through */
	case 3:
		r->rdx = c->restart_args[2];
		/* fall through */
	case 2:
		r->rsi = c->restart_args[1];
		/* fall through */
	case 1:
		r->rdi = c->restart_args[0];
	}
}
