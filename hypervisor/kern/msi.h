/* msi.h - message-signalled interrupts: a device's MSI, or one entry of its MSI-X table
 *
 * The device's driver in Dom0 turns the capability on and off; what is written into it is ours.
 */
#ifndef KERN_MSI_H
#define KERN_MSI_H

#include "kern/pci.h"

struct msi {
	struct pci_device dev;
	bool msix;
	bool wide;     /* MSI: 64-bit address */
	bool maskable; /* always for MSI-X */
	bool masked;
	uint16_t capability;	  /* its offset in configuration space */
	uint16_t entry;		  /* MSI-X */
	volatile uint32_t *table; /* MSI-X: address low, high, data, control */
	uint32_t address, data;	  /* as programmed */
};

/* Find out about it. Nothing is changed in the device. -ENODEV: there is no such MSI. -ENOMEM: the
 * table cannot be mapped. */
int msi_init(struct msi *msi, struct pci_device dev, bool msix, unsigned entry, uint64_t table_base);
/* It raises `vector` on the CPU with this APIC id (at most 255), once unmasked. */
void msi_route(struct msi *msi, uint8_t vector, uint32_t apic_id);
void msi_mask(struct msi *msi, bool masked);
/* Write it again as it was. */
void msi_restore(struct msi *msi);

#endif
