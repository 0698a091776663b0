/* hpet.c - the high precision event timer, as a clock only: Dom0 may use its comparators */
#include "arch/x86/hpet.h"
#include "arch/x86/acpi.h"
#include "arch/x86/io.h"
#include "kern/machine.h"

#define HPET_PERIOD  0x004 /* of a tick, in fs */
#define HPET_CONFIG  0x010
#define HPET_COUNTER 0x0f0

#define CONFIG_ENABLE 1
#define PERIOD_MAX    100000000 /* 100 ns: what the specification allows */
#define PERIOD_MIN    100000

static uint8_t *registers;

uint64_t hpet_init(void)
{
	const struct acpi_address *base = &acpi_info.hpet.base;
	uint32_t period;

	if (!acpi_info.has_hpet || base->space != ACPI_SPACE_MEMORY || !base->address)
		return 0;
	registers = map_device(base->address, KIB(1));
	if (!registers)
		return 0;
	period = mmio_read32(registers + HPET_PERIOD);
	if (period < PERIOD_MIN || period > PERIOD_MAX)
		return 0;
	mmio_write32(registers + HPET_CONFIG, mmio_read32(registers + HPET_CONFIG) | CONFIG_ENABLE);
	return 1000000000000000 / period;
}

uint32_t hpet_read(void)
{
	return mmio_read32(registers + HPET_COUNTER);
}
