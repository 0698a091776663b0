/* msi.c - message-signalled interrupts */
#include "kern/msi.h"

#include "kern/lock.h"
#include "kern/machine.h"
#include "kern/memory.h"
#include "lib/errno.h"

#define ADDRESS_BASE   0xfee00000u /* physical destination, not redirected */
#define ADDRESS_TARGET 12	   /* APIC id */

/* MSI, from the capability on. */
#define MSI_CONTROL    2
#define MSI_64BIT      0x0080
#define MSI_PER_VECTOR 0x0100
#define MSI_NR_ENABLED 0x0070
#define MSI_ADDRESS    4
#define MSI_HIGH       8
#define MSI_DATA(wide) ((wide) ? 12u : 8u)
#define MSI_MASK(wide) ((wide) ? 16u : 12u)

/* MSI-X */
#define MSIX_CONTROL	  2
#define MSIX_SIZE	  0x07ff
#define MSIX_TABLE	  4
#define MSIX_TABLE_OFFSET 0xfffffff8
#define MSIX_ENTRY_SIZE	  16
enum { ENTRY_ADDRESS, ENTRY_HIGH, ENTRY_DATA, ENTRY_CONTROL };
#define ENTRY_MASKED 1u

/* Pages of MSI-X tables, mapped once and for good: devices keep their addresses. */
struct table_page {
	struct table_page *next;
	paddr_t address;
	uint8_t *mapped;
};

static struct table_page *table_pages;
static spinlock_t table_lock = SPINLOCK_INIT;

static volatile uint32_t *map_entry(paddr_t address)
{
	paddr_t base = address & PAGE_MASK;
	struct table_page *page;
	uint8_t *mapped = NULL;

	spin_lock(&table_lock);
	for (page = table_pages; page && page->address != base; page = page->next)
		;
	if (!page) {
		page = heap_alloc(sizeof(*page));
		if (page)
			mapped = map_device(base, PAGE_SIZE);
		if (mapped) {
			*page = (struct table_page){table_pages, base, mapped};
			table_pages = page;
		} else {
			heap_free(page, sizeof(*page));
			page = NULL;
		}
	}
	spin_unlock(&table_lock);
	return page ? (volatile uint32_t *)(page->mapped + (address - base)) : NULL;
}

static int init_msix(struct msi *msi, uint64_t table_base)
{
	struct pci_device dev = msi->dev;
	unsigned size = (pci_read(dev, msi->capability + MSIX_CONTROL, 2) & MSIX_SIZE) + 1;
	uint32_t table = pci_read(dev, msi->capability + MSIX_TABLE, 4);

	if (msi->entry >= size || !(pci_read(dev, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY))
		return -ENODEV;
	msi->maskable = true;
	msi->table = map_entry(table_base + (table & MSIX_TABLE_OFFSET) + msi->entry * MSIX_ENTRY_SIZE);
	return msi->table ? 0 : -ENOMEM;
}

int msi_init(struct msi *msi, struct pci_device dev, bool msix, unsigned entry, uint64_t table_base)
{
	uint32_t control;

	*msi = (struct msi){.dev = dev, .msix = msix, .entry = (uint16_t)entry};
	msi->capability = (uint16_t)pci_find_capability(dev, msix ? PCI_CAP_MSIX : PCI_CAP_MSI);
	if (!msi->capability || entry > MSIX_SIZE || (msix && table_base & ~PAGE_MASK & 7))
		return -ENODEV;
	if (msix)
		return init_msix(msi, table_base);
	control = pci_read(dev, msi->capability + MSI_CONTROL, 2);
	msi->wide = control & MSI_64BIT;
	msi->maskable = control & MSI_PER_VECTOR;
	return entry == 0 ? 0 : -ENODEV;
}

static void write_msi(const struct msi *msi)
{
	unsigned at = msi->capability;
	uint32_t control = pci_read(msi->dev, at + MSI_CONTROL, 2);

	pci_write(msi->dev, at + MSI_ADDRESS, 4, msi->address);
	if (msi->wide)
		pci_write(msi->dev, at + MSI_HIGH, 4, 0);
	pci_write(msi->dev, at + MSI_DATA(msi->wide), 2, msi->data);
	pci_write(msi->dev, at + MSI_CONTROL, 2, control & ~(uint32_t)MSI_NR_ENABLED);
}

static void write_msix(const struct msi *msi)
{
	volatile uint32_t *entry = msi->table;

	/* A message that is changed in parts must be masked. */
	entry[ENTRY_CONTROL] |= ENTRY_MASKED;
	entry[ENTRY_ADDRESS] = msi->address;
	entry[ENTRY_HIGH] = 0;
	entry[ENTRY_DATA] = msi->data;
}

static void write_mask(const struct msi *msi)
{
	if (msi->msix) {
		uint32_t control = msi->table[ENTRY_CONTROL] & ~ENTRY_MASKED;

		msi->table[ENTRY_CONTROL] = control | (msi->masked ? ENTRY_MASKED : 0);
		(void)msi->table[ENTRY_CONTROL]; /* it has arrived when this is back */
	} else if (msi->maskable) {
		unsigned at = msi->capability + MSI_MASK(msi->wide);

		pci_write(msi->dev, at, 4, (pci_read(msi->dev, at, 4) & ~1u) | msi->masked);
	}
}

void msi_route(struct msi *msi, uint8_t vector, uint32_t apic_id)
{
	msi->address = ADDRESS_BASE | apic_id << ADDRESS_TARGET;
	msi->data = vector; /* fixed, edge */
	msi_restore(msi);
}

void msi_mask(struct msi *msi, bool masked)
{
	msi->masked = masked;
	write_mask(msi);
}

void msi_restore(struct msi *msi)
{
	if (msi->msix)
		write_msix(msi);
	else
		write_msi(msi);
	write_mask(msi);
}
