/* irq.c - physical interrupts, and their way to Dom0 as PIRQs */
#include "kern/irq_table.h"

#include "arch/x86/apic.h"
#include "arch/x86/ioapic.h"
#include "arch/x86/vectors.h"
#include "kern/event.h"
#include "lib/bitmap.h"
#include "lib/errno.h"

/* More often than this in a window, and the interrupt is masked until its end. */
#define STORM_WINDOW_NS 10000000
#define STORM_COUNT	5000

struct irq irqs[256];

uint32_t irq_target_apic(uint32_t cpu)
{
	uint32_t id = cpu < nr_cpus ? cpus[cpu]->apic_id : 0;

	/* Neither IO-APICs nor plain MSIs name more. */
	return id <= 0xff ? id : cpus[0]->apic_id;
}

void irq_update_mask(struct irq *irq)
{
	bool masked = !irq->bound || irq->waits || irq->stormed;

	if (irq->is_msi)
		msi_mask(&irq->msi, masked);
	else if (masked)
		ioapic_mask(irq->gsi);
	else
		ioapic_unmask(irq->gsi);
}

/* The storm's window is over. */
static void calm_down(void *arg)
{
	struct irq *irq = arg;

	spin_lock(&irq->lock);
	if (irq->used && irq->stormed) {
		irq->stormed = false;
		irq->count = 0;
		irq_update_mask(irq);
	}
	spin_unlock(&irq->lock);
}

/* Counts an interrupt. True: it has come too often. */
static bool is_storm(struct irq *irq)
{
	uint64_t now = time_now();

	if (now - irq->window > STORM_WINDOW_NS) {
		irq->window = now;
		irq->count = 0;
	}
	return ++irq->count >= STORM_COUNT;
}

static void begin_storm(struct irq *irq)
{
	if (irq->is_msi && !irq->msi.maskable)
		return; /* it cannot be held back, only be taken */
	if (!irq->stormed)
		log_debug("vector %#x (pirq %u of domain %u) storms: held back\n", irq->vector, irq->pirq,
			  irq->owner->id);
	irq->stormed = true;
	timer_set(&irq->calm, this_cpu()->id, irq->window + 2 * STORM_WINDOW_NS);
}

void irq_handle(uint8_t vector)
{
	struct irq *irq = &irqs[vector];
	struct domain *d = NULL;
	uint16_t pirq = 0;

	spin_lock(&irq->lock);
	if (irq->used && irq->bound) {
		d = irq->owner;
		pirq = irq->pirq;
		domain_ref(d);
		if (irq->level)
			irq->waits = true;
		if (is_storm(irq))
			begin_storm(irq);
		if (irq->waits || irq->stormed)
			irq_update_mask(irq);
	} else if (irq->used) {
		irq_update_mask(irq);
	}
	spin_unlock(&irq->lock);
	apic_eoi();
	if (d) {
		event_send_pirq(d, pirq);
		domain_put(d);
	}
}

struct irq *irq_create(struct domain *d)
{
	int vector = vector_alloc();
	struct irq *irq;

	if (vector < 0)
		return NULL;
	irq = &irqs[vector];
	spin_lock(&irq->lock);
	timer_init(&irq->calm, calm_down, irq);
	irq->vector = (uint8_t)vector;
	irq->owner = d;
	irq->bound = irq->waits = irq->stormed = irq->level = irq->low = false;
	irq->cpu = 0;
	irq->is_msi = false;
	irq->gsi = UINT32_MAX; /* nothing yet */
	irq->count = 0;
	irq->used = true;
	spin_unlock(&irq->lock);
	domain_ref(d);
	return irq;
}

void irq_destroy(struct irq *irq)
{
	struct domain *d = irq->owner;

	spin_lock(&irq->lock);
	irq->bound = false; /* so no storm can begin any more */
	irq_update_mask(irq);
	if (!irq->is_msi)
		ioapic_release(irq->gsi);
	spin_unlock(&irq->lock);
	timer_stop(&irq->calm);
	spin_lock(&irq->lock);
	irq->used = false;
	irq->owner = NULL;
	spin_unlock(&irq->lock);
	vector_free(irq->vector);
	domain_put(d);
}

static bool needs_eoi(const struct irq *irq)
{
	return !irq->is_msi && irq->level;
}

static void mark_eoi(struct domain *d, unsigned pirq, bool needed)
{
	unsigned long *map = d->pv.pirq_eoi_map;

	if (map && needed)
		bit_set_atomic(map, pirq);
	else if (map)
		bit_clear_atomic(map, pirq);
}

int irq_bind_pirq(struct vcpu *v, unsigned pirq, bool will_share, uint32_t port)
{
	uint8_t vector = pirq_vector(v->domain, pirq);
	struct irq *irq = &irqs[vector];
	int err = 0;

	(void)will_share; /* lines are shared among one domain's devices only, and it knows */
	(void)port;
	if (!vector)
		return -EINVAL;
	spin_lock(&irq->lock);
	if (irq->bound) {
		err = -EBUSY;
	} else {
		irq->cpu = v->processor;
		if (irq->is_msi)
			msi_route(&irq->msi, vector, irq_target_apic(irq->cpu));
		else
			err = ioapic_route(irq->gsi, vector, irq_target_apic(irq->cpu), irq->level, irq->low);
	}
	if (!err) {
		irq->bound = true;
		irq->waits = false;
		mark_eoi(v->domain, pirq, needs_eoi(irq));
		irq_update_mask(irq);
	}
	spin_unlock(&irq->lock);
	return err;
}

void irq_unbind_pirq(struct domain *d, unsigned pirq)
{
	uint8_t vector = pirq_vector(d, pirq);
	struct irq *irq = &irqs[vector];

	if (!vector)
		return;
	spin_lock(&irq->lock);
	irq->bound = false;
	irq->waits = false;
	mark_eoi(d, pirq, false);
	irq_update_mask(irq);
	spin_unlock(&irq->lock);
}

int irq_eoi_pirq(struct domain *d, unsigned pirq)
{
	uint8_t vector = pirq_vector(d, pirq);
	struct irq *irq = &irqs[vector];

	if (!vector)
		return -EINVAL;
	spin_lock(&irq->lock);
	if (irq->waits) {
		irq->waits = false;
		irq_update_mask(irq);
	}
	spin_unlock(&irq->lock);
	return 0;
}

bool irq_pirq_needs_eoi(struct domain *d, unsigned pirq)
{
	uint8_t vector = pirq_vector(d, pirq);

	return vector && needs_eoi(&irqs[vector]);
}

void irq_fill_eoi_map(struct domain *d)
{
	for (unsigned pirq = 0; pirq < NR_PIRQS; pirq++) {
		uint8_t vector = pirq_vector(d, pirq);

		if (vector)
			mark_eoi(d, pirq, irqs[vector].bound && needs_eoi(&irqs[vector]));
	}
}

void irq_set_pirq_cpu(struct domain *d, unsigned pirq, unsigned cpu)
{
	uint8_t vector = pirq_vector(d, pirq);
	struct irq *irq = &irqs[vector];

	if (!vector)
		return;
	spin_lock(&irq->lock);
	if (irq->bound && irq->cpu != cpu) {
		irq->cpu = cpu;
		if (irq->is_msi)
			msi_route(&irq->msi, vector, irq_target_apic(cpu));
		else
			ioapic_move(irq->gsi, irq_target_apic(cpu));
	}
	spin_unlock(&irq->lock);
}
