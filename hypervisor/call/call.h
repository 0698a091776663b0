/* call.h - what every hypercall has in common
 *
 * A handler takes up to five arguments as the guest's registers gave them and returns what goes to rax: zero or a
 * positive result, or -E…. Handlers run with interrupts off, the guest's address space loaded and `current` calling.
 * They are declared here and listed in call/table.c.
 */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "kern/domain.h"
#include "kern/guest.h"
#include "lib/errno.h"
#include "lib/work.h"

long call_set_trap_table(uint64_t traps);
long call_mmu_update(uint64_t updates, uint64_t count, uint64_t done, uint64_t foreign);
long call_set_gdt(uint64_t frames, uint64_t entries);
long call_stack_switch(uint64_t ss, uint64_t sp);
long call_set_callbacks(uint64_t event, uint64_t failsafe, uint64_t syscall);
long call_fpu_taskswitch(uint64_t set);
long call_platform_op(uint64_t op);
long call_set_debugreg(uint64_t reg, uint64_t value);
long call_get_debugreg(uint64_t reg);
long call_update_descriptor(uint64_t address, uint64_t descriptor);
long call_memory_op(uint64_t cmd, uint64_t arg);
long call_multicall(uint64_t entries, uint64_t count);
long call_update_va_mapping(uint64_t va, uint64_t value, uint64_t flags);
long call_set_timer_op(uint64_t timeout);
long call_xen_version(uint64_t cmd, uint64_t arg);
long call_console_io(uint64_t cmd, uint64_t count, uint64_t buffer);
long call_grant_table_op(uint64_t cmd, uint64_t ops, uint64_t count);
long call_vm_assist(uint64_t cmd, uint64_t type);
long call_update_va_mapping_otherdomain(uint64_t va, uint64_t value, uint64_t flags, uint64_t domid);
long call_iret(void);
long call_vcpu_op(uint64_t cmd, uint64_t vcpu, uint64_t arg);
long call_set_segment_base(uint64_t which, uint64_t base);
long call_mmuext_op(uint64_t ops, uint64_t count, uint64_t done, uint64_t foreign);
long call_sched_op(uint64_t cmd, uint64_t arg);
long call_callback_op(uint64_t cmd, uint64_t arg);
long call_event_channel_op(uint64_t cmd, uint64_t arg);
long call_physdev_op(uint64_t cmd, uint64_t arg);
long call_hvm_op(uint64_t cmd, uint64_t arg);
long call_dm_op(uint64_t domid, uint64_t nr_bufs, uint64_t bufs);
long call_sysctl(uint64_t op);
long call_domctl(uint64_t op);
long call_mca(uint64_t op);

/* Not finished: the guest shall make this call again, with these (the first nr) arguments. Return its value from the
 * handler. Between the two calls interrupts are taken and other vcpus may run. */
long call_again(unsigned nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3);

/* The handlers by number; NULL: none. A handler takes as many of the five arguments as it wants. */
typedef long (*hypercall_t)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
extern const hypercall_t hypercall_table[];
/* For current's number in rax: says so once in the log. -ENOSYS. */
long hypercall_unknown(void);
/* After a handler has returned call_again(): its arguments into the registers. */
void hypercall_set_arguments(struct cpu_user_regs *r);

/* This sub-operation is not there: says so once in the log, by its name, and returns -ENOSYS. */
long call_missing(unsigned hypercall, unsigned subop);

/* The domain a domctl-like argument names, with a reference; DOMID_SELF: the caller's. NULL: none. */
static inline bool call_privileged(void)
{
	return current->domain->privileged;
}

#endif
