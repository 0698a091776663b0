/* trap.c - exceptions, events and system calls: every way from the hypervisor into a running guest */
#include <xen/callback.h>

#include "frontend-drivers/guest/kernel.h"

extern const uint8_t trap_stubs[32][16];
void event_callback(void), failsafe_callback(void), syscall_callback(void);
void trap(struct trap_frame *f);

static void unexpected(const struct trap_frame *f)
{
	panic("trap %lu (error code %#lx) at %#lx, rsp %#lx, cr2 %#lx", f->vector, f->error_code, f->rip, f->rsp,
	      shared->vcpu_info[os_vcpu()].arch.cr2);
}

/* Called with the registers on the stack; what it leaves there is restored. */
void trap(struct trap_frame *f)
{
	switch (f->vector) {
	case TRAP_EVENT:
		events_deliver();
		schedule_if_due();
		break;
	case TRAP_SYSCALL:
		user_syscall(f);
		break;
	default:
		if (!from_user(f) || !user_fault(f))
			unexpected(f);
	}
}

static void fill(struct trap_info *table)
{
	/* Flag 3: user mode may raise breakpoint and overflow by instruction. */
	for (unsigned int i = 0; i < 32; i++)
		table[i] = (struct trap_info){(uint8_t)i, i == 3 || i == 4 ? 3 : 0, FLAT_KERNEL_CS64,
					      (unsigned long)trap_stubs[i]};
}

void trap_init(void)
{
	static struct trap_info table[33]; /* ends with zeroes */

	fill(table);
	if (CALL1(set_trap_table, table) || CALL3(set_callbacks, event_callback, failsafe_callback, syscall_callback))
		panic("the hypervisor refuses the trap table");
}

void trap_describe(struct vcpu_guest_context *context)
{
	fill(context->trap_ctxt);
	context->event_callback_eip = (unsigned long)event_callback;
	context->failsafe_callback_eip = (unsigned long)failsafe_callback;
	context->syscall_callback_eip = (unsigned long)syscall_callback;
}
