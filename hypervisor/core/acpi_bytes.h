/* acpi_bytes.h - the numbers in ACPI tables, which lie at any address */
#ifndef CORE_ACPI_BYTES_H
#define CORE_ACPI_BYTES_H

#include "core/acpi.h"
#include "lib/string.h"

#define ACPI_ADDRESS_SIZE 12

static inline uint16_t acpi_u16(const uint8_t *at)
{
	uint16_t n;

	memcpy(&n, at, sizeof(n));
	return n;
}

static inline uint32_t acpi_u32(const uint8_t *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return n;
}

static inline uint64_t acpi_u64(const uint8_t *at)
{
	uint64_t n;

	memcpy(&n, at, sizeof(n));
	return n;
}

static inline struct acpi_address acpi_generic_address(const uint8_t *at)
{
	return (struct acpi_address){.space = at[0], .bits = at[1], .shift = at[2], .address = acpi_u64(at + 4)};
}

#endif
