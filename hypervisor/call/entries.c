/* entries.c - where the hypervisor enters the guest kernel: traps, callbacks, stack; and what returns from there
 *
 * ABI: xen/xen.h and xen/arch-x86/xen.h (set_trap_table), xen/callback.h, xen/arch-x86/xen-x86_64.h (struct iret_context).
 */
#include <xen/callback.h>
#include <xen/xen.h>

#include "arch/x86/control.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/pv/pv.h"
#include "call/call.h"
#include "kern/event.h"

/* RPL 3 is forced on whatever code segment the guest names. */
static uint16_t guest_selector(uint16_t selector)
{
	return selector | 3;
}

static bool set_trap(struct vcpu *v, const struct trap_info *t)
{
	if (!pv_address_ok(t->address))
		return false;
	v->pv.traps[t->vector] = (struct pv_trap){
		.address = t->address,
		.cs = guest_selector(t->cs),
		.dpl = t->flags & 3,
		.masks_events = t->flags & 4,
	};
	return true;
}

/* A table that ends with address 0; a null table forgets all. A second call goes on where the first was when work ran out. */
long call_set_trap_table(uint64_t traps)
{
	struct trap_info *table = (struct trap_info *)traps, t;
	struct vcpu *v = current;

	if (!traps) {
		__builtin_memset(v->pv.traps, 0, sizeof(v->pv.traps));
		return 0;
	}
	for (;; table++) {
		if (!work_spend(&this_cpu()->work, 8))
			return call_again(1, (uint64_t)table, 0, 0, 0);
		if (copy_from_guest(&t, table))
			return -EFAULT;
		if (!t.address)
			return 0;
		if (!set_trap(v, &t))
			return -EINVAL;
	}
}

long call_stack_switch(uint64_t ss, uint64_t sp)
{
	struct vcpu *v = current;

	if (!pv_stack_ok(sp))
		return -EINVAL;
	v->pv.kernel_sp = sp & ~15ULL;
	v->pv.kernel_ss = guest_selector((uint16_t)ss);
	return 0;
}

static long register_callback(struct vcpu *v, unsigned type, unsigned flags, uint64_t address)
{
	bool mask = flags & CALLBACKF_mask_events;

	if (!pv_address_ok(address))
		return -EINVAL;
	switch (type) {
	case CALLBACKTYPE_event:
		v->pv.event_callback = address;
		break;
	case CALLBACKTYPE_failsafe:
		v->pv.failsafe_callback = address;
		v->pv.failsafe_masks_events = mask;
		break;
	case CALLBACKTYPE_syscall:
		v->pv.syscall_callback = address;
		v->pv.syscall_masks_events = mask;
		break;
	case CALLBACKTYPE_syscall32:
		v->pv.syscall32_callback = address;
		v->pv.syscall32_masks_events = mask;
		break;
	case CALLBACKTYPE_sysenter:
		v->pv.sysenter_callback = address;
		v->pv.sysenter_masks_events = mask;
		break;
	case CALLBACKTYPE_nmi:
		v->pv.nmi_callback = address;
		break;
	default:
		return -ENOSYS;
	}
	return 0;
}

static long unregister_callback(struct vcpu *v, unsigned type)
{
	switch (type) {
	case CALLBACKTYPE_event:
	case CALLBACKTYPE_failsafe:
	case CALLBACKTYPE_syscall:
		return -EINVAL; /* a guest cannot be without these */
	case CALLBACKTYPE_syscall32:
	case CALLBACKTYPE_sysenter:
	case CALLBACKTYPE_nmi:
		return register_callback(v, type, 0, 0);
	default:
		return -ENOSYS;
	}
}

long call_callback_op(uint64_t cmd, uint64_t arg)
{
	struct callback_unregister u;
	struct callback_register r;

	switch (cmd) {
	case CALLBACKOP_register:
		if (copy_from_guest(&r, (struct callback_register *)arg))
			return -EFAULT;
		return register_callback(current, r.type, r.flags, r.address);
	case CALLBACKOP_unregister:
		if (copy_from_guest(&u, (struct callback_unregister *)arg))
			return -EFAULT;
		return unregister_callback(current, u.type);
	default:
		return call_missing(__HYPERVISOR_callback_op, (unsigned)cmd);
	}
}

long call_set_callbacks(uint64_t event, uint64_t failsafe, uint64_t syscall)
{
	struct vcpu *v = current;

	if (!pv_address_ok(event) || !pv_address_ok(failsafe) || !pv_address_ok(syscall))
		return -EINVAL;
	v->pv.event_callback = event;
	v->pv.failsafe_callback = failsafe;
	if (syscall)
		v->pv.syscall_callback = syscall;
	return 0;
}

/* The ways that entry.S does not take: back to the guest's kernel, with events masked or pending, odd selectors. */
long call_iret(void)
{
	struct vcpu *v = current;
	struct cpu_user_regs *r = &v->regs;
	struct iret_context frame;

	if (copy_from_guest(&frame, (struct iret_context *)r->rsp)) {
		domain_crash(v->domain, "iret, but the frame at %#lx is not there", r->rsp);
		return 0;
	}
	if ((frame.cs & 3) == 3) {
		if (!v->pv.user_cr3) {
			domain_crash(v->domain, "iret to user mode without user page tables");
			return 0;
		}
		pv_enter_user(v);
	}
	v->info->evtchn_upcall_mask = !(frame.rflags & RFLAGS_IF);
	v->pv.nmi_masked = false;
	r->rip = frame.rip;
	r->cs = guest_selector((uint16_t)frame.cs);
	r->rflags = (frame.rflags & USER_RFLAGS) | RFLAGS_IF | 2;
	r->rsp = frame.rsp;
	r->ss = guest_selector((uint16_t)frame.ss);
	r->entry_vector = 0;
	if (!(frame.flags & VGCF_in_syscall)) {
		r->r11 = frame.r11;
		r->rcx = frame.rcx;
	}
	if (v->pv.nmi_pending)
		cpu_request(this_cpu()->id, CPU_PENDING_SCHEDULE);
	return (long)frame.rax;
}

long call_fpu_taskswitch(uint64_t set)
{
	current->pv.ts = set != 0;
	if (set)
		cr0_write(cr0_read() | CR0_TS);
	else
		control_clear_ts();
	return 0;
}
