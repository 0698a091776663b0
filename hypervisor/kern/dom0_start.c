/* dom0_start.c - what Dom0's kernel finds when it starts: start_info, page tables, registers */
#include <xen/xen.h>

#include "arch/x86/pv/pv.h"
#include "kern/dom0_parts.h"
#include "kern/mm.h"
#include "kern/options.h"
#include "kern/sched.h"
#include "lib/errno.h"
#include "lib/string.h"

static void *page(const struct dom0_build *b, uint64_t pfn)
{
	return mfn_to_virt(MFN(b->p2m[pfn]));
}

/* --- start_info -------------------------------------------------------------------------------------- */

static uint32_t describe_video(struct dom0_vga_console_info *info)
{
	if (boot_info.video.framebuffer) {
		uint64_t size = (uint64_t)boot_info.video.pitch * boot_info.video.height;

		info->video_type = boot_info.efi ? XEN_VGATYPE_EFI_LFB : XEN_VGATYPE_VESA_LFB;
		info->u.vesa_lfb.width = (uint16_t)boot_info.video.width;
		info->u.vesa_lfb.height = (uint16_t)boot_info.video.height;
		info->u.vesa_lfb.bytes_per_line = (uint16_t)boot_info.video.pitch;
		info->u.vesa_lfb.bits_per_pixel = (uint16_t)boot_info.video.depth;
		info->u.vesa_lfb.lfb_base = (uint32_t)boot_info.video.framebuffer;
		info->u.vesa_lfb.ext_lfb_base = (uint32_t)(boot_info.video.framebuffer >> 32);
		info->u.vesa_lfb.lfb_size = (uint32_t)DIV_ROUND_UP(size, KIB(64));
		info->u.vesa_lfb.red_pos = boot_info.video.red_pos;
		info->u.vesa_lfb.red_size = boot_info.video.red_size;
		info->u.vesa_lfb.green_pos = boot_info.video.green_pos;
		info->u.vesa_lfb.green_size = boot_info.video.green_size;
		info->u.vesa_lfb.blue_pos = boot_info.video.blue_pos;
		info->u.vesa_lfb.blue_size = boot_info.video.blue_size;
		return sizeof(*info);
	}
	if (!boot_info.video.text)
		return 0;
	info->video_type = XEN_VGATYPE_TEXT_MODE_3;
	info->u.text_mode_3.font_height = 16;
	info->u.text_mode_3.rows = 25;
	info->u.text_mode_3.columns = 80;
	info->u.text_mode_3.cursor_y = 24;
	return sizeof(*info);
}

static void write_command_line(struct start_info *si)
{
	char *line = (char *)si->cmd_line;
	size_t length = str_copy(line, boot_info.module[0].args, sizeof(si->cmd_line));

	if (options_for_dom0 && options_for_dom0[0] && length < sizeof(si->cmd_line) - 1) {
		if (length)
			line[length++] = ' ';
		length += str_copy(line + length, options_for_dom0, sizeof(si->cmd_line) - length);
	}
	if (length >= sizeof(si->cmd_line))
		log_warning("Dom0's command line is cut off: it is longer than %lu characters.",
			    sizeof(si->cmd_line) - 1);
}

void dom0_write_start_info(const struct dom0_build *b)
{
	const struct pv_layout *l = &b->layout;
	struct start_info *si = memset(page(b, l->start_info.pfn), 0, PAGE_SIZE);

	str_copy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
	si->nr_pages = b->nr_pages;
	si->shared_info = paddr_of_mfn(virt_to_mfn(b->d->shared_info));
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->pt_base = l->tables.va;
	si->nr_pt_frames = l->tables.pages;
	si->mfn_list = l->p2m.va;
	if (l->p2m_tables.pages) {
		si->first_p2m_pfn = l->p2m.pfn;
		si->nr_p2m_frames = l->p2m.pages + l->p2m_tables.pages;
	}
	if (b->initrd) {
		si->mod_start = l->initrd.va ? l->initrd.va : l->initrd.pfn;
		si->mod_len = b->initrd->size;
		si->flags |= l->initrd.va ? 0 : SIF_MOD_START_PFN;
	}
	si->console.dom0.info_off = sizeof(*si);
	si->console.dom0.info_size = describe_video((struct dom0_vga_console_info *)(si + 1));
	write_command_line(si);
}

/* --- page tables ------------------------------------------------------------------------------------- */

static mfn_t mfn_of_page(void *context, uint64_t pfn)
{
	return MFN(((const struct dom0_build *)context)->p2m[pfn]);
}

static uint64_t *contents_of_page(void *context, uint64_t pfn)
{
	return page(context, pfn);
}

/* Written as any guest writes its own, then pinned: validation gives every frame its type and its references. */
void dom0_write_tables(const struct dom0_build *b)
{
	const struct pv_layout_io io = {mfn_of_page, contents_of_page, (void *)(uintptr_t)b};
	const struct pv_layout *l = &b->layout;
	struct work work = WORK_UNLIMITED;
	struct domain *d = b->d;
	struct mm mm;
	int err;

	dom0_write(b, l->tables.pfn << PAGE_SHIFT, NULL, l->tables.pages << PAGE_SHIFT);
	dom0_write(b, l->p2m_tables.pfn << PAGE_SHIFT, NULL, l->p2m_tables.pages << PAGE_SHIFT);
	pv_layout_write_tables(l, &io);

	spin_lock(&d->mm_lock);
	mm = mm_begin(d, d->id);
	do {
		err = ptable_pin(&mm, &d->vcpu[0]->pv.parked, MFN(b->p2m[l->tables.pfn]), 4, &work);
	} while (mm_again(&mm, d, err));
	spin_unlock(&d->mm_lock);
	mm_end(&mm);
	if (err)
		panic("The page tables made for Dom0 are not valid (error %d)", -err);
}

/* --- the first vcpu ---------------------------------------------------------------------------------- */

void dom0_start_vcpu(const struct dom0_build *b)
{
	const struct pv_layout *l = &b->layout;
	struct vcpu_guest_context *c = heap_alloc(sizeof(*c));
	struct vcpu *v = b->d->vcpu[0];
	int err;

	if (!c)
		refuse("There is too little memory to start Dom0.");
	c->flags = VGCF_in_kernel | VGCF_online;
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = c->kernel_ss = FLAT_KERNEL_SS;
	c->user_regs.rflags = BIT(1);
	c->user_regs.rip = b->notes.entry;
	c->user_regs.rsi = l->start_info.va;
	c->user_regs.rsp = c->kernel_sp = l->stack.va + PAGE_SIZE;
	c->ctrlreg[3] = paddr_of_mfn(MFN(b->p2m[l->tables.pfn]));
	err = pv_vcpu_set_context(v, c);
	heap_free(c, sizeof(*c));
	if (err)
		panic("Dom0's first vcpu cannot be started (error %d)", -err);
	v->initialised = true;
	__atomic_fetch_and(&v->pause_flags, ~(uint32_t)VCPU_DOWN, __ATOMIC_SEQ_CST);
}
