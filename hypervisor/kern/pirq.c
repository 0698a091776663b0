/* pirq.c - which domain has which interrupt, and by which number
 *
 * A vector is found by its pirq's entry in the domain's table, which is written last when a pirq is
 * mapped and cleared first when it is unmapped. Locks: gsi_lock, then the table's, then an
 * interrupt's.
 */
#include "arch/x86/acpi.h"
#include "arch/x86/ioapic.h"
#include "kern/irq_table.h"
#include "kern/mm.h"
#include "lib/errno.h"

/* Vector of each mapped GSI, and what Dom0 said of its line. [gsi_lock] */
static struct {
	uint8_t vector;
	bool told, level, low;
} gsis[NR_PIRQS / 2];
static spinlock_t gsi_lock = SPINLOCK_INIT;

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
		struct acpi_gsi_line line = acpi_gsi_line(irq->gsi);

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
	bool allowed;
	int err;

	if (!table)
		return -ENOMEM;
	if (gsi >= ARRAY_SIZE(gsis) || !ioapic_gsi_exists(gsi))
		return -ENOENT;
	spin_lock(&d->lock);
	allowed = rangeset_contains(&d->irqs, gsi, gsi);
	spin_unlock(&d->lock);
	if (!allowed)
		return -EPERM;
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
	msi_route(&irq->msi, irq->vector, irq_target_apic(irq->cpu));
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
			ioapic_route(gsi, irq->vector, irq_target_apic(irq->cpu), level, low);
			irq_update_mask(irq);
		}
		spin_unlock(&irq->lock);
	}
	spin_unlock(&gsi_lock);
	return 0;
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
