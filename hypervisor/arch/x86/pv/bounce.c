/* bounce.c - entering the guest kernel: exceptions, events, callbacks
 *
 * The frame on the guest kernel's stack is the hardware's, with rcx and r11 on top (lowest), since SYSRET needs these two
 * (ABI: xen/arch-x86/xen-x86_64.h and the callbacks' convention):
 *
 *   ss, rsp, rflags, cs | event mask << 32, rip, [error code], [gs, fs, es, ds: failsafe only], r11, rcx
 *
 * The guest kernel's own cs is shown with RPL 0, so that it can tell whom it interrupted; rflags.IF shows the event mask.
 */
#include <xen/xen.h>

#include "arch/x86/control.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/pv/pv.h"
#include "kern/event.h"
#include "kern/guest.h"

#define VECTOR_GP 13
#define VECTOR_PF 14

bool pv_bounce(struct vcpu *v, const struct pv_entry *entry)
{
	struct cpu_user_regs *r = &v->regs;
	uint8_t mask = v->info->evtchn_upcall_mask;
	uint64_t frame[12], sp, cs = r->cs;
	unsigned n = 0;

	if (v->pv.kernel_mode) {
		sp = r->rsp & ~15ULL;
		cs &= ~3ULL;
	} else {
		sp = v->pv.kernel_sp;
		pv_enter_kernel(v);
	}
	frame[n++] = r->rcx;
	frame[n++] = r->r11;
	if (entry->failsafe) {
		pv_save_segments(v);
		frame[n++] = v->pv.ds;
		frame[n++] = v->pv.es;
		frame[n++] = v->pv.fs;
		frame[n++] = v->pv.gs;
	}
	if (entry->error_code != PV_NO_ERROR_CODE)
		frame[n++] = entry->error_code;
	frame[n++] = r->rip;
	frame[n++] = (cs & 0xffff) | (uint64_t)mask << 32;
	frame[n++] = (r->rflags & ~(uint64_t)(RFLAGS_IF | RFLAGS_IOPL)) | (mask ? 0 : RFLAGS_IF);
	frame[n++] = r->rsp;
	frame[n++] = r->ss;
	sp -= n * sizeof(frame[0]);
	if (!entry->address || guest_write((void *)sp, frame, n * sizeof(frame[0]))) {
		domain_crash(v->domain, "no way into the guest kernel: entry %#lx, stack %#lx", entry->address, sp);
		return false;
	}
	if (entry->masks_events)
		v->info->evtchn_upcall_mask = 1;
	r->rip = entry->address;
	r->cs = entry->cs | 3;
	r->rsp = sp;
	r->ss = SEL_GUEST_DS;
	r->rflags = (r->rflags & ~(uint64_t)(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM | RFLAGS_AC)) | RFLAGS_IF;
	r->entry_vector = 0;
	return true;
}

void pv_inject(struct vcpu *v, unsigned vector, uint32_t error_code)
{
	const struct pv_trap *t = &v->pv.traps[vector];

	if (!t->address) {
		domain_crash(v->domain, "exception %u, for which the guest has no handler", vector);
		return;
	}
	(void)pv_bounce(v, &(struct pv_entry){.address = t->address,
					      .cs = t->cs,
					      .masks_events = t->masks_events,
					      .error_code = error_code});
}

void pv_inject_page_fault(struct vcpu *v, uint64_t address, uint32_t error_code)
{
	v->pv.cr2 = address;
	v->info->arch.cr2 = address;
	pv_inject(v, VECTOR_PF, error_code);
}

/* Called by entry.S on the way back to a guest that has events and does not mask them. */
void pv_deliver_event(void);
void pv_deliver_event(void)
{
	struct vcpu *v = current;

	if (!v->pv.event_callback) {
		v->info->evtchn_upcall_mask = 1;
		return;
	}
	(void)pv_bounce(v, &(struct pv_entry){.address = v->pv.event_callback,
					      .cs = SEL_GUEST_CS64,
					      .masks_events = true,
					      .error_code = PV_NO_ERROR_CODE});
}

void pv_syscall_stack_failed(void);
void pv_syscall_stack_failed(void)
{
	struct vcpu *v = current;

	domain_crash(v->domain, "system call, but the guest kernel's stack %#lx is not there", v->pv.kernel_sp);
}

/* entry.S could not return to what v->regs said: the registers are in *r, the refused frame lies right behind it. */
void pv_iret_failed(const struct cpu_user_regs *r);
void pv_iret_failed(const struct cpu_user_regs *r)
{
	struct vcpu *v = current;

	v->regs = *r;
	v->regs.entry_vector = 0;
	v->regs.rflags |= RFLAGS_IF;
	/* The handler of such failures itself: without end, if its stack is without end. */
	if (r->rip == v->pv.traps[VECTOR_GP].address && r->cs == v->pv.traps[VECTOR_GP].cs) {
		domain_crash(v->domain, "its handler of #GP cannot be entered with cs %#x", r->cs);
		return;
	}
	if (!is_canonical(r->rip) || !v->pv.failsafe_callback) {
		pv_inject(v, VECTOR_GP, 0);
		return;
	}
	(void)pv_bounce(v, &(struct pv_entry){.address = v->pv.failsafe_callback,
					      .cs = SEL_GUEST_CS64,
					      .masks_events = v->pv.failsafe_masks_events,
					      .error_code = PV_NO_ERROR_CODE,
					      .failsafe = true});
}
