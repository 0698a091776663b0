/* dom0_rights.c - what of the machine Dom0 may use: all that is not ours */
#include "arch/x86/acpi.h"
#include "arch/x86/boot/info.h"
#include "arch/x86/cpuid.h"
#include "arch/x86/ioapic.h"
#include "arch/x86/pv/emulate.h"
#include "kern/dom0_parts.h"

/* Messages of interrupts: written by devices, never mapped by anybody. */
#define MSI_WINDOW_START 0xfee00000
#define MSI_WINDOW_END	 0xfef00000

static bool is_ram(const struct memmap_entry *e)
{
	return e->type == MEMMAP_RAM || e->type == MEMMAP_MODULE || e->type == MEMMAP_OWN;
}

static int keep_memory(struct domain *d, paddr_t start, paddr_t end)
{
	return rangeset_remove(&d->iomem, start >> PAGE_SHIFT, (end - 1) >> PAGE_SHIFT);
}

/* Every address that is not RAM: what RAM Dom0 may map is decided by whose it is. */
static int give_memory(struct domain *d)
{
	const struct acpi_madt *madt = &acpi_info.madt;
	const struct memmap_entry *e;
	int err = rangeset_add(&d->iomem, 0, (BIT(cpu_info.phys_bits) - 1) >> PAGE_SHIFT);

	memmap_for_each(e, &boot_info.map) if (!err && is_ram(e)) err = keep_memory(d, e->start, e->end);
	if (!err)
		err = keep_memory(d, MSI_WINDOW_START, MSI_WINDOW_END);
	if (!err && madt->lapic_address)
		err = keep_memory(d, madt->lapic_address, madt->lapic_address + PAGE_SIZE);
	for (unsigned i = 0; !err && i < madt->ioapics; i++)
		err = keep_memory(d, madt->ioapic[i].address, madt->ioapic[i].address + PAGE_SIZE);
	return err;
}

/* All of them: the serial lines that we keep are polled. */
static int give_interrupts(struct domain *d)
{
	return ioapic_gsi_count() ? rangeset_add(&d->irqs, 0, ioapic_gsi_count() - 1) : 0;
}

void dom0_give_rights(struct domain *d)
{
	if (give_memory(d) || give_interrupts(d))
		refuse("The memory map has more pieces than Dom0's table of rights can hold.");
	if (hwdom_ports_init(d))
		refuse("There is too little memory for Dom0's table of ports.");
}
