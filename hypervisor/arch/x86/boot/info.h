/* info.h - what the loader told us, put into one form whichever loader it was */
#ifndef ARCH_X86_BOOT_INFO_H
#define ARCH_X86_BOOT_INFO_H

#include "core/memmap.h"
#include "lib/types.h"

#define BOOT_MAX_MODULES 8

struct boot_module {
	paddr_t start;
	uint64_t size;
	char args[1024]; /* words after the module's name */
};

struct boot_info {
	char loader[64];
	char cmdline[2048]; /* ours, without the image's name */
	unsigned nr_modules;
	struct boot_module module[BOOT_MAX_MODULES];
	struct memmap map; /* with the image and the modules set aside */
	paddr_t rsdp;	   /* 0: search the BIOS areas; below 4 GiB */
	bool rsdp_is_copy; /* the loader's copy: right for us, but not where Dom0 will find it */
	bool efi;
	paddr_t efi_system_table;    /* 0: none */
	struct {		     /* the console as the loader left it, for Dom0's start_info */
		bool text;	     /* VGA text 80x25 at 0xb8000 */
		paddr_t framebuffer; /* linear framebuffer, 0: none */
		uint32_t width, height, pitch, depth;
		uint8_t red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
	} video;
};

extern struct boot_info boot_info;

/* A free page below 1 MiB in which other CPUs are started. Not to be used once they are up. */
extern paddr_t boot_low_page;

/* Page tables with the first 4 GiB at address 0 and in the direct map, for starting other CPUs; gone with the boot code.
 * A physical address below 4 GiB. */
extern char early_l4[];

#endif
