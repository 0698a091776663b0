/* plug.c - what SeaBIOS, where it sees Xen's ABI, expects to be done before it runs: PCI devices have their places
 *
 * A small 32-bit program that runs first in an HVM domain. SeaBIOS and the tables it wants are in memory already, by
 * the builder (dom0-tools/build/build_hvm.c); only the emulated devices can say how much room they need, and they
 * answer no sooner than now. It knows the machine that qemu-system-i386 -machine xenfv is: an i440FX with a PIIX3.
 *
 * Facts: PCI Local Bus Specification 3.0, chapter 6; Intel 82371SB and 82371AB data sheets.
 */
#include <stdbool.h>
#include <stdint.h>

/* ---- ports and registers --------------------------------------------------------------------------------------- */

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static void out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}

static void out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

static uint32_t in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc

/* Of bus 0: device << 3 | function. */
static uint32_t config_read(unsigned devfn, unsigned reg)
{
	out32(CONFIG_ADDRESS, 0x80000000 | devfn << 8 | (reg & 0xfc));
	return in32(CONFIG_DATA) >> (reg & 3) * 8;
}

static void config_write32(unsigned devfn, unsigned reg, uint32_t value)
{
	out32(CONFIG_ADDRESS, 0x80000000 | devfn << 8 | reg);
	out32(CONFIG_DATA, value);
}

static void config_write16(unsigned devfn, unsigned reg, uint16_t value)
{
	out32(CONFIG_ADDRESS, 0x80000000 | devfn << 8 | (reg & 0xfc));
	out16((uint16_t)(CONFIG_DATA + (reg & 3)), value);
}

static void config_write8(unsigned devfn, unsigned reg, uint8_t value)
{
	out32(CONFIG_ADDRESS, 0x80000000 | devfn << 8 | (reg & 0xfc));
	out8((uint16_t)(CONFIG_DATA + (reg & 3)), value);
}

/* ---- interrupts ------------------------------------------------------------------------------------------------ */

#define LAPIC	    0xfee00000
#define LAPIC_SVR   0x0f0
#define LAPIC_LINT0 0x350
#define LAPIC_LINT1 0x360

#define PIIX_ISA      (1u << 3)
#define PIIX_ROUTES   0x60
#define LEVEL_CONTROL 0x4d0

/* ISA inputs of the four links that PCI interrupts are wired to, as the builder's ACPI tables have them. */
static const uint8_t route[4] = {5, 10, 11, 5};

static void lapic_write(unsigned reg, uint32_t value)
{
	*(volatile uint32_t *)(LAPIC + reg) = value;
}

/* The 8259As' interrupts go through the first vcpu's APIC. */
static void set_interrupts(void)
{
	unsigned levels = 0;

	lapic_write(LAPIC_SVR, 0x1ff);
	lapic_write(LAPIC_LINT0, 0x700);
	lapic_write(LAPIC_LINT1, 0x400);
	for (unsigned i = 0; i < 4; i++) {
		config_write8(PIIX_ISA, PIIX_ROUTES + i, route[i]);
		levels |= 1u << route[i];
	}
	out8(LEVEL_CONTROL, (uint8_t)levels);
	out8(LEVEL_CONTROL + 1, (uint8_t)(levels >> 8));
}

/* ---- places ---------------------------------------------------------------------------------------------------- */

#define ID	   0x00
#define COMMAND	   0x04
#define CLASS	   0x08
#define HEADER	   0x0c
#define BARS	   0x10
#define ROM	   0x30
#define LINE	   0x3c
#define MULTIPLE   0x00800000 /* of HEADER */
#define TYPE	   0x007f0000
#define COMMAND_ON 0x0007 /* ports, memory, being a master */

#define CLASS_HOST 0x0600
#define SHADOW	   0x58 /* of the host bridge: what is at 640 KiB to 1 MiB, by half bytes from 0x59 on; */
#define SHADOW_RAM 0x33333300
#define CLASS_IDE  0x0101
#define IDE_TIMING 0x40
#define IDE_ON	   0x80008000 /* both channels */

#define PIIX4_PM     0x71138086
#define PM_BASE	     0x40
#define PM_ENABLE    0x80
#define PM_PORTS     0xb000 /* as the builder's ACPI tables say */
#define PM_INTERRUPT 9
#define SMI_COMMAND  0xb2 /* the port by which an operating system would ask for ACPI's mode */
#define ACPI_ON	     0xf1

/* Where the next thing of each kind may go; the builder's e820 and ACPI tables leave these to PCI. */
static uint32_t next_port = 0xc000, next_memory = 0xf0000000;

static uint32_t place(uint32_t *next, uint32_t size)
{
	uint32_t at = (*next + size - 1) & -size;

	*next = at + size;
	return at;
}

/* Each BAR tells its size by the bits that stay zero; one of 64 bits takes two. */
static void place_bars(unsigned devfn)
{
	for (unsigned reg = BARS; reg < BARS + 24; reg += 4) {
		uint32_t had = config_read(devfn, reg), mask, size;

		config_write32(devfn, reg, ~0u);
		mask = config_read(devfn, reg);
		config_write32(devfn, reg, had);
		if (!mask || mask == ~0u)
			continue;
		if (mask & 1) {
			size = -(mask & 0xfffffffc) & 0xffff;
			config_write32(devfn, reg, place(&next_port, size));
		} else {
			size = -(mask & 0xfffffff0);
			config_write32(devfn, reg, place(&next_memory, size < 4096 ? 4096 : size));
			if ((mask & 6) == 4) {
				reg += 4;
				config_write32(devfn, reg, 0);
			}
		}
	}
}

/* An adapter's program: SeaBIOS shows it for as long as it copies it. */
static void place_rom(unsigned devfn)
{
	uint32_t mask;

	config_write32(devfn, ROM, 0xfffff800);
	mask = config_read(devfn, ROM) & 0xfffff800;
	config_write32(devfn, ROM, mask ? place(&next_memory, -mask) : 0);
}

static void plug_function(unsigned devfn)
{
	uint32_t id = config_read(devfn, ID), class = config_read(devfn, CLASS) >> 16;
	unsigned pin = config_read(devfn, LINE) >> 8 & 0xff;

	if (class == CLASS_HOST) {
		config_write32(devfn, SHADOW, SHADOW_RAM | (config_read(devfn, SHADOW) & 0xff));
		config_write32(devfn, SHADOW + 4, 0x33333333);
	}
	if (class == CLASS_HOST || (config_read(devfn, HEADER) & TYPE))
		return;
	place_bars(devfn);
	place_rom(devfn);
	if (pin)
		config_write8(devfn, LINE, route[((devfn >> 3) + pin - 1) & 3]);
	if (class == CLASS_IDE)
		config_write32(devfn, IDE_TIMING, IDE_ON);
	if (id == PIIX4_PM) {
		config_write32(devfn, PM_BASE, PM_PORTS | 1);
		config_write8(devfn, PM_ENABLE, 1);
		config_write8(devfn, LINE, PM_INTERRUPT);
		out8(SMI_COMMAND, ACPI_ON);
	}
	config_write16(devfn, COMMAND, COMMAND_ON);
}

void plug(void);
void plug(void)
{
	set_interrupts();
	for (unsigned device = 0; device < 32; device++) {
		unsigned functions = config_read(device << 3, HEADER) & MULTIPLE ? 8 : 1;

		for (unsigned f = 0; f < functions; f++)
			if ((config_read(device << 3 | f, ID) & 0xffff) != 0xffff)
				plug_function(device << 3 | f);
	}
}
