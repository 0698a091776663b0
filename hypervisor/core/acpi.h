/* acpi.h - reads the firmware's ACPI tables */
#ifndef CORE_ACPI_H
#define CORE_ACPI_H

#include "lib/types.h"

/*
 * Firmware is old, and wrong at times: no length in a table is trusted beyond the bytes the caller
 * has. The way: find the RSDP, map the root table it names, ask for each entry, map that table's
 * header, then as many bytes as its length says, then check it and give it to its parser.
 *
 * Errors: -EINVAL where a table is damaged (too short, wrong checksum, wrong signature, an entry
 * that is longer than the rest or too short to be what it says); -ENOENT where there is none. What
 * exceeds an array is left out, and counted in left_out.
 */
#define ACPI_HEADER_SIZE 36

struct acpi_header {
	char signature[5];
	uint32_t length; /* of the whole table, at least ACPI_HEADER_SIZE */
	uint8_t revision;
	char oem_id[7], oem_table_id[9];
};

/* Where a register is: a generic address. address 0: there is none. */
struct acpi_address {
	uint8_t space; /* 0 memory, 1 I/O port, 2 PCI configuration */
	uint8_t bits, shift;
	uint64_t address;
};

enum acpi_space {
	ACPI_SPACE_MEMORY = 0,
	ACPI_SPACE_IO = 1,
	ACPI_SPACE_PCI = 2,
};

bool acpi_checksum_ok(const void *bytes, size_t length);

/*
 * Looks for the RSDP in a piece of memory whose first byte is at a multiple of 16 (the BIOS area
 * 0xe0000 to 0xfffff; the first KiB of the EBDA). Returns its offset, or -ENOENT.
 */
long acpi_find_rsdp(const void *bytes, size_t length);

struct acpi_root {
	paddr_t address;
	bool wide; /* XSDT: entries of 64 bits */
};

/* Reads an RSDP of either version: 20 bytes at least, better 36. It prefers the XSDT. */
int acpi_parse_rsdp(const void *bytes, size_t length, struct acpi_root *root);

/* Reads the header of any table from at least ACPI_HEADER_SIZE bytes, without its checksum. */
int acpi_parse_header(const void *bytes, size_t length, struct acpi_header *header);

/*
 * Checks a whole table: signature (four letters), its length (not more than the bytes there are)
 * and checksum. Returns its length, or -EINVAL. The parsers below do this themselves.
 */
long acpi_check_table(const void *bytes, size_t length, const char *signature);

/* The entries of the root table: how many there are (or -EINVAL), and the address in one. */
int acpi_root_count(const void *bytes, size_t length, bool wide);
paddr_t acpi_root_entry(const void *bytes, bool wide, unsigned int index);

/* --- MADT ("APIC"): processors and interrupt controllers --- */

#define ACPI_CPUS_MAX	   512
#define ACPI_IOAPICS_MAX   32
#define ACPI_OVERRIDES_MAX 48
#define ACPI_NMIS_MAX	   32

struct acpi_cpu {
	uint32_t uid, apic_id;
	bool enabled, online_capable;
};

struct acpi_ioapic {
	uint8_t id;
	uint32_t address, first_gsi;
};

/* Polarity and trigger of an interrupt line, as its flags have them. */
enum acpi_line {
	ACPI_LINE_POLARITY_MASK = 3 << 0, /* 0: as its bus has it, 1: high, 3: low */
	ACPI_LINE_HIGH = 1 << 0,
	ACPI_LINE_LOW = 3 << 0,
	ACPI_LINE_TRIGGER_MASK = 3 << 2, /* 0: as its bus has it, 1: edge, 3: level */
	ACPI_LINE_EDGE = 1 << 2,
	ACPI_LINE_LEVEL = 3 << 2,
};

struct acpi_override {
	uint8_t irq; /* of the ISA bus */
	uint16_t flags;
	uint32_t gsi;
};

#define ACPI_ALL_CPUS UINT32_MAX

struct acpi_nmi {
	bool local; /* on a local APIC's pin, else on a GSI */
	uint16_t flags;
	uint32_t where; /* local: the processor's uid or ACPI_ALL_CPUS; else: the GSI */
	uint8_t pin;	/* local: LINT number */
};

struct acpi_madt {
	paddr_t lapic_address;
	bool has_pics; /* a pair of 8259s that must be silenced */
	unsigned int cpus, ioapics, overrides, nmis;
	unsigned int left_out; /* entries there was no room for */
	struct acpi_cpu cpu[ACPI_CPUS_MAX];
	struct acpi_ioapic ioapic[ACPI_IOAPICS_MAX];
	struct acpi_override override[ACPI_OVERRIDES_MAX];
	struct acpi_nmi nmi[ACPI_NMIS_MAX];
};

/* Entries of other types are passed over, and processors that can never be used are left out. */
int acpi_parse_madt(const void *bytes, size_t length, struct acpi_madt *madt);

/* --- FADT ("FACP"): the fixed registers --- */

struct acpi_fadt {
	uint16_t sci; /* its interrupt */
	uint32_t smi_command;
	uint8_t acpi_enable, acpi_disable; /* values for that port */
	uint8_t pm1_event_length, pm1_control_length;
	struct acpi_address pm1a_event, pm1b_event, pm1a_control, pm1b_control;
	struct acpi_address pm_timer;
	bool pm_timer_is_32_bits; /* else 24 */
	bool has_reset;
	struct acpi_address reset;
	uint8_t reset_value;
	bool hardware_reduced; /* without any of the PM1 registers */
	bool legacy_devices;   /* ISA devices to expect (from revision 3 on; true before) */
	bool keyboard_controller;
	bool no_vga, no_msi, no_rtc; /* what not to touch */
	paddr_t facs, dsdt;
	uint8_t century; /* RTC register, 0: none */
};

int acpi_parse_fadt(const void *bytes, size_t length, struct acpi_fadt *fadt);

/* --- HPET --- */

struct acpi_hpet {
	struct acpi_address base;
	uint8_t number;
	uint16_t min_tick;
};

int acpi_parse_hpet(const void *bytes, size_t length, struct acpi_hpet *hpet);

/* --- MCFG: memory-mapped PCI configuration --- */

#define ACPI_MCFG_MAX 16

struct acpi_mcfg_range {
	paddr_t base; /* of bus 0, even if first_bus is another */
	uint16_t segment;
	uint8_t first_bus, last_bus;
};

struct acpi_mcfg {
	unsigned int count, left_out;
	struct acpi_mcfg_range range[ACPI_MCFG_MAX];
};

int acpi_parse_mcfg(const void *bytes, size_t length, struct acpi_mcfg *mcfg);

#endif
