/* machine.c - bringing the machine up, idling it, and ending it */
#include "arch/x86/acpi.h"
#include "arch/x86/apic.h"
#include "arch/x86/control.h"
#include "arch/x86/cpu.h"
#include "arch/x86/fpu.h"
#include "arch/x86/io.h"
#include "arch/x86/ioapic.h"
#include "arch/x86/machine.h"
#include "arch/x86/pic.h"
#include "arch/x86/smp.h"
#include "arch/x86/tlb.h"
#include "arch/x86/tsc.h"
#include "kern/machine.h"
#include "kern/options.h"
#include "kern/printk.h"
#include "kern/timer.h"

void machine_init(void)
{
	struct cpu *c = this_cpu();

	cpus[0] = c;
	nr_cpus = 1;
	flushclock_join(&flush_clock, 0);
	if (timer_init_cpu(0))
		refuse("There is too little memory to start the first CPU.");
	acpi_init();
	pic_silence();
	apic_init();
	c->apic_id = apic_id();
	c->online = true;
	ioapic_init();
	tsc_init();
	fpu_init();
}

void machine_start_cpus(void)
{
	smp_start_others();
}

/* Between the look at what is pending and hlt no interrupt is taken: sti lets them in one instruction later. */
void machine_idle(void)
{
	if (__atomic_load_n(&this_cpu()->pending, __ATOMIC_SEQ_CST))
		return;
	tlb_idle_begin();
	if (!__atomic_load_n(&this_cpu()->pending, __ATOMIC_SEQ_CST))
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	tlb_idle_end();
}

void machine_halt(void)
{
	smp_stop_others();
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}

void machine_power_off(void)
{
	smp_stop_others();
	acpi_power_off();
	log_info("The machine does not power itself off: it can be switched off now\n");
	machine_halt();
}

/* --- Restarting ---------------------------------------------------------------------------------- */

#define KEYBOARD_STATUS	 0x64
#define KEYBOARD_FULL	 0x02
#define KEYBOARD_RESET	 0xfe
#define PCI_RESET	 0xcf9
#define PCI_RESET_SYSTEM 0x02
#define PCI_RESET_NOW	 0x04

/* A while in which a reset takes effect; by counting, as the clock may not be set up. */
static void wait_a_while(void)
{
	for (unsigned i = 0; i < 1000000; i++)
		cpu_pause();
}

static void reset_by_keyboard(void)
{
	for (unsigned i = 0; i < 10; i++) {
		for (unsigned k = 0; k < 10000 && (io_in8(KEYBOARD_STATUS) & KEYBOARD_FULL); k++)
			cpu_pause();
		io_out8(KEYBOARD_STATUS, KEYBOARD_RESET);
	}
	wait_a_while();
}

static void reset_by_pci(void)
{
	io_out8(PCI_RESET, PCI_RESET_SYSTEM);
	io_out8(PCI_RESET, PCI_RESET_SYSTEM | PCI_RESET_NOW);
	wait_a_while();
}

/* An exception with no table to look into, three times over. */
static void reset_by_triple_fault(void)
{
	struct control_table none = {0, 0};

	__asm__ volatile("lidt %0; int3" ::"m"(none));
}

void machine_reboot(void)
{
	smp_stop_others();
	switch (options.reboot) {
	case REBOOT_NEVER:
		machine_halt();
	case REBOOT_KEYBOARD:
		reset_by_keyboard();
		break;
	case REBOOT_PCI:
		reset_by_pci();
		break;
	case REBOOT_TRIPLE:
		reset_by_triple_fault();
		break;
	default:
		break;
	}
	acpi_reset();
	wait_a_while();
	reset_by_keyboard();
	reset_by_pci();
	reset_by_triple_fault();
	machine_halt();
}
