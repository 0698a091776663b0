/* pci.c - configuration space of PCI devices */
#include "kern/pci.h"

#include "arch/x86/acpi.h"
#include "arch/x86/io.h"
#include "kern/lock.h"
#include "kern/machine.h"
#include "kern/printk.h"

#define PORT_ADDRESS 0xcf8
#define PORT_DATA    0xcfc

static spinlock_t port_lock = SPINLOCK_INIT; /* of the pair of ports: address, then data */
static spinlock_t map_lock = SPINLOCK_INIT;

/* Buses of the memory-mapped area, mapped when first needed: one MiB each. [map_lock] for writing
 */
static uint8_t *mapped_bus[ACPI_MCFG_MAX][256];

uint32_t pci_port_read(uint32_t address, unsigned offset, unsigned size)
{
	uint16_t port = (uint16_t)(PORT_DATA + offset);
	uint32_t value;

	spin_lock(&port_lock);
	io_out32(PORT_ADDRESS, address);
	value = size == 1 ? io_in8(port) : size == 2 ? io_in16(port) : io_in32(port);
	spin_unlock(&port_lock);
	return value;
}

void pci_port_write(uint32_t address, unsigned offset, unsigned size, uint32_t value)
{
	uint16_t port = (uint16_t)(PORT_DATA + offset);

	spin_lock(&port_lock);
	io_out32(PORT_ADDRESS, address);
	if (size == 1)
		io_out8(port, (uint8_t)value);
	else if (size == 2)
		io_out16(port, (uint16_t)value);
	else
		io_out32(port, value);
	spin_unlock(&port_lock);
}

static uint32_t port_address(struct pci_device dev, unsigned reg)
{
	return 1u << 31 | (uint32_t)dev.bus << 16 | (uint32_t)dev.devfn << 8 | (reg & 0xfc);
}

/* Where the register is in memory; NULL: it is not. */
static volatile uint8_t *mapped_register(struct pci_device dev, unsigned reg)
{
	for (unsigned i = 0; i < acpi_info.mcfg.count; i++) {
		const struct acpi_mcfg_range *area = &acpi_info.mcfg.range[i];
		uint8_t **bus = &mapped_bus[i][dev.bus];

		if (area->segment != dev.segment || dev.bus < area->first_bus || dev.bus > area->last_bus)
			continue;
		spin_lock(&map_lock);
		if (!*bus)
			*bus = map_device(area->base + ((uint64_t)dev.bus << 20), MIB(1));
		spin_unlock(&map_lock);
		return *bus ? *bus + ((uint32_t)dev.devfn << 12) + reg : NULL;
	}
	return NULL;
}

uint32_t pci_read(struct pci_device dev, unsigned reg, unsigned size)
{
	volatile uint8_t *at;

	if (dev.segment == 0 && reg < 256)
		return pci_port_read(port_address(dev, reg), reg & 3, size);
	at = reg < 4096 ? mapped_register(dev, reg) : NULL;
	if (!at)
		return ~0u >> (32 - 8 * size);
	return size == 1 ? *at : size == 2 ? *(volatile uint16_t *)at : *(volatile uint32_t *)at;
}

void pci_write(struct pci_device dev, unsigned reg, unsigned size, uint32_t value)
{
	volatile uint8_t *at;

	if (dev.segment == 0 && reg < 256) {
		pci_port_write(port_address(dev, reg), reg & 3, size, value);
		return;
	}
	at = reg < 4096 ? mapped_register(dev, reg) : NULL;
	if (!at)
		return;
	if (size == 1)
		*at = (uint8_t)value;
	else if (size == 2)
		*(volatile uint16_t *)at = (uint16_t)value;
	else
		*(volatile uint32_t *)at = value;
}

bool pci_exists(struct pci_device dev)
{
	return pci_read(dev, PCI_VENDOR, 2) != 0xffff;
}

unsigned pci_find_capability(struct pci_device dev, uint8_t id)
{
	unsigned at;

	if (!pci_exists(dev) || !(pci_read(dev, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES))
		return 0;
	at = pci_read(dev, PCI_CAPABILITIES, 1) & 0xfc;
	for (unsigned hops = 0; at >= 0x40 && hops < 48; hops++) {
		uint32_t head = pci_read(dev, at, 2);

		if ((head & 0xff) == id)
			return at;
		at = head >> 8 & 0xfc;
	}
	return 0;
}
