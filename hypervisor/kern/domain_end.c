/* domain_end.c - how a domain ends: shutdown, crash, and giving back all it had
 *
 * A domain shuts down by itself, or crashes: its vcpus stop, and Dom0 is told, which then destroys it. Destroying takes
 * everything away from it in phases, each of which may be interrupted. What other domains still hold of it (mapped
 * frames) keeps it in the list as a zombie, until they let go.
 */
#include "kern/domain.h"

#include <stdarg.h>
#include <xen/sched.h>

#include "arch/x86/hvm/hvm.h"
#include "arch/x86/pv/pv.h"
#include "arch/x86/switch.h"
#include "event-channel/ports.h"
#include "kern/audit.h"
#include "kern/event.h"
#include "kern/event_ops.h"
#include "kern/grant.h"
#include "kern/irq.h"
#include "kern/memory.h"
#include "kern/mm.h"
#include "kern/options.h"
#include "kern/sched.h"
#include "kern/timer.h"
#include "lib/errno.h"
#include "lib/printf.h"

/* Dom0 is the machine's hands: without it nothing can be done but to follow. */
_Noreturn static void machine_follows(unsigned code)
{
	audit_end();
	switch (code) {
	case SHUTDOWN_poweroff:
		log_info("Dom0 has shut down: powering off");
		machine_power_off();
	case SHUTDOWN_reboot:
		log_info("Dom0 asks for a reboot");
		machine_reboot();
	case SHUTDOWN_watchdog:
		log_error("Dom0's watchdog was not served: rebooting");
		machine_reboot();
	case SHUTDOWN_crash:
		log_error("Dom0 has crashed: the machine goes down with it");
		break;
	default:
		log_error("Dom0 has shut down with code %u, which leaves nothing to run", code);
		break;
	}
	if (options.noreboot) {
		log_error("Halted, as noreboot asks");
		machine_halt();
	}
	machine_reboot();
}

/* Tell who waits for it: its suspend event's other end, or Dom0's tools. */
static void announce(struct domain *d)
{
	if (d->shutdown_code == SHUTDOWN_suspend && d->suspend_port)
		event_send(d, d->suspend_port);
	else
		event_send_global_virq(VIRQ_DOM_EXC);
}

/* Never waits for a vcpu of the domain to stop: the caller may be one, and hold locks that another waits for. */
void domain_shutdown(struct domain *d, unsigned code)
{
	struct vcpu *v;

	spin_lock(&d->lock);
	bool first = !d->shut_down;

	if (first) {
		if (d->shutdown_code == SHUTDOWN_NONE)
			d->shutdown_code = (uint8_t)code;
		__atomic_store_n(&d->shut_down, true, __ATOMIC_SEQ_CST);
	}
	spin_unlock(&d->lock);
	if (!first)
		return;
	if (d == dom0)
		machine_follows(d->shutdown_code);
	for_each_vcpu (d, v)
		vcpu_sleep(v);
	announce(d);
}

void domain_resume(struct domain *d)
{
	struct vcpu *v;

	domain_pause(d);
	spin_lock(&d->lock);
	__atomic_store_n(&d->shut_down, false, __ATOMIC_SEQ_CST);
	d->shutdown_code = SHUTDOWN_NONE;
	spin_unlock(&d->lock);
	for_each_vcpu (d, v)
		v->time_filled = false;
	domain_unpause(d);
}

void domain_crash(struct domain *d, const char *why, ...)
{
	struct vcpu *v = current;
	char text[160];
	va_list args;

	va_start(args, why);
	format_va(text, sizeof(text), why, args);
	va_end(args);
	if (d->shut_down)
		return;
	if (!is_idle_vcpu(v) && v->domain == d) {
		log_error("Domain %u crashed on vcpu %u: %s", d->id, v->id, text);
		show_guest(v);
	} else {
		log_error("Domain %u crashed: %s", d->id, text);
	}
	domain_shutdown(d, SHUTDOWN_crash);
}

/* --- destroying --------------------------------------------------------------------------------------------------- */

/* Nothing is left but what others hold. The reference that it has had since its making goes, once. */
static void last_reference(struct domain *d)
{
	if (__atomic_load_n(&d->relinquished, __ATOMIC_SEQ_CST) && !__atomic_load_n(&d->pages, __ATOMIC_SEQ_CST) &&
	    !__atomic_exchange_n(&d->gone, true, __ATOMIC_SEQ_CST)) {
		event_send_global_virq(VIRQ_DOM_EXC);
		domain_put(d);
	}
}

void domain_frames_gone(struct domain *d)
{
	last_reference(d);
}

void domain_discard(struct domain *d)
{
	d->dying = true;
	__atomic_store_n(&d->relinquished, true, __ATOMIC_SEQ_CST);
	last_reference(d);
}

static void stop_watchdogs(struct domain *d)
{
	for (unsigned i = 0; i < ARRAY_SIZE(d->watchdog); i++) {
		if (d->watchdog[i])
			timer_stop(d->watchdog[i]);
	}
}

void vcpu_forget_info(struct vcpu *v)
{
	struct domain *d = v->domain;
	mfn_t held = v->info_mfn;

	spin_lock(&d->event_lock);
	if (!mfn_eq(held, INVALID_MFN)) {
		v->info = v->own_info ? v->own_info : &d->shared_info->vcpu_info[v->id];
		v->info_mfn = INVALID_MFN;
	}
	spin_unlock(&d->event_lock);
	v->runstate_guest = 0;
	v->time_info_guest = 0;
	if (!mfn_eq(held, INVALID_MFN))
		page_put_writable(held);
}

/* All frames it still owns, found by their owner's id in the frame table. */
static int free_frames(struct domain *d, struct work *w)
{
	for (uint64_t n = MAX(d->relinquish_next, d->frame_low); n < d->frame_high; n++) {
		mfn_t m = MFN(n);

		if (!work_spend(w, 1)) {
			d->relinquish_next = n;
			return -ERESTART;
		}
		if (!frame_exists(&frames, m) || frame_owner(&frames, m) != d->id)
			continue;
		w->left -= 16;
		domain_free_page(d, m); /* those shared with it are not its own, and are refused */
	}
	return 0;
}

enum phase {
	PHASE_STOP,
	PHASE_EVENTS,
	PHASE_GRANTS,
	PHASE_IRQS,
	PHASE_VCPUS,
	PHASE_TABLES,
	PHASE_FRAMES,
	PHASE_DONE,
};

static int run_phase(struct domain *d, enum phase phase, struct work *w)
{
	struct vcpu *v;

	switch (phase) {
	case PHASE_STOP:
		spin_lock(&d->lock);
		__atomic_store_n(&d->dying, true, __ATOMIC_SEQ_CST);
		spin_unlock(&d->lock);
		domain_claim_pages(d, 0);
		domain_pause(d);
		stop_watchdogs(d);
		if (domain_is_hvm(d))
			hvm_stop_devices(d);
		for_each_vcpu (d, v) {
			timer_stop(v->singleshot);
			timer_stop(v->polling);
			v->periodic_ns = 0;
			timer_stop(v->periodic);
		}
		return 0;
	case PHASE_EVENTS:
		return event_reset(d, w);
	case PHASE_GRANTS:
		return grant_relinquish_domain(d, w);
	case PHASE_IRQS:
		irq_destroy_domain(d);
		return 0;
	case PHASE_VCPUS:
		for_each_vcpu (d, v)
			vcpu_forget_info(v);
		return 0;
	case PHASE_TABLES:
		if (!domain_is_hvm(d))
			return pv_relinquish_mm(d, w);
		domain_leave_cpus(d);
		return hvm_relinquish(d, w);
	case PHASE_FRAMES:
		return free_frames(d, w);
	default:
		return 0;
	}
}

int domain_relinquish(struct domain *d, struct work *w)
{
	int rc = 0;

	if (__atomic_exchange_n(&d->relinquishing, true, __ATOMIC_SEQ_CST))
		return -EBUSY;
	while (!rc && d->relinquish_phase < PHASE_DONE) {
		rc = run_phase(d, d->relinquish_phase, w);
		if (!rc)
			d->relinquish_phase++;
	}
	__atomic_store_n(&d->relinquishing, false, __ATOMIC_SEQ_CST);
	if (rc)
		return rc;
	__atomic_store_n(&d->relinquished, true, __ATOMIC_SEQ_CST);
	/* Daemons that have its store and console pages mapped learn by this that they must let go of them. */
	if (__atomic_load_n(&d->pages, __ATOMIC_SEQ_CST))
		event_send_global_virq(VIRQ_DOM_EXC);
	last_reference(d);
	return 0;
}
