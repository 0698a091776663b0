/* main.c - from a bare machine to a running Dom0 */
#include "arch/x86/boot/boot.h"
#include "arch/x86/boot/info.h"
#include "arch/x86/cpu.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/hvm/hvm.h"
#include "arch/x86/machine.h"
#include "arch/x86/pv/entry.h"
#include "arch/x86/pv/smap.h"
#include "arch/x86/vga.h"
#include "kern/console_input.h"
#include "kern/dom0_build.h"
#include "kern/main.h"
#include "kern/memory.h"
#include "kern/mm.h"
#include "kern/options.h"
#include "kern/printk.h"
#include "kern/sched.h"

static void show_memory_map(void)
{
	static const char *const names[] = {"?",	"RAM",	    "reserved", "ACPI tables",
					    "ACPI NVS", "unusable", "module",	"hypervisor"};
	const struct memmap_entry *e;

	log_info("Memory map%s, by %s:", boot_info.efi ? " (EFI)" : "",
		 boot_info.loader[0] ? boot_info.loader : "the boot loader");
	memmap_for_each(e, &boot_info.map)
		log_info("  %012lx-%012lx %s", (unsigned long)e->start, (unsigned long)e->end - 1, names[e->type]);
}

static void show_screen(void)
{
	if (boot_info.video.framebuffer)
		log_info("Screen: %u by %u, %u bits a pixel, at %#lx", boot_info.video.width, boot_info.video.height,
			 boot_info.video.depth, (unsigned long)boot_info.video.framebuffer);
	else
		log_info("Screen: %s", boot_info.video.text ? "80 by 25, text" : "none that the loader knows");
}

static void start_memory(void)
{
	cpu_detect();
	smap_patch(); /* before memory_init() takes the right to write from the code */
	memory_init();
	cpu_init_this();
	if (descriptors_init_cpu(this_cpu()))
		refuse("There is too little memory to start the first CPU.");
	memory_report();
}

void hypervisor_main(void)
{
	log_info("Plinth " PLINTH_VERSION " (Xen 4.17 ABI)");
	options_init();
	console_init();
	log_info("Command line: %s", boot_info.cmdline);
	options_insist();
	show_memory_map();
	show_screen();
	start_memory();
	if (!boot_info.nr_modules)
		refuse("The boot loader gave no module: the first one must be Dom0's kernel.");

	mm_init(cpu_info.phys_bits);
	machine_init();
	hvm_init();
	if (sched_init_cpu(0))
		refuse("There is too little memory to start the scheduler.");
	machine_start_cpus();
	dom0_build();
	boot_release();
	memory_report();
	console_input_start();
	vga_leave(); /* Dom0's kernel was told where the screen is, and uses it itself */
	cpu_run();
}
