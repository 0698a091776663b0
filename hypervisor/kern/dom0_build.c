/* dom0_build.c - makes the privileged domain out of the boot modules */
#include "kern/dom0_build.h"
#include "kern/dom0_parts.h"
#include "kern/memory.h"
#include "kern/options.h"
#include "lib/string.h"

static void create(struct dom0_build *b)
{
	static const uint8_t handle[16];
	uint32_t vcpus = options.dom0_max_vcpus ? options.dom0_max_vcpus : nr_cpus;

	if (domain_create(0, MIN(vcpus, MAX_VCPUS), 0, handle, &b->d))
		refuse("There is too little memory to create Dom0.");
	b->d->privileged = true;
	for (unsigned i = 0; i < b->d->max_vcpus; i++)
		if (domain_create_vcpu(b->d, i, NULL))
			refuse("There is too little memory for Dom0's %u vcpus.", (unsigned)b->d->max_vcpus);
	dom0 = b->d;
}

/* Where a segment's p_paddr is in Dom0's pseudo-physical memory. What the file does not bring is cleared. */
static void load_segments(const struct dom0_build *b)
{
	uint64_t base = b->notes.virt_offset - b->notes.virt_base;

	for (unsigned i = 0; i < b->elf.count; i++) {
		const struct elf_segment *s = &b->elf.segment[i];

		dom0_write(b, s->paddr + base, b->elf.bytes + s->offset, s->file_size);
		dom0_write(b, s->paddr + base + s->file_size, NULL, s->memory_size - s->file_size);
	}
}

void dom0_build(void)
{
	struct dom0_build b = {0};

	if (!boot_info.nr_modules)
		refuse("There is no Dom0 kernel: the boot loader must give it as the first module.");
	if (boot_info.nr_modules > 1 && boot_info.module[1].size)
		b.initrd = &boot_info.module[1];
	else
		log_warning("Dom0 has no initramfs: the boot loader gave no second module.");
	dom0_load_kernel(&b);
	create(&b);
	dom0_size_memory(&b);
	dom0_allocate_start(&b);
	load_segments(&b);
	pages_free(b.unpacked, b.unpacked_order);
	dom0_allocate_rest(&b);
	dom0_write_start_info(&b);
	dom0_write_tables(&b);
	dom0_give_rights(b.d);
	dom0_start_vcpu(&b);
	log_info("Dom0: %lu MiB, %u vcpu%s, initramfs %lu KiB, command line: %s",
		 (unsigned long)b.nr_pages >> (20 - PAGE_SHIFT), (unsigned)b.d->max_vcpus,
		 b.d->max_vcpus == 1 ? "" : "s", (unsigned long)(b.initrd ? b.initrd->size : 0) >> 10,
		 boot_info.module[0].args);
	domain_unpause(b.d);
	domain_put(b.d);
}
