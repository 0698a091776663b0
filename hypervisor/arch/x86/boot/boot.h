/* boot.h - the boot code's own: where the image is, and what runs once only
 *
 * Functions marked __init and data marked __initdata are given back to the allocator by boot_release() before Dom0
 * starts, so nothing that stays may refer to them.
 */
#ifndef ARCH_X86_BOOT_BOOT_H
#define ARCH_X86_BOOT_BOOT_H

#include "arch/x86/layout.h"
#include "lib/types.h"

#define __init	   __attribute__((section(".init.text"), noinline))
#define __initdata __attribute__((section(".init.data")))

/* From the linker script; all but boot_* and early_* at IMAGE_VIRT and above, at page boundaries. */
extern char image_start[], init_text_start[], init_text_end[], init_end[];
extern char text_start[], text_end[], rodata_end[], image_end[];
extern uint8_t boot_cpu_stack[STACK_SIZE];

static inline paddr_t image_paddr(const void *in_image)
{
	return (uint64_t)in_image - IMAGE_VIRT + IMAGE_PHYS;
}

/* First C code, on the boot CPU's own stack, with the early page tables. */
_Noreturn void boot_main(uint32_t magic, uint32_t info);

/* Fills boot_info. The first 4 GiB must be in the direct map. Panics when there is no memory map. */
void multiboot_read(uint32_t magic, paddr_t info);

/* Gives back the memory of what runs once only, when all CPUs are up and Dom0 is built. */
void boot_release(void);

#endif
