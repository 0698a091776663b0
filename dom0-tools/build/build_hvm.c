/* build_hvm.c - an HVM domain's contents: the program that plugs its devices in, SeaBIOS, ACPI's tables, the first vcpu */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acpi_tables.h"
#include "build.h"
#include "hvm_start.h"
#include <xen/elfnote.h>
#include <xen/hvm/params.h>

static int give_memory(struct build *b)
{
	struct plinth_memory_range ranges[HVM_RANGES_MOST];
	uint64_t window[HVM_WINDOW_PAGES];
	int err;

	hvm_plan_memory(&b->hvm, b->nr_pages);
	for (unsigned int i = 0; i < b->hvm.nr_ranges; i++) {
		const struct hvm_memmap_table_entry *r = &b->hvm.ranges[i];

		ranges[i] = (struct plinth_memory_range){r->addr, r->size, r->type};
	}
	err = plinth_set_memory_map(b->h, b->domid, ranges, b->hvm.nr_ranges);
	for (uint64_t page = 0; page < b->nr_pages; page++)
		b->p2m[page] = hvm_gfn(&b->hvm, page);
	for (unsigned int i = 0; i < HVM_WINDOW_PAGES; i++)
		window[i] = HVM_WINDOW / PAGE + i;
	if (err || (err = build_populate(b)) || (err = plinth_unpopulate(b->h, b->domid, HVM_WINDOW_PAGES, window)) ||
	    (err = build_populate_range(b, HVM_ACPI, HVM_ACPI_PAGES)))
		return err;
	return build_populate_range(b, HVM_SPECIAL, HVM_SPECIAL_PAGES);
}

static int load_plug(struct build *b)
{
	int err;

	if (b->kernel.elf.phys_start < HVM_BIOS_END || b->kernel.elf.phys_end > b->hvm.low_pages * PAGE)
		return plinth_fail(EINVAL, "firmware %s has no place in the domain's memory", b->kernel.path);
	err = image_place(&b->kernel, b->h, b->domid, b->p2m, b->hvm.low_pages);
	if (err || (err = image_unpack(&b->kernel)))
		return err;
	if (!elf_notes_have(&b->kernel.notes, XEN_ELFNOTE_PHYS32_ENTRY))
		return plinth_fail(EINVAL, "firmware %s has no entry", b->kernel.path);
	return image_finish(&b->kernel, b->h, b->domid, b->p2m);
}

/* Its end is at 1 MiB. */
static int load_bios(const struct build *b)
{
	const char *path = b->config->bios;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	struct stat st;
	void *to;

	if (fd < 0 || fstat(fd, &st)) {
		err = plinth_fail(errno, "bios: %s: %s", path, strerror(errno));
	} else if (!st.st_size || st.st_size % PAGE || st.st_size > (off_t)HVM_BIOS_MOST) {
		err = plinth_fail(EINVAL, "bios: %s is no BIOS: it has %lld bytes", path, (long long)st.st_size);
	} else {
		err = build_map_range(b, HVM_BIOS_END - st.st_size, st.st_size / PAGE, &to);
		if (!err && pread(fd, to, st.st_size, 0) != st.st_size)
			err = plinth_fail(EIO, "bios: %s cannot be read", path);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static int write_tables(const struct build *b)
{
	size_t room = HVM_ACPI_PAGES * PAGE;
	void *to;
	int err = build_map_range(b, HVM_BIOS_INFO, 1, &to);

	if (err)
		return err;
	hvm_write_bios_info(&b->hvm, to);
	err = build_map_range(b, HVM_ACPI, HVM_ACPI_PAGES, &to);
	if (err)
		return err;
	memset(to, 0, room);
	if (acpi_write_tables(to, room, HVM_ACPI, b->config->maxvcpus, true) > room)
		return plinth_fail(E2BIG, "maxvcpus: no room for the ACPI tables of %u vcpus", b->config->maxvcpus);
	return 0;
}

static int start_vcpu(const struct build *b)
{
	struct hvm_start start;

	hvm_start_fill(&start, b->kernel.notes.phys32_entry, 0);
	return plinth_domain_set_hvm_context(b->h, b->domid, &start, sizeof(start));
}

int build_hvm(struct build *b)
{
	int err;

	if ((err = give_memory(b)) || (err = load_plug(b)) || (err = load_bios(b)) || (err = write_tables(b)) ||
	    (err = build_connect_params(b, HVM_SPECIAL)))
		return err;
	return start_vcpu(b);
}
