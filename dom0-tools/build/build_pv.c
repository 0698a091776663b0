/* build_pv.c - a PV domain's contents: kernel, page tables, start_info, and the first vcpu */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "build.h"
#include "layout.h"
#include "dom0-tools/lib/abi.h"
#include <xen/elfnote.h>

/* Selectors the hypervisor has in every PV guest's descriptor table. */
#define KERNEL_CODE 0xe033
#define KERNEL_DATA 0xe02b

/* ---- Memory and kernel ----------------------------------------------------------------------- */

static int give_memory(const struct build *b)
{
	struct plinth_memory_range all = {0, b->config->maxmem_mib << 20, XEN_HVM_MEMMAP_TYPE_RAM};
	int err = plinth_set_memory_map(b->h, b->domid, &all, 1);

	for (uint64_t i = 0; i < b->nr_pages; i++)
		b->p2m[i] = i;
	return err ? err : build_populate(b);
}

static int load_kernel(struct build *b)
{
	const struct elf_notes *notes = &b->kernel.notes;
	const char *path = b->config->kernel;
	uint64_t kernel_pages = (b->kernel.elf.phys_end + PAGE - 1) / PAGE;
	int err;

	if (kernel_pages > b->nr_pages)
		return build_too_small(b, kernel_pages);
	err = image_place(&b->kernel, b->h, b->domid, b->p2m, b->nr_pages);
	if (!err)
		err = image_unpack(&b->kernel);
	if (err)
		return err;
	if (!elf_notes_have(notes, XEN_ELFNOTE_ENTRY))
		return plinth_fail(EINVAL, "kernel %s has no entry for PV domains", path);
	if (notes->paddr_offset)
		return plinth_fail(EOPNOTSUPP,
				   "kernel %s counts its physical addresses from %#llx, which is "
				   "not supported",
				   path, (unsigned long long)notes->paddr_offset);
	if (!layout_plan(&b->layout, &b->kernel.elf, notes, b->nr_pages, b->ramdisk_bytes))
		return build_too_small(b, b->layout.end);
	return image_finish(&b->kernel, b->h, b->domid, b->p2m);
}

/* ---- What the kernel finds ------------------------------------------------------------------- */

static uint64_t virt(const struct layout *l, uint64_t page)
{
	return l->virt_base + page * PAGE;
}

static void write_start_info(const struct build *b, uint64_t shared_info_mfn, struct start_info *info)
{
	const struct layout *l = &b->layout;
	const struct built *built = b->built;

	snprintf(info->magic, sizeof(info->magic), "xen-3.0-x86_64");
	info->nr_pages = b->nr_pages;
	info->shared_info = shared_info_mfn * PAGE;
	info->store_mfn = built->store_mfn;
	info->store_evtchn = built->store_port;
	info->console.domU.mfn = built->console_mfn;
	info->console.domU.evtchn = built->console_port;
	info->pt_base = virt(l, l->tables);
	info->nr_pt_frames = l->nr_tables;
	info->mfn_list = l->p2m_virt;
	if (l->p2m_apart) {
		info->first_p2m_pfn = l->p2m;
		info->nr_p2m_frames = l->p2m_pages;
	}
	if (l->ramdisk_pages) {
		info->mod_start = l->ramdisk_by_pfn ? l->ramdisk : virt(l, l->ramdisk);
		info->mod_len = b->ramdisk_bytes;
		info->flags |= l->ramdisk_by_pfn ? SIF_MOD_START_PFN : 0;
	}
	snprintf((char *)info->cmd_line, sizeof(info->cmd_line), "%s", b->config->cmdline);
}

/* start_info, store, console, tables and stack follow each other: one mapping does for all. */
static int write_boot_pages(const struct build *b, uint64_t shared_info_mfn)
{
	const struct layout *l = &b->layout;
	uint64_t pages = l->stack + 1 - l->start_info;
	uint8_t *base;
	void *addr;
	int err = plinth_map_frames(b->h, b->domid, b->p2m + l->start_info, pages, &addr);

	if (err)
		return err;
	base = addr;
	memset(base, 0, pages * PAGE);
	write_start_info(b, shared_info_mfn, addr);
	layout_write_tables(l, b->p2m, (void *)(base + (l->tables - l->start_info) * PAGE));
	munmap(addr, pages * PAGE);
	return 0;
}

static int write_p2m(const struct build *b)
{
	const struct layout *l = &b->layout;
	size_t bytes = b->nr_pages * sizeof(*b->p2m), all = l->p2m_pages * PAGE;
	void *addr;
	int err = plinth_map_frames(b->h, b->domid, b->p2m + l->p2m, l->p2m_pages, &addr);

	if (err)
		return err;
	memcpy(addr, b->p2m, bytes);
	memset((uint8_t *)addr + bytes, 0xff, all - bytes); /* no such frames */
	munmap(addr, all);
	return 0;
}

/* No event may come before the kernel has said where to: the store has one for it already. */
static int mask_events(const struct build *b, uint64_t shared_info_mfn)
{
	struct shared_info *info;
	void *addr;
	int err = plinth_map_frames(b->h, b->domid, &shared_info_mfn, 1, &addr);

	if (err)
		return err;
	info = addr;
	for (size_t i = 0; i < sizeof(info->vcpu_info) / sizeof(info->vcpu_info[0]); i++)
		info->vcpu_info[i].evtchn_upcall_mask = 1;
	munmap(addr, PAGE);
	return 0;
}

static int start_vcpu(const struct build *b)
{
	const struct layout *l = &b->layout;
	struct vcpu_guest_context *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return plinth_fail(ENOMEM, "out of memory");
	c->flags = VGCF_in_kernel | VGCF_online;
	c->user_regs.rip = b->kernel.notes.entry;
	c->user_regs.rsp = virt(l, l->stack) + PAGE;
	c->user_regs.rsi = virt(l, l->start_info);
	c->user_regs.rflags = 1 << 9; /* interrupts may come */
	c->user_regs.cs = KERNEL_CODE;
	c->user_regs.ss = KERNEL_DATA;
	c->kernel_ss = KERNEL_DATA;
	c->kernel_sp = c->user_regs.rsp;
	c->ctrlreg[3] = b->p2m[l->tables] * PAGE;
	c->debugreg[6] = 0xffff0ff0;
	c->debugreg[7] = 0x400;
	err = plinth_domain_set_context(b->h, b->domid, 0, c);
	free(c);
	return err;
}

static int connect_services(const struct build *b)
{
	b->built->store_mfn = b->p2m[b->layout.store];
	b->built->console_mfn = b->p2m[b->layout.console];
	return build_connect_services(b);
}

int build_pv(struct build *b)
{
	const struct layout *l = &b->layout;
	struct plinth_domain dom;
	int err;

	if ((err = give_memory(b)) || (err = load_kernel(b)) ||
	    (err = build_read_ramdisk(b, l->ramdisk, l->ramdisk_pages)) || (err = connect_services(b)) ||
	    (err = plinth_get_domain(b->h, b->domid, &dom)) || (err = mask_events(b, dom.shared_info_mfn)) ||
	    (err = write_boot_pages(b, dom.shared_info_mfn)) || (err = write_p2m(b)))
		return err;
	err = plinth_pin_l4(b->h, b->domid, b->p2m[l->tables]);
	return err ? err : start_vcpu(b);
}
