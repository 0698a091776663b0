/* acpi.c - finds the ACPI tables and keeps what they tell; fixed registers */
#include "arch/x86/acpi.h"
#include "arch/x86/boot/info.h"
#include "arch/x86/io.h"
#include "core/acpi_s5.h"
#include "kern/machine.h"
#include "kern/printk.h"
#include "lib/string.h"

struct acpi_info acpi_info;

#define BIOS_AREA	 0xe0000
#define BIOS_AREA_SIZE	 0x20000
#define PM1_SLEEP_ENABLE 0x2000
#define PM1_SLEEP_TYPE	 10    /* its place */
#define EBDA_POINTER	 0x40e /* segment of the extended BIOS data area */

/* The legacy areas a BIOS may have the RSDP in. */
static paddr_t search_rsdp(void)
{
	const uint8_t *low = map_device(0, MIB(1));
	uint32_t ebda;
	long at;

	if (!low)
		return 0;
	ebda = (uint32_t)(low[EBDA_POINTER] | low[EBDA_POINTER + 1] << 8) << 4;
	if (ebda >= 0x400 && ebda <= MIB(1) - KIB(1)) {
		at = acpi_find_rsdp(low + ebda, KIB(1));
		if (at >= 0)
			return ebda + (paddr_t)at;
	}
	at = acpi_find_rsdp(low + BIOS_AREA, BIOS_AREA_SIZE);
	return at >= 0 ? BIOS_AREA + (paddr_t)at : 0;
}

/* A whole table, mapped for good, and its length; NULL when it cannot be one. */
static const void *map_table(paddr_t address, struct acpi_header *header)
{
	const void *table = map_device(address, ACPI_HEADER_SIZE);

	if (!table || acpi_parse_header(table, ACPI_HEADER_SIZE, header) || header->length > MIB(4))
		return NULL;
	return map_device(address, header->length);
}

static void read_table(paddr_t address)
{
	struct acpi_header header;
	const void *table = map_table(address, &header);
	int err = 0;

	if (!table) {
		log_warning("ACPI: there is no table at %#lx, where one should be\n", address);
		return;
	}
	if (!strcmp(header.signature, "APIC")) {
		err = acpi_parse_madt(table, header.length, &acpi_info.madt);
		acpi_info.has_madt = !err;
	} else if (!strcmp(header.signature, "FACP")) {
		err = acpi_parse_fadt(table, header.length, &acpi_info.fadt);
		acpi_info.has_fadt = !err;
	} else if (!strcmp(header.signature, "HPET")) {
		err = acpi_parse_hpet(table, header.length, &acpi_info.hpet);
		acpi_info.has_hpet = !err;
	} else if (!strcmp(header.signature, "MCFG")) {
		err = acpi_parse_mcfg(table, header.length, &acpi_info.mcfg);
		if (err)
			acpi_info.mcfg.count = 0;
	}
	if (err)
		log_warning("ACPI: table %s is damaged and not used\n", header.signature);
}

static int read_root(paddr_t rsdp)
{
	const void *bytes = map_device(rsdp, 36);
	struct acpi_header header;
	struct acpi_root root;
	const void *table;
	int count;

	if (!bytes || acpi_parse_rsdp(bytes, 36, &root))
		return -1;
	table = map_table(root.address, &header);
	if (!table)
		return -1;
	count = acpi_root_count(table, header.length, root.wide);
	for (int i = 0; i < count; i++)
		read_table(acpi_root_entry(table, root.wide, (unsigned)i));
	return count;
}

void acpi_init(void)
{
	paddr_t rsdp = boot_info.rsdp ? boot_info.rsdp : search_rsdp();

	if (!rsdp || read_root(rsdp) < 0) {
		log_warning("ACPI: no tables found: one CPU, and no device's interrupts\n");
		return;
	}
	acpi_info.rsdp = rsdp;
	if (!acpi_info.has_madt)
		log_warning("ACPI: no MADT: one CPU, and no device's interrupts\n");
	if (acpi_info.madt.left_out)
		log_warning("ACPI: %u entries of the MADT are more than there is room for\n", acpi_info.madt.left_out);
	log_info("ACPI: RSDP at %#lx, %u CPUs, %u IO-APICs, %u overrides%s%s, %u PCI segments\n", rsdp,
		 acpi_info.madt.cpus, acpi_info.madt.ioapics, acpi_info.madt.overrides,
		 acpi_info.has_fadt ? ", FADT" : "", acpi_info.has_hpet ? ", HPET" : "", acpi_info.mcfg.count);
}

static struct acpi_gsi_line line_of(const struct acpi_override *o)
{
	return (struct acpi_gsi_line){
		.gsi = o->gsi,
		.level = (o->flags & ACPI_LINE_TRIGGER_MASK) == ACPI_LINE_LEVEL,
		.low = (o->flags & ACPI_LINE_POLARITY_MASK) == ACPI_LINE_LOW,
	};
}

struct acpi_gsi_line acpi_gsi_line(uint32_t gsi)
{
	for (unsigned i = 0; i < acpi_info.madt.overrides; i++) {
		if (acpi_info.madt.override[i].gsi == gsi)
			return line_of(&acpi_info.madt.override[i]);
	}
	return (struct acpi_gsi_line){.gsi = gsi, .level = gsi >= 16, .low = gsi >= 16};
}

static void write_register(const struct acpi_address *a, uint16_t value, unsigned bytes)
{
	volatile uint8_t *at;

	if (!a->address)
		return;
	if (a->space == ACPI_SPACE_IO) {
		if (bytes == 1)
			io_out8((uint16_t)a->address, (uint8_t)value);
		else
			io_out16((uint16_t)a->address, value);
	} else if (a->space == ACPI_SPACE_MEMORY) {
		at = map_device(a->address, bytes);
		if (at && bytes == 1)
			*at = (uint8_t)value;
		else if (at)
			*(volatile uint16_t *)at = value;
	}
}

void acpi_enter_sleep(uint16_t pm1a, uint16_t pm1b)
{
	if (!acpi_info.has_fadt)
		return;
	write_register(&acpi_info.fadt.pm1a_control, pm1a | PM1_SLEEP_ENABLE, 2);
	write_register(&acpi_info.fadt.pm1b_control, pm1b | PM1_SLEEP_ENABLE, 2);
}

void acpi_reset(void)
{
	if (acpi_info.has_fadt && acpi_info.fadt.has_reset)
		write_register(&acpi_info.fadt.reset, acpi_info.fadt.reset_value, 1);
}

void acpi_power_off(void)
{
	uint8_t type_a, type_b;
	struct acpi_header header;
	const void *dsdt = acpi_info.has_fadt ? map_table(acpi_info.fadt.dsdt, &header) : NULL;

	if (!dsdt || acpi_find_s5(dsdt, header.length, &type_a, &type_b))
		return;
	acpi_enter_sleep((uint16_t)(type_a << PM1_SLEEP_TYPE), (uint16_t)(type_b << PM1_SLEEP_TYPE));
}
