/* irq.c - physical interrupts, and their way to Dom0 as PIRQs */
#include "kern/irq.h"

#include "arch/x86/acpi.h"
#include "arch/x86/apic.h"
#include "arch/x86/ioapic.h"
#include "arch/x86/vectors.h"
#include "kern/event.h"
#include "kern/mm.h"
#include "kern/msi.h"
#include "kern/timer.h"
#include "lib/bitmap.h"
#include "lib/errno.h"

/* More often than this in a window, and the interrupt is masked until its end. */
#define STORM_WINDOW_NS 10000000
#define STORM_COUNT     5000

/* A vector that is in use. */
struct irq {
	spinlock_t lock;
	bool used;
	bool is_msi;
	bool level, low;       /* GSI: of its line */
	bool waits;            /* level: masked until the guest's EOI */
	bool stormed;          /* masked until the timer */
	uint8_t vector;
	uint16_t pirq;
	uint32_t gsi;
	uint32_t cpu;
	struct domain *owner;  /* that it is mapped for, with a reference */
	bool bound;            /* ... and that takes it */
	struct msi msi;
	uint64_t window;       /* start of the window that is counted, ns */
	uint32_t count;
	struct timer calm;     /* the end of a storm */
};

static struct irq irqs[256]; /* by vector */

/* Vector of each mapped GSI, and what Dom0 said of its line. [gsi_lock] */
static struct {
	uint8_t vector;
	bool told, level, low;
} gsis[NR_PIRQS / 2];
static spinlock_t gsi_lock = SPINLOCK_INIT;

struct pirq_table {
	spinlock_t lock;
	uint8_t vector[NR_PIRQS]; /* 0: not mapped */
};

static uint32_t target_apic(uint32_t cpu)
{
	uint32_t id = cpu < nr_cpus ? cpus[cpu]->apic_id : 0;

	/* Neither IO-APICs nor plain MSIs name more. */
	return id <= 0xff ? id : cpus[0]->apic_id;
}

/* Vector behind d's pirq; 0: none. */
static uint8_t pirq_vector(struct domain *d, unsigned pirq)
{
	if (!d->pirqs || pirq >= NR_PIRQS)
		return 0;
	return __atomic_load_n(&d->pirqs->vector[pirq], __ATOMIC_ACQUIRE);
}

static void set_mask(struct irq *irq)
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
		set_mask(irq);
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
		log_debug("vector %#x (pirq %u of domain %u) storms: held back\n", irq->vector, irq->pirq, irq->owner->id);
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
			set_mask(irq);
	} else if (irq->used) {
		set_mask(irq);
	}
	spin_unlock(&irq->lock);
	apic_eoi();
	if (d) {
		event_send_pirq(d, pirq);
		domain_put(d);
	}
}

/* A vector for d's pirq. The table entry is written last, so whoever finds it finds all of it. */
static struct irq *irq_create(struct domain *d)
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
	irq->count = 0;
	irq->used = true;
	spin_unlock(&irq->lock);
	domain_ref(d);
	return irq;
}

static void irq_destroy(struct irq *irq)
{
	struct domain *d = irq->owner;

	spin_lock(&irq->lock);
	irq->bound = false; /* so no storm can begin any more */
	set_mask(irq);
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

/* d's table of pirqs, made when first needed. */
static struct pirq_table *pirq_table(struct domain *d)
{
	struct pirq_table *table, *none = NULL;

	if (__atomic_load_n(&d->pirqs, __ATOMIC_ACQUIRE))
		return d->pirqs;
	table = heap_alloc(sizeof(*table));
	if (table && !__atomic_compare_exchange_n(&d->pirqs, &none, table, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		heap_free(table, sizeof(*table));
	return d->pirqs;
}

static int free_pirq_locked(const struct pirq_table *table)
{
	for (unsigned pirq = NR_PIRQS - 1; pirq >= ioapic_gsi_count(); pirq--)
		if (!table->vector[pirq])
			return (int)pirq;
	return -ENOSPC;
}

int irq_free_pirq(struct domain *d)
{
	struct pirq_table *table = pirq_table(d);
	int pirq;

	if (!table)
		return -ENOMEM;
	spin_lock(&table->lock);
	pirq = free_pirq_locked(table);
	spin_unlock(&table->lock);
	return pirq;
}

/* What Dom0 said of the line, or what the firmware says. gsi_lock held. */
static void find_line(struct irq *irq)
{
	if (gsis[irq->gsi].told) {
		irq->level = gsis[irq->gsi].level;
		irq->low = gsis[irq->gsi].low;
	} else {
		struct acpi_isa_irq line = acpi_gsi_line(irq->gsi);

		irq->level = line.level;
		irq->low = line.low;
	}
}

static int map_gsi_locked(struct domain *d, struct pirq_table *table, unsigned gsi, int *pirq)
{
	unsigned wanted = *pirq < 0 ? gsi : (unsigned)*pirq;
	struct irq *irq;

	if (gsis[gsi].vector) {
		irq = &irqs[gsis[gsi].vector];
		if (irq->owner != d)
			return -EBUSY;
		if (*pirq >= 0 && irq->pirq != wanted)
			return -EEXIST;
		*pirq = irq->pirq;
		return 0;
	}
	if (wanted >= NR_PIRQS)
		return -EINVAL;
	if (table->vector[wanted])
		return -EEXIST;
	irq = irq_create(d);
	if (!irq)
		return -ENOSPC;
	irq->is_msi = false;
	irq->gsi = gsi;
	irq->pirq = (uint16_t)wanted;
	find_line(irq);
	gsis[gsi].vector = irq->vector;
	__atomic_store_n(&table->vector[wanted], irq->vector, __ATOMIC_RELEASE);
	*pirq = (int)wanted;
	return 0;
}

int irq_map_gsi(struct domain *d, unsigned gsi, int *pirq)
{
	struct pirq_table *table = pirq_table(d);
	int err;

	if (!table)
		return -ENOMEM;
	if (gsi >= ARRAY_SIZE(gsis) || !ioapic_gsi_exists(gsi))
		return -ENOENT;
	spin_lock(&gsi_lock);
	spin_lock(&table->lock);
	err = map_gsi_locked(d, table, gsi, pirq);
	spin_unlock(&table->lock);
	spin_unlock(&gsi_lock);
	return err;
}

static bool is_of_device(const struct irq *irq, struct pci_device dev)
{
	return irq->used && irq->is_msi && irq->msi.dev.segment == dev.segment && irq->msi.dev.bus == dev.bus &&
	       irq->msi.dev.devfn == dev.devfn;
}

static bool same_msi(const struct irq *irq, const struct msi *msi)
{
	return is_of_device(irq, msi->dev) && irq->msi.msix == msi->msix && irq->msi.entry == msi->entry;
}

static int map_msi_locked(struct domain *d, struct pirq_table *table, const struct msi *msi, int *pirq)
{
	int wanted = *pirq < 0 ? free_pirq_locked(table) : *pirq;
	struct irq *irq;

	if (wanted < 0 || wanted >= NR_PIRQS)
		return wanted < 0 ? wanted : -EINVAL;
	if (table->vector[wanted])
		return -EEXIST;
	for (unsigned i = 0; i < ARRAY_SIZE(irqs); i++)
		if (same_msi(&irqs[i], msi))
			return -EBUSY;
	irq = irq_create(d);
	if (!irq)
		return -ENOSPC;
	spin_lock(&irq->lock);
	irq->is_msi = true;
	irq->msi = *msi;
	irq->msi.masked = true;
	irq->pirq = (uint16_t)wanted;
	msi_route(&irq->msi, irq->vector, target_apic(irq->cpu));
	spin_unlock(&irq->lock);
	__atomic_store_n(&table->vector[wanted], irq->vector, __ATOMIC_RELEASE);
	*pirq = wanted;
	return 0;
}

int irq_map_msi(struct domain *d, struct pci_device dev, bool msix, unsigned entry, uint64_t table_base, int *pirq)
{
	struct pirq_table *table = pirq_table(d);
	struct msi msi;
	int err;

	if (!table)
		return -ENOMEM;
	err = msi_init(&msi, dev, msix, entry, table_base);
	if (err)
		return err;
	spin_lock(&gsi_lock);
	spin_lock(&table->lock);
	err = map_msi_locked(d, table, &msi, pirq);
	spin_unlock(&table->lock);
	spin_unlock(&gsi_lock);
	return err;
}

int irq_unmap_pirq(struct domain *d, unsigned pirq)
{
	struct pirq_table *table = d->pirqs;
	uint8_t vector;

	if (!table || pirq >= NR_PIRQS)
		return -EINVAL;
	spin_lock(&gsi_lock);
	spin_lock(&table->lock);
	vector = table->vector[pirq];
	table->vector[pirq] = 0;
	if (vector && !irqs[vector].is_msi)
		gsis[irqs[vector].gsi].vector = 0;
	spin_unlock(&table->lock);
	spin_unlock(&gsi_lock);
	if (!vector)
		return -EINVAL;
	irq_destroy(&irqs[vector]);
	return 0;
}

int irq_setup_gsi(unsigned gsi, bool level, bool low)
{
	struct irq *irq;

	if (gsi >= ARRAY_SIZE(gsis) || !ioapic_gsi_exists(gsi))
		return -ENOENT;
	spin_lock(&gsi_lock);
	if (gsis[gsi].told) {
		spin_unlock(&gsi_lock);
		return -EEXIST;
	}
	gsis[gsi].told = true;
	gsis[gsi].level = level;
	gsis[gsi].low = low;
	if (gsis[gsi].vector) {
		irq = &irqs[gsis[gsi].vector];
		spin_lock(&irq->lock);
		find_line(irq);
		if (irq->bound) {
			ioapic_route(gsi, irq->vector, target_apic(irq->cpu), level, low);
			set_mask(irq);
		}
		spin_unlock(&irq->lock);
	}
	spin_unlock(&gsi_lock);
	return 0;
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
			msi_route(&irq->msi, vector, target_apic(irq->cpu));
		else
			err = ioapic_route(irq->gsi, vector, target_apic(irq->cpu), irq->level, irq->low);
	}
	if (!err) {
		irq->bound = true;
		irq->waits = false;
		mark_eoi(v->domain, pirq, needs_eoi(irq));
		set_mask(irq);
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
	set_mask(irq);
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
		set_mask(irq);
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
			msi_route(&irq->msi, vector, target_apic(cpu));
		else
			ioapic_move(irq->gsi, target_apic(cpu));
	}
	spin_unlock(&irq->lock);
}

void irq_restore_msi(struct pci_device dev)
{
	for (unsigned i = 0; i < ARRAY_SIZE(irqs); i++) {
		struct irq *irq = &irqs[i];

		spin_lock(&irq->lock);
		if (is_of_device(irq, dev))
			msi_restore(&irq->msi);
		spin_unlock(&irq->lock);
	}
}

void irq_forget_device(struct pci_device dev)
{
	for (unsigned i = 0; i < ARRAY_SIZE(irqs); i++) {
		struct domain *d = NULL;
		unsigned pirq = 0;

		spin_lock(&irqs[i].lock);
		if (is_of_device(&irqs[i], dev)) {
			d = irqs[i].owner;
			pirq = irqs[i].pirq;
			domain_ref(d);
		}
		spin_unlock(&irqs[i].lock);
		if (d) {
			irq_unmap_pirq(d, pirq);
			domain_put(d);
		}
	}
}

int irq_init_domain(struct domain *d)
{
	d->pirqs = NULL; /* most domains never have an interrupt */
	return 0;
}

void irq_destroy_domain(struct domain *d)
{
	if (d->pv.pirq_eoi_map) {
		d->pv.pirq_eoi_map = NULL;
		page_put_writable(MFN(d->pv.pirq_eoi_mfn));
		d->pv.pirq_eoi_mfn = 0;
	}
	if (!d->pirqs)
		return;
	for (unsigned pirq = 0; pirq < NR_PIRQS; pirq++)
		if (pirq_vector(d, pirq))
			irq_unmap_pirq(d, pirq);
	heap_free(d->pirqs, sizeof(*d->pirqs));
	d->pirqs = NULL;
}
