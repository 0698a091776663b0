/* info.h - what the loader told us, put into one form whichever loader it was */
#ifndef ARCH_X86_BOOT_INFO_H
#define ARCH_X86_BOOT_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/types.h"

#define BOOT_MAX_MODULES 8
#define BOOT_MAX_RANGES  256

struct boot_module {
	paddr_t start;
	uint64_t size;
	char args[1024]; /* words after the module's name */
};

struct boot_range { /* E820 types: 1 RAM, 2 reserved, 3 ACPI reclaimable, 4 ACPI NVS, 5 unusable */
	uint64_t start, size;
	uint32_t type;
};

struct boot_info {
	char loader[64];
	char cmdline[2048];              /* ours, without the image's name */
	unsigned nr_modules;
	struct boot_module module[BOOT_MAX_MODULES];
	unsigned nr_ranges;
	struct boot_range range[BOOT_MAX_RANGES];
	paddr_t rsdp;                    /* 0: search the BIOS areas */
	bool efi;
	paddr_t efi_system_table;        /* 0: none */
	struct {                         /* the console as the loader left it, for Dom0's start_info */
		bool text;               /* VGA text 80x25 at 0xb8000 */
		paddr_t framebuffer;     /* linear framebuffer, 0: none */
		uint32_t width, height, pitch, depth;
		uint8_t red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
	} video;
};

extern struct boot_info boot_info;

#endif
