/* lapic.c - the local APICs of a guest's vcpus (core/lapic.h): their timers, and interrupts from one to another */
#include "arch/x86/hvm/devices.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/switch.h"
#include "kern/event.h"
#include "kern/sched.h"
#include "lib/errno.h"

void hvm_lapic_timer(void *vcpu)
{
	struct vcpu *v = vcpu;
	uint64_t due = lapic_timer_fires(&v->hvm->lapic, time_now());

	if (due)
		timer_set(&v->hvm->lapic_timer, this_cpu()->id, due);
	vcpu_kick(v);
}

#define FIRST_VECTOR 16 /* below are exceptions */

/* ---- starting and stopping others ------------------------------------------------------------------------------ */

/* A vcpu that waits for it starts; to another it means nothing, but one that has yet to see its INIT will. */
static void start_up(struct vcpu *v, uint8_t page)
{
	struct domain *d = v->domain;
	bool starts;

	spin_lock(&d->lock);
	starts = v->pause_flags & VCPU_DOWN && !v->initialising;
	if (starts) {
		v->initialising = true;
		v->hvm->init_pending = false; /* of before it went down: it would end what starts here */
	} else if (v->hvm->init_pending)
		v->hvm->sipi = SIPI_PENDING | page;
	spin_unlock(&d->lock);
	if (!starts)
		return;
	vcpu_sleep_sync(v);
	vcpu_unload(v);
	hvm_start_real(v, page);
	spin_lock(&d->lock);
	v->initialising = false;
	v->initialised = true;
	__atomic_fetch_and(&v->pause_flags, ~(uint32_t)VCPU_DOWN, __ATOMIC_SEQ_CST);
	spin_unlock(&d->lock);
	vcpu_wake(v);
}

static void init(struct vcpu *v)
{
	struct domain *d = v->domain;

	spin_lock(&d->lock);
	if (!(v->pause_flags & VCPU_DOWN))
		v->hvm->init_pending = true;
	spin_unlock(&d->lock);
	vcpu_kick(v);
	if (v == current)
		cpu_request(this_cpu()->id, CPU_PENDING_EVENT);
}

void hvm_take_init(struct vcpu *v)
{
	struct domain *d = v->domain;
	uint16_t sipi;

	hvm_reset(v);
	spin_lock(&d->lock);
	v->hvm->init_pending = false;
	sipi = v->hvm->sipi;
	v->hvm->sipi = 0;
	if (!sipi)
		__atomic_fetch_or(&v->pause_flags, VCPU_DOWN, __ATOMIC_SEQ_CST);
	spin_unlock(&d->lock);
	if (sipi)
		hvm_start_real(v, sipi & 0xff);
	else
		vcpu_sleep(v);
}

/* ---- interrupts ------------------------------------------------------------------------------------------------ */

static void deliver(struct vcpu *to, uint64_t icr)
{
	switch (lapic_icr_delivery(icr)) {
	case LAPIC_FIXED:
	case LAPIC_LOWEST:
		if (lapic_raise(&to->hvm->lapic, (uint8_t)icr))
			vcpu_kick(to);
		break;
	case LAPIC_NMI:
		vcpu_send_nmi(to);
		break;
	case LAPIC_INIT:
		init(to);
		break;
	case LAPIC_STARTUP:
		start_up(to, (uint8_t)icr);
		break;
	default: /* SMI, and what is reserved */
		break;
	}
}

static void send(struct vcpu *from, uint64_t icr)
{
	struct vcpu *to;

	for_each_vcpu (from->domain, to) {
		if (!lapic_is_destination(&to->hvm->lapic, &from->hvm->lapic, icr))
			continue;
		deliver(to, icr);
		if (lapic_icr_delivery(icr) == LAPIC_LOWEST)
			return;
	}
}

/* ---- from outside ---------------------------------------------------------------------------------------------- */

static void take_message(struct vcpu *to, const struct vioapic_message *m)
{
	if (m->delivery == LAPIC_NMI)
		vcpu_send_nmi(to);
	else if (m->vector >= FIRST_VECTOR && lapic_raise_external(&to->hvm->lapic, m->vector, m->level))
		vcpu_kick(to);
}

/* What is neither fixed nor NMI is nothing that a device of ours has a reason to send. */
void hvm_deliver_message(struct domain *d, const struct vioapic_message *m)
{
	struct vcpu *to;

	if (m->delivery != LAPIC_FIXED && m->delivery != LAPIC_LOWEST && m->delivery != LAPIC_NMI)
		return;
	for_each_vcpu (d, to) {
		if (!lapic_is_named(&to->hvm->lapic, m->destination, m->logical))
			continue;
		take_message(to, m);
		if (m->delivery == LAPIC_LOWEST)
			return;
	}
}

int hvm_deliver_msi(struct domain *d, uint64_t address, uint32_t data)
{
	struct vioapic_message m = {
		.vector = data & 0xff,
		.delivery = data >> 8 & 7,
		.destination = address >> 12 & 0xff,
		.logical = address & BIT(2),
		.level = data & BIT(15),
	};

	if ((address & ~0xfffffULL) != LAPIC_BASE)
		return -EINVAL;
	hvm_deliver_message(d, &m);
	return 0;
}

/* ---- registers ------------------------------------------------------------------------------------------------- */

bool hvm_lapic_read(struct vcpu *v, unsigned reg, uint64_t *value)
{
	return lapic_read(&v->hvm->lapic, reg, time_now(), value);
}

bool hvm_lapic_write(struct vcpu *v, unsigned reg, uint64_t value)
{
	struct lapic_action action;
	bool ok = lapic_write(&v->hvm->lapic, reg, value, time_now(), &action);

	if (action.set_timer && action.timer_due)
		timer_set(&v->hvm->lapic_timer, this_cpu()->id, action.timer_due);
	else if (action.set_timer)
		timer_stop(&v->hvm->lapic_timer);
	if (action.send)
		send(v, action.icr);
	if (action.ended >= 0)
		hvm_ioapic_end(v->domain, (uint8_t)action.ended);
	return ok;
}
