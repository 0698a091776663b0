/* start.c - the first C code: from what the loader left to the start of the hypervisor proper */
#include "arch/x86/boot/boot.h"
#include "arch/x86/boot/info.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/paging.h"
#include "kern/main.h"
#include "kern/memory.h"
#include "kern/printk.h"

uint8_t boot_cpu_stack[STACK_SIZE] __aligned(STACK_SIZE);
paddr_t boot_low_page;

/* All that must not be given out: the image, the modules, page 0 (the BIOS's, and "no frame" to many), the start page. */
static void set_aside(void)
{
	struct memmap *map = &boot_info.map;
	int err = memmap_reserve(map, 0, PAGE_SIZE, MEMMAP_OWN);

	err = err ? err : memmap_reserve(map, IMAGE_PHYS, image_paddr(image_end), MEMMAP_OWN);
	for (unsigned i = 0; i < boot_info.nr_modules && !err; i++)
		err = memmap_reserve(map, boot_info.module[i].start,
				     boot_info.module[i].start + boot_info.module[i].size, MEMMAP_MODULE);
	if (!err)
		err = memmap_find(map, PAGE_SIZE, PAGE_SIZE, PAGE_SIZE, MEMMAP_LOW_LIMIT, &boot_low_page);
	err = err ? err : memmap_reserve(map, boot_low_page, boot_low_page + PAGE_SIZE, MEMMAP_OWN);
	if (err)
		refuse("The memory map has no room for what the hypervisor must set aside (error %d).", -err);
}

void boot_main(uint32_t magic, uint32_t info)
{
	struct cpu *c = this_cpu();

	cpus[0] = c;
	nr_cpus = 1;
	c->online = true;
	descriptors_init_early();
	multiboot_read(magic, info);
	set_aside();
	hypervisor_main();
}

void boot_release(void)
{
	paging_unmap((uint64_t)init_text_start, (uint64_t)(init_end - init_text_start));
	memory_release(IMAGE_PHYS, image_paddr(init_end));
	memory_release(boot_low_page, boot_low_page + PAGE_SIZE);
}
