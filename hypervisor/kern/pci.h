/* pci.h - configuration space of PCI devices */
#ifndef KERN_PCI_H
#define KERN_PCI_H

#include <stdbool.h>
#include <stdint.h>

struct pci_device {
	uint16_t segment;
	uint8_t bus;
	uint8_t devfn; /* device << 3 | function */
};

/* Registers of 1, 2 or 4 bytes, aligned. Reads of what does not exist give ones, writes are lost.
 * Registers from 256 on and segments other than 0 need a memory-mapped area (ACPI's MCFG). */
uint32_t pci_read(struct pci_device dev, unsigned reg, unsigned size);
void pci_write(struct pci_device dev, unsigned reg, unsigned size, uint32_t value);

/* One access by the ports 0xcf8 and 0xcfc: `address` goes to the first; the data port's offset is
 * 0-3. For Dom0's own accesses. */
uint32_t pci_port_read(uint32_t address, unsigned offset, unsigned size);
void pci_port_write(uint32_t address, unsigned offset, unsigned size, uint32_t value);

bool pci_exists(struct pci_device dev);
/* Offset of the first capability with this id; 0: none. Bounded, whatever the device says. */
unsigned pci_find_capability(struct pci_device dev, uint8_t id);

#define PCI_VENDOR		0x00
#define PCI_COMMAND		0x04
#define PCI_COMMAND_MEMORY	0x2
#define PCI_COMMAND_INTX_OFF	0x400
#define PCI_STATUS		0x06
#define PCI_STATUS_CAPABILITIES 0x10
#define PCI_HEADER_TYPE		0x0e
#define PCI_BAR0		0x10
#define PCI_CAPABILITIES	0x34
#define PCI_CAP_MSI		0x05
#define PCI_CAP_MSIX		0x11

#endif
