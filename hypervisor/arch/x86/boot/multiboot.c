/* multiboot.c - reads what a multiboot 1 or 2 loader left in memory, and copies out all that is needed later */
#include "arch/x86/boot/boot.h"
#include "arch/x86/boot/info.h"
#include "core/cmdline.h"
#include "kern/machine.h"
#include "kern/printk.h"
#include "lib/errno.h"
#include "lib/string.h"

#define MULTIBOOT1_MAGIC 0x2badb002
#define MULTIBOOT2_MAGIC 0x36d76289

struct boot_info boot_info;
static struct {
	uint8_t bytes[36];
} __aligned(16) rsdp_copy;

struct multiboot1_info {
	uint32_t flags;
	uint32_t mem_lower, mem_upper; /* KiB */
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count, mods_address;
	uint32_t symbols[4];
	uint32_t mmap_length, mmap_address;
	uint32_t drives_length, drives_address;
	uint32_t config_table;
	uint32_t loader_name;
	uint32_t apm_table;
	uint32_t vbe[4];
	uint64_t framebuffer;
	uint32_t pitch, width, height;
	uint8_t depth, framebuffer_type;
	uint8_t colours[6]; /* position and size of red, green, blue */
} __packed;
_Static_assert(offsetof(struct multiboot1_info, framebuffer) == 88, "the specification's place");

#define MULTIBOOT1_HAS_MEMORY	   BIT(0)
#define MULTIBOOT1_HAS_CMDLINE	   BIT(2)
#define MULTIBOOT1_HAS_MODULES	   BIT(3)
#define MULTIBOOT1_HAS_MMAP	   BIT(6)
#define MULTIBOOT1_HAS_LOADER	   BIT(9)
#define MULTIBOOT1_HAS_FRAMEBUFFER BIT(12)

struct multiboot1_module {
	uint32_t start, end, string, reserved;
};

enum multiboot2_tag_type {
	TAG_END = 0,
	TAG_CMDLINE = 1,
	TAG_LOADER = 2,
	TAG_MODULE = 3,
	TAG_MEMORY = 4,
	TAG_MMAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_EFI32 = 11,
	TAG_EFI64 = 12,
	TAG_RSDP_OLD = 14,
	TAG_RSDP_NEW = 15,
	TAG_EFI_MMAP = 17,
};

struct multiboot2_tag {
	uint32_t type, size;
	union {
		char string[1];
		uint64_t address;
		struct {
			uint32_t start, end;
			char string[1];
		} module;
		struct {
			uint32_t lower, upper;
		} memory;
		struct {
			uint32_t entry_size, version;
			uint8_t entries[1];
		} mmap;
		struct {
			uint64_t address;
			uint32_t pitch, width, height;
			uint8_t depth, type;
			uint16_t reserved;
			uint8_t colours[6];
		} framebuffer;
		uint8_t rsdp[1];
	};
};

#define FRAMEBUFFER_RGB	 1
#define FRAMEBUFFER_TEXT 2

/* QEMU puts the file's name before every command line; what other loaders do has to be guessed. */
static const char *without_name(const char *line)
{
	if (!str_starts(boot_info.loader, "qemu"))
		return cmdline_skip_program(line);
	while (*line && *line != ' ')
		line++;
	while (*line == ' ')
		line++;
	return line;
}

static void set_cmdline(const char *line)
{
	if (str_copy(boot_info.cmdline, without_name(line), sizeof(boot_info.cmdline)) >= sizeof(boot_info.cmdline))
		log_warning("The command line is too long and was cut to %zu bytes.", sizeof(boot_info.cmdline) - 1);
}

static void add_module(uint32_t start, uint32_t end, const char *string)
{
	struct boot_module *m = &boot_info.module[boot_info.nr_modules];

	if (boot_info.nr_modules == BOOT_MAX_MODULES) {
		log_warning("More than %u boot modules: the others are ignored.", BOOT_MAX_MODULES);
		return;
	}
	if (end < start)
		end = start;
	m->start = start;
	m->size = end - start;
	if (str_copy(m->args, without_name(string), sizeof(m->args)) >= sizeof(m->args))
		log_warning("The command line of module %u is too long and was cut to %zu bytes.", boot_info.nr_modules,
			    sizeof(m->args) - 1);
	boot_info.nr_modules++;
}

static void set_video(unsigned type, uint64_t address, uint32_t pitch, uint32_t width, uint32_t height, uint32_t depth,
		      const uint8_t colours[6])
{
	boot_info.video.text = type == FRAMEBUFFER_TEXT;
	if (type != FRAMEBUFFER_RGB)
		return;
	boot_info.video.framebuffer = address;
	boot_info.video.pitch = pitch;
	boot_info.video.width = width;
	boot_info.video.height = height;
	boot_info.video.depth = depth;
	boot_info.video.red_pos = colours[0];
	boot_info.video.red_size = colours[1];
	boot_info.video.green_pos = colours[2];
	boot_info.video.green_size = colours[3];
	boot_info.video.blue_pos = colours[4];
	boot_info.video.blue_size = colours[5];
}

/* Without a map there is only the size of the two classic pieces. */
static int add_basic_memory(uint32_t lower_kib, uint32_t upper_kib)
{
	int err = memmap_add(&boot_info.map, 0, KIB(lower_kib), MEMMAP_RAM);

	return err ? err : memmap_add(&boot_info.map, MIB(1), KIB(upper_kib), MEMMAP_RAM);
}

static int read_multiboot1(const struct multiboot1_info *info)
{
	boot_info.video.text = true;
	if (info->flags & MULTIBOOT1_HAS_LOADER)
		str_copy(boot_info.loader, paddr_to_virt(info->loader_name), sizeof(boot_info.loader));
	if (info->flags & MULTIBOOT1_HAS_CMDLINE)
		set_cmdline(paddr_to_virt(info->cmdline));
	if (info->flags & MULTIBOOT1_HAS_MODULES) {
		const struct multiboot1_module *m = paddr_to_virt(info->mods_address);

		for (unsigned i = 0; i < info->mods_count; i++)
			add_module(m[i].start, m[i].end, m[i].string ? paddr_to_virt(m[i].string) : "");
	}
	if (info->flags & MULTIBOOT1_HAS_FRAMEBUFFER)
		set_video(info->framebuffer_type, info->framebuffer, info->pitch, info->width, info->height,
			  info->depth, info->colours);
	if (info->flags & MULTIBOOT1_HAS_MMAP)
		return memmap_add_multiboot1(&boot_info.map, paddr_to_virt(info->mmap_address), info->mmap_length);
	if (info->flags & MULTIBOOT1_HAS_MEMORY)
		return add_basic_memory(info->mem_lower, info->mem_upper);
	return -ENOENT;
}

/* The address of the RSDP itself is in a table of the firmware's; the loader hands over a copy only. */
static paddr_t efi_find_rsdp(paddr_t system_table)
{
	static const uint8_t acpi20_guid[16] = {0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
						0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81};
	struct {
		uint8_t header_and_services[104];
		uint64_t entries;
		uint64_t table;
	} const *system = paddr_to_virt(system_table);
	struct {
		uint8_t guid[16];
		uint64_t address;
	} const *table;

	if (system_table >= GIB(4) - sizeof(*system) || system->table >= GIB(4) - PAGE_SIZE)
		return 0;
	table = paddr_to_virt(system->table);
	for (uint64_t i = 0; i < MIN(system->entries, 128u); i++)
		if (!memcmp(table[i].guid, acpi20_guid, sizeof(acpi20_guid)) && table[i].address < GIB(4))
			return table[i].address;
	return 0;
}

static void keep_rsdp(const struct multiboot2_tag *tag)
{
	if (tag->type == TAG_RSDP_OLD && boot_info.rsdp)
		return;
	memcpy(rsdp_copy.bytes, tag->rsdp, MIN(tag->size - 8, sizeof(rsdp_copy.bytes)));
	boot_info.rsdp = image_paddr(&rsdp_copy);
	boot_info.rsdp_is_copy = true;
}

struct memory_tags {
	const struct multiboot2_tag *mmap, *efi, *basic;
};

static void read_tag(const struct multiboot2_tag *tag, struct memory_tags *memory)
{
	switch (tag->type) {
	case TAG_CMDLINE:
		set_cmdline(tag->string);
		break;
	case TAG_LOADER:
		str_copy(boot_info.loader, tag->string, sizeof(boot_info.loader));
		break;
	case TAG_MODULE:
		add_module(tag->module.start, tag->module.end, tag->module.string);
		break;
	case TAG_MEMORY:
		memory->basic = tag;
		break;
	case TAG_MMAP:
		memory->mmap = tag;
		break;
	case TAG_EFI_MMAP:
		memory->efi = tag;
		boot_info.efi = true;
		break;
	case TAG_EFI32:
		boot_info.efi = true;
		break;
	case TAG_EFI64:
		boot_info.efi = true;
		boot_info.efi_system_table = tag->address;
		break;
	case TAG_RSDP_OLD:
	case TAG_RSDP_NEW:
		keep_rsdp(tag);
		break;
	case TAG_FRAMEBUFFER:
		set_video(tag->framebuffer.type, tag->framebuffer.address, tag->framebuffer.pitch,
			  tag->framebuffer.width, tag->framebuffer.height, tag->framebuffer.depth,
			  tag->framebuffer.colours);
		break;
	}
}

static int read_multiboot2(const uint32_t *info)
{
	const uint8_t *at = (const uint8_t *)(info + 2), *end = (const uint8_t *)info + info[0];
	struct memory_tags memory = {NULL, NULL, NULL};
	size_t head = offsetof(struct multiboot2_tag, mmap.entries);

	boot_info.video.text = true; /* unless a tag says more, or it is EFI */
	while (at + 8 <= end) {
		const struct multiboot2_tag *tag = (const void *)at;

		if (tag->type == TAG_END || tag->size < 8 || tag->size > (size_t)(end - at))
			break;
		read_tag(tag, &memory);
		at += ROUND_UP(tag->size, 8);
	}
	if (boot_info.efi)
		boot_info.video.text = false;
	if (boot_info.efi_system_table) {
		paddr_t rsdp = efi_find_rsdp(boot_info.efi_system_table);

		if (rsdp) {
			boot_info.rsdp = rsdp;
			boot_info.rsdp_is_copy = false;
		}
	}
	if (memory.mmap)
		return memmap_add_multiboot2(&boot_info.map, memory.mmap->mmap.entries, memory.mmap->size - head,
					     memory.mmap->mmap.entry_size);
	if (memory.efi)
		return memmap_add_efi(&boot_info.map, memory.efi->mmap.entries, memory.efi->size - head,
				      memory.efi->mmap.entry_size);
	if (memory.basic)
		return add_basic_memory(memory.basic->memory.lower, memory.basic->memory.upper);
	return -ENOENT;
}

void multiboot_read(uint32_t magic, paddr_t info)
{
	int err;

	if (magic == MULTIBOOT1_MAGIC)
		err = read_multiboot1(paddr_to_virt(info));
	else if (magic == MULTIBOOT2_MAGIC)
		err = read_multiboot2(paddr_to_virt(info));
	else
		refuse("Plinth was not started by a multiboot loader (it left %#x in eax).", magic);

	if (err == -ENOENT)
		refuse("The boot loader gave no memory map.");
	if (err == -ENOSPC)
		log_warning("The memory map has more than %u pieces: the last ones are not used.", MEMMAP_MAX);
	if (err == -EINVAL)
		log_warning("The memory map is damaged from entry %u on.", boot_info.map.count);
}
