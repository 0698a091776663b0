/* vcpu.c - the beginning and the end of a PV vcpu and of a PV domain's page tables */
#include <xen/xen.h>

#include "arch/x86/control.h"
#include "arch/x86/cpu.h"
#include "arch/x86/fpu.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/pv/pv.h"
#include "arch/x86/switch.h"
#include "kern/guest.h"
#include "kern/mm.h"
#include "lib/errno.h"

int pv_domain_init(struct domain *d)
{
	(void)d;
	return 0;
}

void pv_domain_free(struct domain *d)
{
	(void)d;
}

int pv_vcpu_init(struct vcpu *v)
{
	/* Programs in ring 3 see it in any case, and use AVX where it is: so their kernel must know, and switch it. */
	v->pv.cr4 = cpu_cr4 & CR4_OSXSAVE;
	v->pv.kernel_mode = true;
	v->pv.dr[6] = 0xffff0ff0;
	v->pv.dr[7] = 0x400;
	v->loaded_cpu = MAX_CPUS;
	return fpu_create(v);
}

void pv_vcpu_free(struct vcpu *v)
{
	fpu_destroy(v);
}

/* ---- contexts ---------------------------------------------------------------------------------------------------- */

static bool addresses_ok(const struct vcpu_guest_context *c)
{
	return pv_address_ok(c->user_regs.rip) && pv_address_ok(c->event_callback_eip) &&
	       pv_address_ok(c->failsafe_callback_eip) && pv_address_ok(c->syscall_callback_eip) &&
	       pv_stack_ok(c->kernel_sp) && is_canonical(c->fs_base) && is_canonical(c->gs_base_kernel) &&
	       is_canonical(c->gs_base_user) && c->gdt_ents <= 512 * GDT_GUEST_PAGES && !c->ldt_ents;
}

static bool traps_ok(const struct vcpu_guest_context *c)
{
	for (unsigned i = 0; i < 256; i++)
		if (!pv_address_ok(c->trap_ctxt[i].address))
			return false;
	return true;
}

static void take_traps(struct vcpu *v, const struct vcpu_guest_context *c)
{
	for (unsigned i = 0; i < 256; i++)
		v->pv.traps[i] = (struct pv_trap){.address = c->trap_ctxt[i].address,
						  .cs = c->trap_ctxt[i].cs | 3,
						  .dpl = c->trap_ctxt[i].flags & 3,
						  .masks_events = c->trap_ctxt[i].flags & 4};
}

static void take_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
	v->regs = c->user_regs;
	v->regs.cs |= 3;
	v->regs.ss |= 3;
	v->regs.entry_vector = 0;
	v->pv.iopl = v->regs.rflags >> 12 & 3;
	v->regs.rflags = (v->regs.rflags & USER_RFLAGS) | RFLAGS_IF | 2;
	v->pv.ds = c->user_regs.ds;
	v->pv.es = c->user_regs.es;
	v->pv.fs = c->user_regs.fs;
	v->pv.gs = c->user_regs.gs;
	v->pv.fs_base = c->fs_base;
	v->pv.gs_base_kernel = c->gs_base_kernel;
	v->pv.gs_base_user = c->gs_base_user;
	v->pv.kernel_mode = c->flags & VGCF_in_kernel;
	v->pv.kernel_ss = (uint16_t)(c->kernel_ss | 3);
	v->pv.kernel_sp = c->kernel_sp & ~15ULL;
	v->pv.event_callback = c->event_callback_eip;
	v->pv.failsafe_callback = c->failsafe_callback_eip;
	v->pv.syscall_callback = c->syscall_callback_eip;
	v->pv.syscall_masks_events = c->flags & VGCF_syscall_disables_events;
	v->pv.failsafe_masks_events = c->flags & VGCF_failsafe_disables_events;
	v->pv.ts = c->ctrlreg[0] & CR0_TS;
	v->pv.dr[7] = 0x400;
}

/* FXSAVE's image; reserved bits of MXCSR would fault when it is loaded (Intel SDM vol. 1, 11.6.6). */
static void set_fpu(struct vcpu *v, const void *image)
{
	fpu_reset(v);
	__builtin_memcpy(v->fpu, image, 512);
	v->fpu->mxcsr &= 0xffbf;
	if (fpu_size > 512)
		v->fpu->xstate_bv = XSTATE_FP | XSTATE_SSE;
}

static int acquire_l4(struct mm *mm, struct vcpu *v, uint64_t cr3, struct work *w)
{
	int ret;

	do {
		ret = ptable_acquire(mm, &v->pv.parked, mfn_of_paddr(cr3), 4, w);
	} while (mm_again(mm, v->domain, ret));
	return ret;
}

/* Root by root: an interruption keeps the first, and the next call goes on with the second. */
static int take_roots(struct vcpu *v, const struct vcpu_guest_context *c)
{
	uint64_t kernel = c->ctrlreg[3] & PAGE_MASK, user = c->ctrlreg[1] & PAGE_MASK;
	struct work *w = &this_cpu()->work;
	struct domain *d = v->domain;
	struct mm mm;
	int ret = 0;

	spin_lock(&d->mm_lock);
	mm = mm_begin(d, d->id);
	if (d->dying) {
		ret = -EINVAL; /* its roots are dropped once */
	} else if (v->pv.kernel_cr3 != kernel) {
		ret = v->pv.kernel_cr3 ? -EBUSY : acquire_l4(&mm, v, kernel, w);
		if (!ret)
			v->pv.kernel_cr3 = kernel;
	}
	if (!ret && user && v->pv.user_cr3 != user) {
		ret = v->pv.user_cr3 ? -EBUSY : acquire_l4(&mm, v, user, w);
		if (!ret)
			v->pv.user_cr3 = user;
	}
	if (!ret)
		ret = pv_set_gdt(v, c->gdt_frames, (unsigned)c->gdt_ents);
	spin_unlock(&d->mm_lock);
	mm_end(&mm);
	return ret;
}

int pv_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	int ret;

	if (!addresses_ok(c) || !traps_ok(c) || !(c->ctrlreg[3] & PAGE_MASK))
		return -EINVAL;
	if (!(c->flags & VGCF_in_kernel) && !(c->ctrlreg[1] & PAGE_MASK))
		return -EINVAL;
	ret = take_roots(v, c);
	if (ret)
		return ret;
	take_registers(v, c);
	take_traps(v, c);
	if (c->flags & VGCF_i387_valid)
		set_fpu(v, c->fpu_ctxt.x);
	vcpu_unload(v);
	v->loaded_cpu = MAX_CPUS;
	return 0;
}

void pv_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	__builtin_memset(c, 0, sizeof(*c));
	c->user_regs = v->regs;
	c->user_regs.rflags |= (uint64_t)v->pv.iopl << 12;
	c->user_regs.ds = v->pv.ds;
	c->user_regs.es = v->pv.es;
	c->user_regs.fs = v->pv.fs;
	c->user_regs.gs = v->pv.gs;
	for (unsigned i = 0; i < 256; i++) {
		const struct pv_trap *t = &v->pv.traps[i];

		c->trap_ctxt[i] = (struct trap_info){.vector = (uint8_t)i,
						     .flags = t->dpl | (t->masks_events ? 4 : 0),
						     .cs = t->cs,
						     .address = t->address};
	}
	__builtin_memcpy(c->fpu_ctxt.x, v->fpu, sizeof(c->fpu_ctxt.x));
	c->flags = VGCF_i387_valid | (v->pv.kernel_mode ? VGCF_in_kernel : 0) |
		   (v->pv.syscall_masks_events ? VGCF_syscall_disables_events : 0) |
		   (v->pv.failsafe_masks_events ? VGCF_failsafe_disables_events : 0) |
		   (v->pause_flags & VCPU_DOWN ? 0 : VGCF_online);
	__builtin_memcpy(c->gdt_frames, v->pv.gdt_frames, sizeof(v->pv.gdt_frames));
	c->gdt_ents = v->pv.gdt_entries;
	c->ldt_base = v->pv.ldt_base;
	c->ldt_ents = v->pv.ldt_entries;
	c->kernel_ss = v->pv.kernel_ss;
	c->kernel_sp = v->pv.kernel_sp;
	c->ctrlreg[0] = CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE | (v->pv.ts ? CR0_TS : 0);
	c->ctrlreg[1] = v->pv.user_cr3;
	c->ctrlreg[3] = v->pv.kernel_cr3;
	c->ctrlreg[4] = v->pv.cr4;
	__builtin_memcpy(c->debugreg, v->pv.dr, sizeof(v->pv.dr));
	c->event_callback_eip = v->pv.event_callback;
	c->failsafe_callback_eip = v->pv.failsafe_callback;
	c->syscall_callback_eip = v->pv.syscall_callback;
	c->vm_assist = v->domain->vm_assist;
	c->fs_base = v->pv.fs_base;
	c->gs_base_kernel = v->pv.gs_base_kernel;
	c->gs_base_user = v->pv.gs_base_user;
}

/* ---- the end ------------------------------------------------------------------------------------------------------- */

static int drop_root(struct mm *mm, struct vcpu *v, uint64_t *cr3, struct work *w)
{
	mfn_t m = mfn_of_paddr(*cr3);

	if (!m.n)
		return 0;
	*cr3 = 0;
	return ptable_drop(mm, &v->pv.parked, m, 4, w);
}

static int drop_vcpu(struct mm *mm, struct vcpu *v, struct work *w)
{
	int ret = ptable_drain(mm, &v->pv.parked, w);

	if (!ret)
		ret = drop_root(mm, v, &v->pv.user_cr3, w);
	if (!ret)
		ret = drop_root(mm, v, &v->pv.kernel_cr3, w);
	if (!ret)
		pv_drop_descriptors(v);
	return ret;
}

static int unpin_all(struct mm *mm, struct domain *d, struct parked *p, struct work *w)
{
	uint64_t *next = &d->pv.unpinned_up_to;
	int ret = ptable_drain(mm, p, w); /* first, or looking for the next might leave nothing for it */

	if (ret)
		return ret;
	if (*next < d->frame_low)
		*next = d->frame_low;
	for (; *next < d->frame_high; ++*next) {
		mfn_t m = MFN(*next);

		if (!(*next & 63) && !work_spend(w, 64))
			return -ERESTART;
		if (!frame_exists(&frames, m) || frame_owner(&frames, m) != d->id)
			continue;
		if ((frame_word(&frames, m) & (FRAME_PINNED | FRAME_IS_FREE)) != FRAME_PINNED)
			continue;
		ret = ptable_unpin(mm, p, m, w);
		if (ret)
			return ret;
	}
	return 0;
}

int pv_relinquish_mm(struct domain *d, struct work *w)
{
	struct parked *p = &d->pv.unpinning;
	struct vcpu *v;
	struct mm mm;
	int ret = 0;

	domain_leave_cpus(d);
	spin_lock(&d->mm_lock);
	mm = mm_begin(d, d->id);
	for_each_vcpu (d, v) {
		ret = drop_vcpu(&mm, v, w);
		if (ret)
			break;
	}
	if (!ret)
		ret = unpin_all(&mm, d, p, w);
	if (!ret)
		ret = ptable_drain(&mm, p, w);
	spin_unlock(&d->mm_lock);
	mm_end(&mm);
	return ret;
}
