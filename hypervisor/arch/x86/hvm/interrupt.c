/* interrupt.c - what a guest is given at its next entry: exceptions, NMIs, interrupts of its APIC, events */
#include <xen/sched.h>

#include "arch/x86/control.h"
#include "arch/x86/hvm/devices.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/hvm/ioreq.h"
#include "kern/event.h"
#include "kern/printk.h"

#define VECTOR_NMI 2
#define VECTOR_PF  14

void hvm_triple_fault(struct vcpu *v)
{
	struct domain *d = v->domain;

	log_error("Domain %u: triple fault on vcpu %u at %#lx", d->id, v->id, (unsigned long)v->regs.rip);
	domain_shutdown(d, (unsigned)d->hvm->params[HVM_PARAM_TRIPLE_FAULT_REASON]);
}

void hvm_inject(struct vcpu *v, unsigned vector, uint32_t error)
{
	struct hvm_event e = {
		.valid = true,
		.has_error = error != HVM_NO_ERROR,
		.type = HVM_EVENT_EXCEPTION,
		.vector = (uint8_t)vector,
		.error = error != HVM_NO_ERROR ? error : 0,
	};

	v->hvm->event = hvm_event_combine(v->hvm->event, e);
	/* In real mode there are no error codes, and VT-x refuses to give one. */
	if (!(v->hvm->cr0 & CR0_PE))
		v->hvm->event.has_error = false;
	if (!v->hvm->event.valid)
		hvm_triple_fault(v);
}

void hvm_inject_page_fault(struct vcpu *v, uint64_t linear, uint32_t error)
{
	struct hvm_state s;

	hvm->get_state(v, &s);
	s.cr2 = linear;
	hvm->set_state(v, &s);
	hvm_inject(v, VECTOR_PF, error);
}

/* Event channels as one vector for all vcpus, as long as the upcall is pending: the guest's handler takes that away
 * first. */
static bool callback_pending(const struct vcpu *v)
{
	return v->domain->hvm->callback_vector && !v->hvm->upcall_vector &&
	       __atomic_load_n(&v->info->evtchn_upcall_pending, __ATOMIC_ACQUIRE);
}

bool hvm_interrupt_pending(const struct vcpu *v)
{
	const struct hvm_vcpu *h = v->hvm;

	return callback_pending(v) || hvm_pic_pending(v) || lapic_pending(&h->lapic) >= 0 ||
	       __atomic_load_n(&h->nmi_pending, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&h->init_pending, __ATOMIC_ACQUIRE);
}

void hvm_upcall(struct vcpu *v)
{
	if (v->hvm->upcall_vector)
		lapic_raise(&v->hvm->lapic, v->hvm->upcall_vector);
}

/* ---- before each entry ----------------------------------------------------------------------------------------- */

static void give_nmi(struct vcpu *v)
{
	__atomic_store_n(&v->hvm->nmi_pending, false, __ATOMIC_SEQ_CST);
	v->hvm->event = (struct hvm_event){.valid = true, .type = HVM_EVENT_NMI, .vector = VECTOR_NMI};
	hvm->mask_nmi(v, true);
}

static void give_interrupt(struct vcpu *v, uint8_t vector)
{
	v->hvm->event = (struct hvm_event){.valid = true, .type = HVM_EVENT_INTERRUPT, .vector = vector};
}

/* Nothing is being delivered: the first of what waits, or, where it cannot be now, word as soon as it can. */
static void choose(struct vcpu *v)
{
	struct hvm_vcpu *h = v->hvm;
	bool by_callback = callback_pending(v), by_pic = !by_callback && hvm_pic_pending(v);
	int vector = by_callback ? v->domain->hvm->callback_vector : lapic_pending(&h->lapic);

	if (unlikely(h->nmi_pending && !h->nmi_masked)) {
		give_nmi(v);
		return;
	}
	if (vector < 0 && !by_pic)
		return;
	if (!hvm->interruptible(v)) {
		hvm->want_window(v, true);
		return;
	}
	if (by_pic)
		vector = hvm_pic_accept(v);
	else if (!by_callback)
		lapic_accept(&h->lapic, (uint8_t)vector);
	give_interrupt(v, (uint8_t)vector);
}

void hvm_before_entry(struct vcpu *v)
{
	struct hvm_vcpu *h = v->hvm;

	if (unlikely(h->io.waiting) && !hvm_io_resume(v))
		return;
	if (unlikely(h->init_pending))
		hvm_take_init(v);
	if (!h->event.valid)
		choose(v);
	else if (hvm_interrupt_pending(v))
		hvm->want_window(v, true);
}
