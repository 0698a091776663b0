/* acpi_tables.h - the ACPI tables of a PVH or an HVM domain */
#ifndef BUILD_ACPI_TABLES_H
#define BUILD_ACPI_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes RSDP, XSDT, FADT, MADT and DSDT to `to`, which the domain sees at guest-physical `paddr`
 * (the RSDP comes first, at paddr itself), and returns how many bytes that takes: nothing is
 * written beyond `room`, and if it takes more, the tables are not usable. pc: the machine is that of
 * dsdt.asl, with an I/O APIC. Otherwise it is
 * hardware-reduced (ACPI 5.0): no fixed registers, no legacy devices, no interrupt controller but
 * the local APICs, whose ids are twice the vcpus' numbers; so 128 vcpus at most.
 */
size_t acpi_write_tables(uint8_t *to, size_t room, uint64_t paddr, unsigned int vcpus, bool pc);

#endif
