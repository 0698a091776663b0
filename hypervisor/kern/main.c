/* main.c - from a bare machine to a running Dom0 */
#include "arch/x86/boot/info.h"
#include "arch/x86/cpu.h"
#include "arch/x86/descriptors.h"
#include "kern/main.h"
#include "kern/memory.h"
#include "kern/options.h"
#include "kern/printk.h"

static void show_memory_map(void)
{
	static const char *const names[] = { "?", "RAM", "reserved", "ACPI tables", "ACPI NVS",
					     "unusable", "module", "hypervisor" };
	const struct memmap_entry *e;

	log_info("Memory map%s, by %s:", boot_info.efi ? " (EFI)" : "",
		 boot_info.loader[0] ? boot_info.loader : "the boot loader");
	memmap_for_each(e, &boot_info.map)
		log_info("  %012lx-%012lx %s", (unsigned long)e->start,
			 (unsigned long)e->end - 1, names[e->type]);
}

void hypervisor_main(void)
{
	options_init();
	console_init();
	log_info("Plinth " PLINTH_VERSION " (Xen 4.17 ABI)");
	log_info("Command line: %s", boot_info.cmdline);
	show_memory_map();
	cpu_detect();
	memory_init();
	cpu_init_this();
	if (descriptors_init_cpu(this_cpu()))
		refuse("There is too little memory to start the first CPU.");
	memory_report();
	if (!boot_info.nr_modules)
		refuse("The boot loader gave no module: the first one must be Dom0's kernel.");
	panic("end of what there is");
}
