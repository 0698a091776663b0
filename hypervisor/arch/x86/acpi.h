/* acpi.h - what ACPI tells of this machine (their parsing: core/acpi.h) */
#ifndef ARCH_X86_ACPI_H
#define ARCH_X86_ACPI_H

#include "core/acpi.h"

/* [I] after acpi_init(). Without ACPI all is 0 and there is one CPU and no IO-APIC. */
struct acpi_info {
	paddr_t rsdp; /* 0: no ACPI */
	bool has_madt, has_fadt, has_hpet;
	struct acpi_madt madt;
	struct acpi_fadt fadt;
	struct acpi_hpet hpet;
	struct acpi_mcfg mcfg; /* count 0: none */
};

extern struct acpi_info acpi_info;

void acpi_init(void);

/* How a GSI is signalled that Dom0 has said nothing about: as an override has it; else edge and high for the ISA bus' numbers,
 * level and low, as PCI's are, for all others. */
struct acpi_gsi_line {
	uint32_t gsi;
	bool level, low;
};
struct acpi_gsi_line acpi_gsi_line(uint32_t gsi);

/* Go into a sleep state: the values for PM1a and PM1b control, with their sleep types; the bit that makes it so is added.
 * Returns if the machine stays awake. */
void acpi_enter_sleep(uint16_t pm1a, uint16_t pm1b);

/* The same into S5, with the sleep types that the firmware's tables name. */
void acpi_power_off(void);

/* Write the reset register. Returns when there is none or nothing happens. */
void acpi_reset(void);

#endif
