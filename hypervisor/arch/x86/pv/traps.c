/* traps.c - exceptions and interrupts that come while a guest runs */
#include <xen/xen.h>

#include "arch/x86/control.h"
#include "arch/x86/paging.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/pv/pv.h"
#include "arch/x86/traps.h"
#include "arch/x86/vectors.h"
#include "kern/audit.h"
#include "kern/event.h"
#include "kern/guest.h"
#include "kern/sched.h"
#include "kern/timer.h"

enum {
	VECTOR_DB = 1,
	VECTOR_NMI = 2,
	VECTOR_BP = 3,
	VECTOR_OF = 4,
	VECTOR_UD = 6,
	VECTOR_NM = 7,
	VECTOR_DF = 8,
	VECTOR_GP = 13,
	VECTOR_PF = 14,
	VECTOR_MC = 18,
	VECTOR_FIRST_INTERRUPT = 32,
};

/* Those for which the CPU pushes an error code, among those a guest can raise. */
#define HAS_ERROR_CODE(vector) (0x60227d00u >> (vector)&1)

#define PF_PRESENT 1
#define PF_WRITE   2
#define PF_USER	   4

#define SELECTOR_IN_LDT 4

/* The CPU itself looked for a descriptor in a page of the guest's tables that is not there: to the guest, a selector beyond
 * its tables. */
static bool missing_descriptor(struct vcpu *v, uint64_t address)
{
	uint64_t in_gdt = address - window_address(this_cpu()->id, WINDOW_GDT);
	uint64_t in_ldt = address - window_address(this_cpu()->id, WINDOW_LDT);

	if (in_gdt < GDT_GUEST_PAGES * PAGE_SIZE)
		pv_inject(v, VECTOR_GP, (uint32_t)in_gdt & ~7u);
	else if (in_ldt < LDT_PAGES * PAGE_SIZE)
		pv_inject(v, VECTOR_GP, ((uint32_t)in_ldt & ~7u) | SELECTOR_IN_LDT);
	else
		return false;
	return true;
}

static void page_fault(struct vcpu *v)
{
	uint64_t address = cr2_read();
	uint32_t error = v->regs.error_code;

	if ((error & (PF_PRESENT | PF_WRITE)) == (PF_PRESENT | PF_WRITE) && v->pv.kernel_mode &&
	    pv_emulate_table_write(v, address))
		return;
	if ((error & (PF_PRESENT | PF_USER)) == PF_PRESENT && pv_emulate_far_return(v))
		return;
	if (!(error & (PF_PRESENT | PF_USER)) && missing_descriptor(v, address))
		return;
	/* Its kernel runs in ring 3, but shall not have to know. */
	if (v->pv.kernel_mode)
		error &= ~PF_USER;
	pv_inject_page_fault(v, address, error);
}

/* `int n` in ring 3 meets a gate of DPL 0: #GP with the gate's number in the error code. QEMU before 8.0 says n*16+2. */
static bool software_interrupt(struct vcpu *v)
{
	uint32_t error = v->regs.error_code;
	const struct pv_trap *t;
	uint8_t code[2];

	if (!(error & 2) || guest_read(code, (void *)v->regs.rip, sizeof(code)) || code[0] != 0xcd)
		return false;
	t = &v->pv.traps[code[1]];
	if (!t->address || t->dpl < (v->pv.kernel_mode ? 1 : 3))
		return false;
	v->regs.rip += 2;
	pv_inject(v, code[1], PV_NO_ERROR_CODE);
	return true;
}

static void general_protection(struct vcpu *v)
{
	uint32_t error = v->regs.error_code;

	/* User space may be one that its kernel lets use ports. */
	bool ours = v->pv.kernel_mode || v->pv.iopl == 3 || v->pv.user_ports;

	if (error ? software_interrupt(v) : ours && pv_emulate_privileged(v))
		return;
	pv_inject(v, VECTOR_GP, error);
}

static void debug_exception(struct vcpu *v)
{
	v->pv.dr[6] = dr6_read();
	dr6_write(0xffff0ff0);
	pv_inject(v, VECTOR_DB, PV_NO_ERROR_CODE);
}

static void device_not_available(struct vcpu *v)
{
	control_clear_ts();
	if (!v->pv.ts)
		return;
	v->pv.ts = false;
	pv_inject(v, VECTOR_NM, PV_NO_ERROR_CODE);
}

/* 32-bit system calls have no short way. */
static void compat_syscall(struct vcpu *v, uint64_t callback, uint16_t cs, bool masks_events)
{
	if (!callback || v->pv.kernel_mode) {
		if (v->regs.entry_vector == ENTRY_SYSCALL32)
			v->regs.rip -= 2;
		pv_inject(v, VECTOR_UD, PV_NO_ERROR_CODE);
		return;
	}
	(void)pv_bounce(v, &(struct pv_entry){.address = callback,
					      .cs = cs ? cs : SEL_GUEST_CS64,
					      .masks_events = masks_events,
					      .error_code = PV_NO_ERROR_CODE});
}

static void syscall_slow(struct vcpu *v)
{
	if (!v->pv.syscall_callback) {
		v->regs.rip -= 2;
		pv_inject(v, VECTOR_UD, PV_NO_ERROR_CODE);
		return;
	}
	(void)pv_bounce(v, &(struct pv_entry){.address = v->pv.syscall_callback,
					      .cs = SEL_GUEST_CS64,
					      .masks_events = v->pv.syscall_masks_events,
					      .error_code = PV_NO_ERROR_CODE});
}

static void exception(struct vcpu *v, unsigned vector)
{
	switch (vector) {
	case VECTOR_PF:
		page_fault(v);
		break;
	case VECTOR_GP:
		general_protection(v);
		break;
	case VECTOR_UD:
		if (!pv_emulate_forced_cpuid(v))
			pv_inject(v, vector, PV_NO_ERROR_CODE);
		break;
	case VECTOR_NM:
		device_not_available(v);
		break;
	case VECTOR_DB:
		debug_exception(v);
		break;
	default:
		pv_inject(v, vector, HAS_ERROR_CODE(vector) ? v->regs.error_code : PV_NO_ERROR_CODE);
	}
}

/* entry.S: *r is current's v->regs. */
void trap_from_guest(struct cpu_user_regs *r);
void trap_from_guest(struct cpu_user_regs *r)
{
	struct vcpu *v = current;

	switch (r->entry_vector) {
	case 0 ... VECTOR_FIRST_INTERRUPT - 1:
		exception(v, r->entry_vector);
		break;
	case ENTRY_SYSCALL:
		syscall_slow(v);
		break;
	case ENTRY_SYSCALL32:
		compat_syscall(v, v->pv.syscall32_callback, v->pv.syscall32_cs, v->pv.syscall32_masks_events);
		break;
	case ENTRY_SYSENTER:
		compat_syscall(v, v->pv.sysenter_callback, v->pv.sysenter_cs, v->pv.sysenter_masks_events);
		break;
	default:
		interrupt(r);
	}
}

/* NMI, #DF, #MC and #DB, on their own stacks. True: a guest's #DB, moved to where ordinary exceptions are. */
bool trap_on_ist(struct cpu_user_regs *r);
bool trap_on_ist(struct cpu_user_regs *r)
{
	struct vcpu *v = current;

	if (r->entry_vector == VECTOR_NMI) {
		interrupt_nmi(r);
		return false;
	}
	if (r->entry_vector == VECTOR_MC)
		interrupt_machine_check(r);
	if (r->entry_vector == VECTOR_DF)
		trap_from_host(r);
	if (!(r->cs & 3)) {
		/* MOV SS or a watchpoint before an entry: the guest's doing, and none of our concern. */
		dr6_write(0xffff0ff0);
		r->rflags &= ~(uint64_t)RFLAGS_TF;
		return false;
	}
	__builtin_memcpy(&v->regs, r, offsetof(struct cpu_user_regs, es));
	return true;
}

static void do_pending(uint32_t bits)
{
	if (bits & (CPU_PENDING_FLUSH | CPU_PENDING_CALL))
		machine_serve(bits);
	if (bits & CPU_PENDING_TIMER)
		timer_run_expired();
	if (bits & CPU_PENDING_SCHEDULE)
		(void)sched_choose();
	if (bits & CPU_PENDING_STAND)
		audit_stand();
}

/* Masked until its iret, as in hardware. */
static void deliver_nmi(struct vcpu *v)
{
	v->pv.nmi_pending = false;
	if (!v->pv.nmi_callback)
		return;
	v->pv.nmi_masked = true;
	(void)pv_bounce(v, &(struct pv_entry){.address = v->pv.nmi_callback,
					      .cs = SEL_GUEST_CS64,
					      .masks_events = true,
					      .error_code = PV_NO_ERROR_CODE});
}

/* On the way back, with bits in cpu->pending. Comes back when a guest's vcpu is current. */
void cpu_do_pending(void);
void cpu_do_pending(void)
{
	struct cpu *c = this_cpu();

	do {
		if (is_idle_vcpu(current) && !__atomic_load_n(&c->pending, __ATOMIC_ACQUIRE))
			machine_idle();
		do_pending(__atomic_exchange_n(&c->pending, 0, __ATOMIC_ACQ_REL));
	} while (is_idle_vcpu(current));
	if (current->pv.nmi_pending && !current->pv.nmi_masked)
		deliver_nmi(current);
}
