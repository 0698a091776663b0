/* ioapic.c - IO-APICs */
#include "arch/x86/ioapic.h"
#include "arch/x86/acpi.h"
#include "arch/x86/io.h"
#include "kern/lock.h"
#include "kern/machine.h"
#include "kern/printk.h"
#include "lib/errno.h"

#define REG_SELECT 0x00
#define REG_DATA   0x10

#define IOAPIC_VERSION 0x01
#define IOAPIC_LINE(n) (0x10 + 2 * (n))

#define LINE_LOW    0x02000
#define LINE_LEVEL  0x08000
#define LINE_MASKED 0x10000

static struct ioapic {
	uint8_t *registers;
	paddr_t base;
	uint32_t first_gsi;
	uint32_t lines;
	spinlock_t lock; /* of the pair of registers: select, then data */
} ioapics[ACPI_IOAPICS_MAX];

static unsigned nr_ioapics;

static uint32_t read_reg(struct ioapic *io, uint32_t reg)
{
	mmio_write32(io->registers + REG_SELECT, reg);
	return mmio_read32(io->registers + REG_DATA);
}

static void write_reg(struct ioapic *io, uint32_t reg, uint32_t value)
{
	mmio_write32(io->registers + REG_SELECT, reg);
	mmio_write32(io->registers + REG_DATA, value);
}

/* The IO-APIC that has this GSI, and the line's number there; NULL: none. */
static struct ioapic *find(uint32_t gsi, uint32_t *line)
{
	for (unsigned i = 0; i < nr_ioapics; i++) {
		if (gsi - ioapics[i].first_gsi < ioapics[i].lines) {
			*line = gsi - ioapics[i].first_gsi;
			return &ioapics[i];
		}
	}
	return NULL;
}

bool ioapic_gsi_exists(uint32_t gsi)
{
	uint32_t line;

	return find(gsi, &line) != NULL;
}

uint32_t ioapic_gsi_count(void)
{
	uint32_t count = 0;

	for (unsigned i = 0; i < nr_ioapics; i++)
		count = MAX(count, ioapics[i].first_gsi + ioapics[i].lines);
	return count;
}

int ioapic_route(uint32_t gsi, uint8_t vector, uint32_t apic_id, bool level, bool low)
{
	uint32_t line, value = LINE_MASKED | vector;
	struct ioapic *io = find(gsi, &line);

	if (!io)
		return -ENOENT;
	if (apic_id > 0xff)
		return -ERANGE;
	if (level)
		value |= LINE_LEVEL;
	if (low)
		value |= LINE_LOW;
	spin_lock(&io->lock);
	write_reg(io, IOAPIC_LINE(line), LINE_MASKED);
	write_reg(io, IOAPIC_LINE(line) + 1, apic_id << 24);
	write_reg(io, IOAPIC_LINE(line), value);
	spin_unlock(&io->lock);
	return 0;
}

int ioapic_move(uint32_t gsi, uint32_t apic_id)
{
	uint32_t line, value;
	struct ioapic *io = find(gsi, &line);

	if (!io)
		return -ENOENT;
	if (apic_id > 0xff)
		return -ERANGE;
	spin_lock(&io->lock);
	value = read_reg(io, IOAPIC_LINE(line));
	write_reg(io, IOAPIC_LINE(line), value | LINE_MASKED);
	write_reg(io, IOAPIC_LINE(line) + 1, apic_id << 24);
	write_reg(io, IOAPIC_LINE(line), value);
	spin_unlock(&io->lock);
	return 0;
}

static void change_mask(uint32_t gsi, bool masked)
{
	uint32_t line, value;
	struct ioapic *io = find(gsi, &line);

	if (!io)
		return;
	spin_lock(&io->lock);
	value = read_reg(io, IOAPIC_LINE(line)) & ~(uint32_t)LINE_MASKED;
	write_reg(io, IOAPIC_LINE(line), value | (masked ? LINE_MASKED : 0));
	spin_unlock(&io->lock);
}

void ioapic_mask(uint32_t gsi)
{
	change_mask(gsi, true);
}

void ioapic_unmask(uint32_t gsi)
{
	change_mask(gsi, false);
}

void ioapic_release(uint32_t gsi)
{
	uint32_t line;
	struct ioapic *io = find(gsi, &line);

	if (!io)
		return;
	spin_lock(&io->lock);
	write_reg(io, IOAPIC_LINE(line), LINE_MASKED);
	spin_unlock(&io->lock);
}

int ioapic_read_register(paddr_t base, uint32_t reg, uint32_t *value)
{
	for (unsigned i = 0; i < nr_ioapics; i++) {
		struct ioapic *io = &ioapics[i];

		if (io->base != base)
			continue;
		if (reg > 2 && (reg < IOAPIC_LINE(0) || reg >= IOAPIC_LINE(io->lines)))
			return -EINVAL;
		spin_lock(&io->lock);
		*value = read_reg(io, reg);
		spin_unlock(&io->lock);
		return 0;
	}
	return -ENODEV;
}

void ioapic_init(void)
{
	for (unsigned i = 0; i < acpi_info.madt.ioapics; i++) {
		const struct acpi_ioapic *found = &acpi_info.madt.ioapic[i];
		struct ioapic *io = &ioapics[nr_ioapics];

		io->base = found->address;
		io->registers = map_device(found->address, PAGE_SIZE);
		if (!io->registers)
			panic("There is no address space left for the IO-APIC at %#x", found->address);
		io->first_gsi = found->first_gsi;
		io->lines = (read_reg(io, IOAPIC_VERSION) >> 16 & 0xff) + 1;
		if (io->lines > 240) {
			log_warning("IO-APIC %u at %#x does not answer\n", found->id, found->address);
			continue;
		}
		for (uint32_t line = 0; line < io->lines; line++) {
			write_reg(io, IOAPIC_LINE(line), LINE_MASKED);
			write_reg(io, IOAPIC_LINE(line) + 1, 0);
		}
		log_info("IO-APIC %u at %#x: GSI %u to %u\n", found->id, found->address, io->first_gsi,
			 io->first_gsi + io->lines - 1);
		nr_ioapics++;
	}
}
