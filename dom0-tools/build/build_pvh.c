/* build_pvh.c - a PVH domain's contents: kernel, start_info, ACPI tables, and the first vcpu */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "acpi_tables.h"
#include "build.h"
#include "hvm_start.h"
#include <xen/elfnote.h>

static int give_memory(struct build *b)
{
	struct plinth_memory_range ranges[PVH_RANGES_MOST];
	int err;

	pvh_plan_memory(&b->pvh, b->nr_pages);
	for (unsigned int i = 0; i < b->pvh.nr_ranges; i++) {
		const struct hvm_memmap_table_entry *r = &b->pvh.ranges[i];

		ranges[i] = (struct plinth_memory_range){r->addr, r->size, r->type};
	}
	err = plinth_set_memory_map(b->h, b->domid, ranges, b->pvh.nr_ranges);
	for (uint64_t page = 0; page < b->nr_pages; page++)
		b->p2m[page] = pvh_gfn(&b->pvh, page);
	if (!err)
		err = build_populate(b);
	if (!err)
		err = build_populate_range(b, PVH_ACPI, PVH_ACPI_PAGES);
	return err ? err : build_populate_range(b, PVH_SPECIAL, PVH_SPECIAL_PAGES);
}

static int load_kernel(struct build *b)
{
	const struct elf_image *elf = &b->kernel.elf;
	const struct elf_notes *notes = &b->kernel.notes;
	const char *path = b->config->kernel;
	uint64_t kernel_pages = (elf->phys_end + PAGE - 1) / PAGE;
	int err;

	if (kernel_pages > b->pvh.low_pages)
		return build_too_small(b, kernel_pages);
	err = image_place(&b->kernel, b->h, b->domid, b->p2m, b->pvh.low_pages);
	if (!err)
		err = image_unpack(&b->kernel);
	if (err)
		return err;
	if (!elf_notes_have(notes, XEN_ELFNOTE_PHYS32_ENTRY))
		return plinth_fail(EINVAL, "kernel %s has no entry for PVH domains", path);
	if (notes->phys32_entry < elf->phys_start || notes->phys32_entry >= elf->phys_end)
		return plinth_fail(EINVAL, "kernel %s has its entry for PVH domains outside of it", path);
	if (!pvh_plan_start(&b->pvh, elf, b->ramdisk_bytes))
		return build_too_small(b, b->pvh.end);
	return image_finish(&b->kernel, b->h, b->domid, b->p2m);
}

static int write_start_info(const struct build *b)
{
	void *page;
	int err = build_map_range(b, b->pvh.start_info * PAGE, 1, &page);

	if (err)
		return err;
	pvh_write_start_info(&b->pvh, b->config->cmdline, page);
	munmap(page, PAGE);
	return 0;
}

static int write_acpi(const struct build *b)
{
	size_t room = PVH_ACPI_PAGES * PAGE;
	void *tables;
	int err = build_map_range(b, PVH_ACPI, PVH_ACPI_PAGES, &tables);

	if (err)
		return err;
	memset(tables, 0, room);
	if (acpi_write_tables(tables, room, PVH_ACPI, b->config->maxvcpus, false) > room)
		err = plinth_fail(E2BIG, "maxvcpus: no room for the ACPI tables of %u vcpus", b->config->maxvcpus);
	munmap(tables, room);
	return err;
}

static int start_vcpu(const struct build *b)
{
	struct hvm_start start;

	hvm_start_fill(&start, b->kernel.notes.phys32_entry, b->pvh.start_info * PAGE);
	return plinth_domain_set_hvm_context(b->h, b->domid, &start, sizeof(start));
}

int build_pvh(struct build *b)
{
	int err;

	if ((err = give_memory(b)) || (err = load_kernel(b)) ||
	    (err = build_read_ramdisk(b, b->pvh.ramdisk, b->pvh.ramdisk_pages)) || (err = write_start_info(b)) ||
	    (err = write_acpi(b)) || (err = build_connect_params(b, PVH_SPECIAL)))
		return err;
	return start_vcpu(b);
}
