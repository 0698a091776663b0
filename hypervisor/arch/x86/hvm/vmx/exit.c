/* exit.c - VT-x: before the guest is entered, and telling apart why it has exited (Intel SDM vol. 3, chapters 26, 27, appendix C) */
#include "arch/x86/control.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/hvm/vmx/vmx.h"
#include "arch/x86/percpu.h"
#include "kern/printk.h"

enum exit_reason {
	EXIT_EXCEPTION_OR_NMI = 0,
	EXIT_INTERRUPT = 1,
	EXIT_TRIPLE_FAULT = 2,
	EXIT_INIT = 3,
	EXIT_SIPI = 4,
	EXIT_INTERRUPT_WINDOW = 7,
	EXIT_NMI_WINDOW = 8,
	EXIT_TASK_SWITCH = 9,
	EXIT_CPUID = 10,
	EXIT_HLT = 12,
	EXIT_INVD = 13,
	EXIT_RDPMC = 15,
	EXIT_VMCALL = 18,
	EXIT_CR = 28,
	EXIT_IO = 30,
	EXIT_RDMSR = 31,
	EXIT_WRMSR = 32,
	EXIT_MACHINE_CHECK_AT_ENTRY = 41,
	EXIT_EPT_VIOLATION = 48,
	EXIT_EPT_MISCONFIGURATION = 49,
	EXIT_PREEMPTION_TIMER = 52,
	EXIT_WBINVD = 54,
	EXIT_XSETBV = 55,
};
#define EXIT_REASON_MASK  0xffff
#define EXIT_ENTRY_FAILED BIT(31)

#define EVENT_VECTOR 0xff

#define VECTOR_DB  1
#define VECTOR_NMI 2
#define VECTOR_UD  6
#define VECTOR_AC  17
#define VECTOR_MC  18

#define DR6_CAUSES 0x600f /* as the qualification of a #DB has them */

/* ---- what the common code asks for ------------------------------------------------------------------------------------- */

void vmx_flush_tlb(struct vcpu *v)
{
	vmx_of(v)->cpu = MAX_CPUS;
}

bool vmx_interruptible(const struct vcpu *v)
{
	return v->regs.rflags & RFLAGS_IF && !(vmcs_read(VMCS_GUEST_SHADOW) & (VMCS_SHADOW_STI | VMCS_SHADOW_MOV_SS));
}

static void set_window(struct vcpu *v, uint32_t window, bool wanted)
{
	struct vmx_vcpu *x = vmx_of(v);
	uint32_t proc = wanted ? x->proc | window : x->proc & ~window;

	if (proc != x->proc)
		vmcs_write(VMCS_PROC, proc);
	x->proc = proc;
}

void vmx_want_window(struct vcpu *v, bool wanted)
{
	set_window(v, VMX_PROC_INTERRUPT_WINDOW, wanted);
}

static void end_shadow(void)
{
	uint64_t shadow = vmcs_read(VMCS_GUEST_SHADOW);

	if (shadow & (VMCS_SHADOW_STI | VMCS_SHADOW_MOV_SS))
		vmcs_write(VMCS_GUEST_SHADOW, shadow & ~(VMCS_SHADOW_STI | VMCS_SHADOW_MOV_SS));
}

void vmx_end_shadow(struct vcpu *v)
{
	(void)v; /* current */
	end_shadow();
}

/* The CPU knows itself when NMIs are masked; the window tells us of the end. */
void vmx_mask_nmi(struct vcpu *v, bool masked)
{
	v->hvm->nmi_masked = masked;
	set_window(v, VMX_PROC_NMI_WINDOW, masked);
}

/* ---- in --------------------------------------------------------------------------------------------------------------- */

/* What this CPU may still remember of its address spaces, by its VPID and its tables, is dropped if it has become void. */
static void drop_translations(struct vcpu *v)
{
	struct vmx_vcpu *x = vmx_of(v);
	const struct cpu *c = this_cpu();

	if (likely(x->cpu == c->id && x->flushes == c->flushes))
		return;
	if (x->vpid)
		invvpid(&vmx_setup, x->vpid);
	invept(&vmx_setup, vmcs_read(VMCS_EPTP));
	x->cpu = c->id;
	x->flushes = c->flushes;
}

static void write_event(const struct hvm_event *e)
{
	if (!e->valid) {
		vmcs_write(VMCS_ENTRY_EVENT, 0);
		return;
	}
	if (e->has_error)
		vmcs_write(VMCS_ENTRY_ERROR_CODE, e->error);
	/* Delivery ends a shadow; and entries insist on having none with an NMI, or without a pending #DB while TF is set. */
	end_shadow();
	vmcs_write(VMCS_ENTRY_EVENT,
		   VMCS_EVENT_VALID | (uint64_t)e->type << 8 | e->vector | (e->has_error ? VMCS_EVENT_ERROR : 0));
}

/* Interrupts are held back by IF; so let in what made the guest exit. */
static void take_interrupt(void)
{
	__asm__ volatile("sti; nop; cli" ::: "memory");
}

/* An interrupt makes a guest exit whatever its IF. But an emulator (Bochs 2.7) holds back what is there when a guest with IF clear is
 * entered, as long as IF stays so: it is taken before, and what comes between when the timer's slice is over. */
static void take_early(const struct vcpu *v)
{
	if (!(v->regs.rflags & RFLAGS_IF))
		take_interrupt();
}

void vmx_before_entry(struct vcpu *v)
{
	take_early(v);
	hvm_before_entry(v);
	drop_translations(v);
	write_event(&v->hvm->event);
	vmcs_write(VMCS_GUEST_RIP, v->regs.rip);
	vmcs_write(VMCS_GUEST_RSP, v->regs.rsp);
	vmcs_write(VMCS_GUEST_RFLAGS, v->regs.rflags | 2);
	if (cr2_read() != vmx_of(v)->cr2)
		cr2_write(vmx_of(v)->cr2);
}

/* Our own mistake, not the guest's: it has no way to reach the fields that this is about. */
void vmx_entry_failed(struct vcpu *v)
{
	domain_crash(v->domain, "VT-x refuses to enter it: error %u", (unsigned)vmcs_read(VMCS_INSTRUCTION_ERROR));
}

/* ---- out -------------------------------------------------------------------------------------------------------------- */

/* The exit came while an event was being delivered: it is to be delivered again. What an instruction raised (types from
 * HVM_EVENT_SOFTWARE on) comes again by itself, as rip is still there. */
static struct hvm_event interrupted_event(void)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_VECTORING_EVENT);
	struct hvm_event e = {.valid = false};

	if (likely(!(info & VMCS_EVENT_VALID)) || VMCS_EVENT_TYPE(info) >= HVM_EVENT_SOFTWARE)
		return e;
	e.valid = true;
	e.type = VMCS_EVENT_TYPE(info);
	e.vector = info & EVENT_VECTOR;
	e.has_error = info & VMCS_EVENT_ERROR;
	if (e.has_error)
		e.error = (uint32_t)vmcs_read(VMCS_VECTORING_ERROR_CODE);
	/* Delivering it again masks NMIs again. */
	if (e.type == HVM_EVENT_NMI)
		vmcs_write(VMCS_GUEST_SHADOW, vmcs_read(VMCS_GUEST_SHADOW) & ~VMCS_SHADOW_NMI);
	return e;
}

/* An exit in the middle of an IRET, whose end of the NMIs' masking it has taken back by itself: it is to be done again. */
static void interrupted_iret(const struct vcpu *v, bool unblocked)
{
	if (unblocked && !v->hvm->event.valid)
		vmcs_write(VMCS_GUEST_SHADOW, vmcs_read(VMCS_GUEST_SHADOW) | VMCS_SHADOW_NMI);
}

/* See take_early(). */
static void slice_over(void)
{
	vmcs_write(VMCS_TIMER, vmx_slice);
	take_interrupt();
}

static void exception_or_nmi(struct vcpu *v)
{
	uint32_t event = (uint32_t)vmcs_read(VMCS_EXIT_EVENT);

	switch (event & EVENT_VECTOR) {
	case VECTOR_NMI: /* the machine's; by way of the IDT, so that an IRET unmasks the next one */
		__asm__ volatile("int $2" ::: "memory");
		break;
	case VECTOR_MC:
		__asm__ volatile("int $18" ::: "memory");
		break;
	case VECTOR_DB:
		interrupted_iret(v, event & VMCS_EVENT_UNBLOCKS);
		dr6_write(dr6_read() | (vmcs_read(VMCS_QUALIFICATION) & DR6_CAUSES));
		hvm_inject(v, VECTOR_DB, HVM_NO_ERROR);
		break;
	case VECTOR_AC:
		interrupted_iret(v, event & VMCS_EVENT_UNBLOCKS);
		hvm_inject(v, VECTOR_AC, (uint32_t)vmcs_read(VMCS_EXIT_ERROR_CODE));
		break;
	}
}

static void port(struct vcpu *v, uint64_t next_rip)
{
	uint64_t q = vmcs_read(VMCS_QUALIFICATION), instruction = q & BIT(4) ? vmcs_read(VMCS_INSTRUCTION) : 0;

	hvm_exit_port(v, &(struct hvm_port){
				 .port = (uint16_t)(q >> 16),
				 .in = q & BIT(3),
				 .string = q & BIT(4),
				 .repeat = q & BIT(5),
				 .size = (uint8_t)((q & 7) + 1),
				 .address_size = (uint8_t)(2 << (instruction >> 7 & 3)),
				 .next_rip = next_rip,
			 });
}

static void ept_violation(struct vcpu *v)
{
	uint64_t q = vmcs_read(VMCS_QUALIFICATION);

	interrupted_iret(v, q & BIT(12));
	/* Bit 7: there was a linear address; bit 8: the access was to what it translates to. */
	hvm_exit_memory(v, vmcs_read(VMCS_PHYSICAL_ADDRESS), q & BIT(1), (q & (BIT(7) | BIT(8))) == BIT(7));
}

static void other(struct vcpu *v, uint32_t reason)
{
	switch (reason) {
	case EXIT_INIT: /* not ours: nobody sends one to a running CPU */
	case EXIT_SIPI:
		break;
	case EXIT_NMI_WINDOW:
		vmx_mask_nmi(v, false);
		break;
	case EXIT_PREEMPTION_TIMER:
		slice_over();
		break;
	case EXIT_TRIPLE_FAULT:
		hvm_triple_fault(v);
		break;
	case EXIT_INVD:
	case EXIT_RDPMC:
	case EXIT_CR:
	case EXIT_WBINVD:
	case EXIT_XSETBV:
		hvm_exit_instruction(v);
		break;
	case EXIT_TASK_SWITCH:
		domain_crash(v->domain, "it switches tasks by hardware, which is not emulated");
		break;
	case EXIT_EPT_MISCONFIGURATION:
		panic("VT-x: a wrong entry in the tables of domain %u, for %#lx", v->domain->id,
		      (unsigned long)vmcs_read(VMCS_PHYSICAL_ADDRESS));
	default: /* VMXON and its kin, MWAIT, MONITOR: instructions that are not offered */
		hvm_inject(v, VECTOR_UD, HVM_NO_ERROR);
	}
}

static void entry_refused(struct vcpu *v, uint32_t reason)
{
	if (reason == EXIT_MACHINE_CHECK_AT_ENTRY)
		__asm__ volatile("int $18" ::: "memory");
	domain_crash(v->domain, "the CPU refuses its state (%u, %lu): cr0 %#lx, cr3 %#lx, cr4 %#lx, efer %#lx", reason,
		     (unsigned long)vmcs_read(VMCS_QUALIFICATION), (unsigned long)vmcs_read(VMCS_GUEST_CR0),
		     (unsigned long)vmcs_read(VMCS_GUEST_CR3), (unsigned long)vmcs_read(VMCS_GUEST_CR4),
		     (unsigned long)vmcs_read(VMCS_GUEST_EFER));
}

static void handle(struct vcpu *v, uint32_t reason)
{
	uint64_t next_rip = v->regs.rip + vmcs_read(VMCS_EXIT_LENGTH); /* of exits by instructions */

	switch (reason) {
	case EXIT_EXCEPTION_OR_NMI:
		exception_or_nmi(v);
		break;
	case EXIT_INTERRUPT:
		take_interrupt();
		break;
	case EXIT_INTERRUPT_WINDOW:
		vmx_want_window(v, false);
		break;
	case EXIT_CPUID:
		hvm_exit_cpuid(v, next_rip);
		break;
	case EXIT_HLT:
		hvm_exit_halt(v, next_rip);
		break;
	case EXIT_VMCALL:
		hvm_exit_hypercall(v, next_rip);
		break;
	case EXIT_IO:
		port(v, next_rip);
		break;
	case EXIT_RDMSR:
	case EXIT_WRMSR:
		hvm_exit_msr(v, reason == EXIT_WRMSR, next_rip);
		break;
	case EXIT_EPT_VIOLATION:
		ept_violation(v);
		break;
	default:
		other(v, reason);
	}
}

void vmx_after_exit(struct vcpu *v)
{
	struct vmx_vcpu *x = vmx_of(v);
	uint32_t reason = (uint32_t)vmcs_read(VMCS_EXIT_REASON);

	x->cr2 = cr2_read();
	x->launched = 1;
	v->regs.rip = vmcs_read(VMCS_GUEST_RIP);
	v->regs.rsp = vmcs_read(VMCS_GUEST_RSP);
	v->regs.rflags = vmcs_read(VMCS_GUEST_RFLAGS);
	v->regs.entry_vector = 0;
	if (unlikely(reason & EXIT_ENTRY_FAILED)) {
		x->launched = 0;
		entry_refused(v, reason & EXIT_REASON_MASK);
		return;
	}
	v->hvm->event = interrupted_event();
	handle(v, reason & EXIT_REASON_MASK);
}
