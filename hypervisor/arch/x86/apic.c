/* apic.c - the local APIC */
#include "arch/x86/apic.h"
#include "arch/x86/acpi.h"
#include "arch/x86/cpu.h"
#include "arch/x86/io.h"
#include "arch/x86/vectors.h"
#include "kern/machine.h"
#include "kern/printk.h"

/* Registers, by their offset in memory. */
enum {
	ID = 0x020,
	TASK_PRIORITY = 0x080,
	EOI = 0x0b0,
	SPURIOUS = 0x0f0,
	ERROR_STATUS = 0x280,
	COMMAND = 0x300,
	COMMAND_HIGH = 0x310,
	LVT_TIMER = 0x320,
	LVT_THERMAL = 0x330,
	LVT_COUNTERS = 0x340,
	LVT_LINT0 = 0x350,
	LVT_LINT1 = 0x360,
	LVT_ERROR = 0x370,
	TIMER_START = 0x380,
	TIMER_LEFT = 0x390,
	TIMER_DIVIDE = 0x3e0,
	VERSION = 0x030,
};

#define SPURIOUS_ENABLE	 0x100
#define LVT_MASKED	 0x10000
#define LVT_TSC_DEADLINE 0x40000
#define LVT_DELIVERY_NMI 0x400
#define DIVIDE_BY_1	 0xb
#define COMMAND_NMI	 0x400
#define COMMAND_INIT	 0x500
#define COMMAND_STARTUP	 0x600
#define COMMAND_PENDING	 0x1000
#define COMMAND_ASSERT	 0x4000
#define COMMAND_OTHERS	 0xc0000

static uint8_t *registers; /* NULL: x2APIC */

static uint32_t apic_read(unsigned reg)
{
	return registers ? mmio_read32(registers + reg) : (uint32_t)msr_read(MSR_X2APIC + reg / 16);
}

static void apic_write(unsigned reg, uint32_t value)
{
	if (registers)
		mmio_write32(registers + reg, value);
	else
		msr_write(MSR_X2APIC + reg / 16, value);
}

bool apic_is_x2(void)
{
	return !registers;
}

void apic_init(void)
{
	uint64_t base = msr_read(MSR_APIC_BASE);

	if (!cpu_has(CPU_X2APIC)) {
		paddr_t where = acpi_info.madt.lapic_address;

		registers = map_device(where ? where : base & ~0xfffULL & (BIT(52) - 1), PAGE_SIZE);
		if (!registers)
			panic("There is no address space left for the local APIC");
	}
	apic_init_this();
	log_info("APIC: %s mode, boot CPU's id %u, version %#x\n", registers ? "xAPIC" : "x2APIC", apic_id(),
		 apic_read(VERSION) & 0xff);
}

void apic_init_this(void)
{
	uint64_t base = msr_read(MSR_APIC_BASE) | APIC_BASE_ENABLE;
	unsigned last_lvt;

	msr_write(MSR_APIC_BASE, base);
	if (!registers)
		msr_write(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
	last_lvt = apic_read(VERSION) >> 16 & 0xff;

	apic_write(TASK_PRIORITY, 0);
	apic_write(SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	apic_write(LVT_TIMER, LVT_MASKED);
	if (last_lvt >= 5)
		apic_write(LVT_THERMAL, LVT_MASKED);
	if (last_lvt >= 4)
		apic_write(LVT_COUNTERS, LVT_MASKED);
	apic_write(LVT_LINT0, LVT_MASKED);
	/* The machine's NMI button and chip-set errors: by custom LINT1, and the boot CPU's affair. */
	apic_write(LVT_LINT1, this_cpu()->id ? LVT_MASKED : LVT_DELIVERY_NMI);
	apic_write(ERROR_STATUS, 0);
	apic_write(LVT_ERROR, VECTOR_ERROR);

	apic_write(TIMER_DIVIDE, DIVIDE_BY_1);
	apic_write(TIMER_START, 0);
	apic_write(LVT_TIMER, VECTOR_TIMER | (cpu_has(CPU_TSC_DEADLINE) ? LVT_TSC_DEADLINE : 0));
}

uint32_t apic_id(void)
{
	uint32_t id = apic_read(ID);

	return registers ? id >> 24 : id;
}

void apic_eoi(void)
{
	apic_write(EOI, 0);
}

static void send(uint32_t destination, uint32_t command)
{
	if (!registers) {
		/* This write does not wait for earlier stores, which the receiver must find. */
		__asm__ volatile("mfence; lfence" ::: "memory");
		msr_write(MSR_X2APIC + COMMAND / 16, (uint64_t)destination << 32 | command);
		return;
	}
	while (apic_read(COMMAND) & COMMAND_PENDING)
		cpu_pause();
	apic_write(COMMAND_HIGH, destination << 24);
	apic_write(COMMAND, command);
}

void apic_send(uint32_t destination, uint8_t vector)
{
	send(destination, COMMAND_ASSERT | vector);
}

void apic_send_nmi(uint32_t destination)
{
	send(destination, COMMAND_ASSERT | COMMAND_NMI);
}

void apic_send_init(uint32_t destination)
{
	send(destination, COMMAND_ASSERT | COMMAND_INIT);
}

void apic_send_startup(uint32_t destination, uint8_t page)
{
	send(destination, COMMAND_ASSERT | COMMAND_STARTUP | page);
}

void apic_send_nmi_others(void)
{
	send(0, COMMAND_ASSERT | COMMAND_OTHERS | COMMAND_NMI);
}

void apic_timer_start(uint32_t ticks)
{
	apic_write(TIMER_START, ticks);
}

uint32_t apic_timer_left(void)
{
	return apic_read(TIMER_LEFT);
}

void apic_timer_deadline(uint64_t tsc)
{
	msr_write(MSR_TSC_DEADLINE, tsc);
}

void apic_handle_error(void)
{
	static const char *const bits[] = {"send checksum",	      "receive checksum", "send accept",
					   "receive accept",	      "redirectable IPI", "illegal vector sent",
					   "illegal vector received", "illegal register"};
	uint32_t status;

	apic_write(ERROR_STATUS, 0); /* the register shows what it held when last written */
	status = apic_read(ERROR_STATUS) & 0xff;
	apic_eoi();
	for (unsigned i = 0; i < ARRAY_SIZE(bits); i++) {
		if (status & BIT(i))
			log_error("CPU %u: local APIC error: %s\n", this_cpu()->id, bits[i]);
	}
}
