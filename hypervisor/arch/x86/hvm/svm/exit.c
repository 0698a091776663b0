/* exit.c - AMD-V: before the guest is entered, and telling apart why it has exited */
#include "arch/x86/control.h"
#include "arch/x86/cpu.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/hvm/svm/svm.h"
#include "kern/printk.h"

#define VECTOR_DB 1
#define VECTOR_BP 3
#define VECTOR_OF 4
#define VECTOR_UD 6
#define VECTOR_AC 17

/* ---- in -------------------------------------------------------------------------------------------------------- */

/* Each CPU gives out its ASIDs one after the other. When there are no more, everything is flushed and it begins
 * anew. */
static struct {
	uint32_t next;
} cpu_asids[MAX_CPUS];

static void take_asid(struct vcpu *v)
{
	struct svm_vcpu *s = v->hvm->svm;
	struct cpu *c = this_cpu();
	uint32_t *next = &cpu_asids[c->id].next;

	s->vmcb->tlb_control = 0;
	if (likely(s->asid_cpu == c->id && s->asid_flushes == c->flushes))
		return;
	if (!*next || *next >= svm_features.asids) {
		*next = 1;
		c->flushes++;
		s->vmcb->tlb_control = TLB_CONTROL_ALL;
	}
	s->vmcb->asid = (*next)++;
	s->asid_cpu = c->id;
	s->asid_flushes = c->flushes;
}

static uint64_t event_word(const struct hvm_event *e)
{
	if (!e->valid)
		return 0;
	return VMCB_EVENT_VALID | (uint64_t)e->type << 8 | e->vector |
	       (e->has_error ? VMCB_EVENT_ERROR | (uint64_t)e->error << 32 : 0);
}

/*
 * An interrupt is only given when it can be taken, so as a virtual interrupt it is taken at once. (As an event, QEMU 7.2 delivers it
 * twice if anything stops its translated code before the next exit: it keeps the vector as an exception yet to come.)
 */
static void give_virtual_interrupt(struct vmcb *b, uint8_t vector)
{
	/* A window is wanted for the next one: the end of this one's handler opens it. */
	if (b->vintr & VINTR_REQUEST)
		b->intercepts1 |= INTERCEPT_IRET;
	b->intercepts1 &= ~(uint32_t)INTERCEPT_VINTR;
	b->vintr = VINTR_ASK(vector);
}

paddr_t svm_before_entry(struct vcpu *v)
{
	const struct hvm_event *e = &v->hvm->event;
	struct vmcb *b = vmcb_of(v);

	hvm_before_entry(v);
	take_asid(v);
	b->event = 0;
	if (e->valid && e->type == HVM_EVENT_INTERRUPT)
		give_virtual_interrupt(b, e->vector);
	else
		b->event = event_word(e);
	b->rax = v->regs.rax;
	b->rsp = v->regs.rsp;
	b->rip = v->regs.rip;
	b->rflags = v->regs.rflags;
	b->nested_cr3 = paddr_of_mfn(v->domain->hvm->p2m.root);
	v->hvm->svm->asked = b->vintr & VINTR_REQUEST;
	return v->hvm->svm->address;
}

/* ---- out ------------------------------------------------------------------------------------------------------- */

/* The exit came while an event was being delivered: it is to be delivered again. What an instruction raised (INT n,
 * INT3, INTO) comes again by itself, as rip is still there. */
static struct hvm_event interrupted_event(uint64_t word)
{
	struct hvm_event e = {
		.valid = word & VMCB_EVENT_VALID,
		.has_error = word & VMCB_EVENT_ERROR,
		.type = word >> 8 & 7,
		.vector = word & 0xff,
		.error = (uint32_t)(word >> 32),
	};

	if (e.type == HVM_EVENT_SOFTWARE ||
	    (e.type == HVM_EVENT_EXCEPTION && (e.vector == VECTOR_BP || e.vector == VECTOR_OF)))
		e.valid = false;
	return e;
}

/* What was given: it is there still, or its delivery was interrupted, or it is over. */
static void note_event(struct vcpu *v)
{
	struct vmcb *b = vmcb_of(v);
	bool as_interrupt = v->hvm->event.valid && v->hvm->event.type == HVM_EVENT_INTERRUPT;

	if (!as_interrupt || !(b->vintr & VINTR_REQUEST))
		v->hvm->event = interrupted_event(b->exit_event);
	if (as_interrupt)
		b->vintr = VINTR_MASKING;
}

/* Interrupts are held back by IF; so let in what made the guest exit. */
static void take_interrupt(void)
{
	__asm__ volatile("sti; nop; cli" ::: "memory");
}

/*
 * QEMU (7.2, and those before it) notes at the entry that a virtual interrupt is asked for, in the word that has what is pending for the
 * CPU, and does not lock it. An interrupt that comes in this very moment stays in the local APIC, and is not taken until another one comes:
 * if it was the timer's, perhaps never. Writing the task priority makes the APIC look at what it holds.
 */
static void find_forgotten_interrupt(const struct vcpu *v)
{
	if (v->hvm->svm->asked && cpu_has(CPU_HYPERVISOR))
		__asm__ volatile("mov %0, %%cr8" ::"r"(0UL) : "memory");
}

static void exception(struct vcpu *v, unsigned vector)
{
	struct vmcb *b = vmcb_of(v);

	switch (vector) {
	case VECTOR_DB:
		hvm_inject(v, VECTOR_DB, HVM_NO_ERROR);
		break;
	case VECTOR_AC:
		hvm_inject(v, VECTOR_AC, (uint32_t)b->exit_info1);
		break;
	default: /* a machine check is the host's: it has been taken when the global interrupt flag came back */
		break;
	}
}

static void port(struct vcpu *v)
{
	const struct vmcb *b = vmcb_of(v);
	uint32_t info = (uint32_t)b->exit_info1;

	hvm_exit_port(v, &(struct hvm_port){
				 .port = (uint16_t)(info >> 16),
				 .in = info & 1,
				 .string = info & 4,
				 .repeat = info & 8,
				 .size = info >> 4 & 7,
				 .address_size = (uint8_t)((info >> 7 & 7) * 2),
				 .next_rip = b->exit_info2,
			 });
}

static void nested_fault(struct vcpu *v)
{
	const struct vmcb *b = vmcb_of(v);

	hvm_exit_memory(v, b->exit_info2, b->exit_info1 & BIT(1), b->exit_info1 & BIT(33));
}

static void other(struct vcpu *v, uint64_t code)
{
	switch (code) {
	case EXIT_NMI: /* taken already */
	case EXIT_INIT:
	case EXIT_FERR:
		break;
	case EXIT_EXCEPTION ... EXIT_EXCEPTION + 31:
		exception(v, (unsigned)code - EXIT_EXCEPTION);
		break;
	case EXIT_IRET:
		svm_ops.mask_nmi(v, false);
		break;
	case EXIT_SHUTDOWN:
		hvm_triple_fault(v);
		break;
	case EXIT_PAUSE:
		hvm_exit_pause(v, vmcb_of(v)->next_rip);
		break;
	case EXIT_CR_READ ... EXIT_CR_WRITE + 15:
	case EXIT_RDPMC:
	case EXIT_INVD:
	case EXIT_WBINVD:
	case EXIT_XSETBV:
		hvm_exit_instruction(v);
		break;
	case UINT64_MAX:
		domain_crash(v->domain, "the CPU refuses its state: cr0 %#lx, cr3 %#lx, cr4 %#lx, efer %#lx",
			     (unsigned long)vmcb_of(v)->cr0, (unsigned long)vmcb_of(v)->cr3,
			     (unsigned long)vmcb_of(v)->cr4, (unsigned long)vmcb_of(v)->efer);
		break;
	default: /* VMRUN and its kin, MONITOR, RDTSCP, RSM: instructions that are not offered */
		hvm_inject(v, VECTOR_UD, HVM_NO_ERROR);
	}
}

void svm_after_exit(struct vcpu *v)
{
	struct vmcb *b = vmcb_of(v);

	v->regs.rax = b->rax;
	v->regs.rsp = b->rsp;
	v->regs.rip = b->rip;
	v->regs.rflags = b->rflags;
	v->regs.entry_vector = 0;
	note_event(v);
	find_forgotten_interrupt(v);
	switch (b->exit_code) {
	case EXIT_INTR:
		take_interrupt();
		break;
	case EXIT_VINTR:
		svm_ops.want_window(v, false);
		break;
	case EXIT_VMMCALL:
		hvm_exit_hypercall(v, b->next_rip);
		break;
	case EXIT_HLT:
		hvm_exit_halt(v, b->next_rip);
		break;
	case EXIT_MSR:
		hvm_exit_msr(v, b->exit_info1 & 1, b->next_rip);
		break;
	case EXIT_CPUID:
		hvm_exit_cpuid(v, b->next_rip);
		break;
	case EXIT_NESTED_FAULT:
		nested_fault(v);
		break;
	case EXIT_IO:
		port(v);
		break;
	default:
		other(v, b->exit_code);
	}
}
