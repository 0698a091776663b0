/* registers.c - segments, descriptor tables and debug registers of a PV guest
 *
 * ABI: xen/xen.h and xen/arch-x86/xen-x86_64.h (SEGBASE_*).
 */
#include <xen/xen.h>

#include "arch/x86/control.h"
#include "arch/x86/msr.h"
#include "arch/x86/pv/pv.h"
#include "call/call.h"
#include "core/segdesc.h"
#include "kern/mm.h"

long call_set_gdt(uint64_t frame_list, uint64_t entries)
{
	uint64_t list[GDT_GUEST_PAGES] = {0};
	struct vcpu *v = current;
	unsigned pages = (unsigned)DIV_ROUND_UP(entries, 512);
	int ret;

	if (entries > 512 * GDT_GUEST_PAGES)
		return -EINVAL;
	if (copy_from_guest_array(list, (uint64_t *)frame_list, 0, pages))
		return -EFAULT;
	spin_lock(&v->domain->mm_lock);
	ret = pv_set_gdt(v, list, (unsigned)entries);
	if (!ret)
		pv_load_descriptors(v);
	spin_unlock(&v->domain->mm_lock);
	return ret;
}

/* A descriptor in a page of descriptors is checked; in one that is writable anyway it is the guest's own business. */
long call_update_descriptor(uint64_t address, uint64_t descriptor)
{
	struct domain *d = current->domain;
	mfn_t m = mfn_of_paddr(address);
	struct mm mm;
	long ret = 0;

	if ((address & 7) || !segdesc_validate(&descriptor))
		return -EINVAL;
	spin_lock(&d->mm_lock);
	mm = mm_begin(d, d->id);
	if (ptable_level(&mm, m) == LEVEL_SEGDESC) {
		__atomic_store_n((uint64_t *)paddr_to_virt(address), descriptor, __ATOMIC_RELEASE);
	} else {
		ret = page_get_writable(d, m);
		if (!ret) {
			*(uint64_t *)paddr_to_virt(address) = descriptor;
			page_put_writable(m);
		}
	}
	spin_unlock(&d->mm_lock);
	return ret;
}

long call_set_segment_base(uint64_t which, uint64_t base)
{
	switch (which) {
	case SEGBASE_FS:
		if (!is_canonical(base))
			return -EINVAL;
		msr_write(MSR_FS_BASE, base);
		return 0;
	case SEGBASE_GS_USER:
		if (!is_canonical(base))
			return -EINVAL;
		msr_write(MSR_KERNEL_GS_BASE, base);
		return 0;
	case SEGBASE_GS_KERNEL:
		if (!is_canonical(base))
			return -EINVAL;
		msr_write(MSR_GS_BASE, base);
		return 0;
	case SEGBASE_GS_USER_SEL:
		pv_load_user_gs((uint16_t)base);
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- debug registers: the guest may watch its own part of the address space -------------------------------------- */

#define DR7_GUEST 0xffff03ffULL /* enables, conditions, lengths; not general detect */
#define DR7_ONES  0x400ULL

static void load_debug(unsigned reg, uint64_t value)
{
	switch (reg) {
	case 0:
		__asm__ volatile("mov %0, %%dr0" ::"r"(value));
		break;
	case 1:
		__asm__ volatile("mov %0, %%dr1" ::"r"(value));
		break;
	case 2:
		__asm__ volatile("mov %0, %%dr2" ::"r"(value));
		break;
	case 3:
		__asm__ volatile("mov %0, %%dr3" ::"r"(value));
		break;
	case 6:
		dr6_write(value);
		break;
	case 7:
		dr7_write(value);
		break;
	}
}

long call_set_debugreg(uint64_t reg, uint64_t value)
{
	struct vcpu *v = current;

	switch (reg) {
	case 0 ... 3:
		if (!pv_address_ok(value))
			return -EPERM;
		break;
	case 6:
		value = (value & 0xe00f) | 0xffff0ff0;
		break;
	case 7:
		/* No watching of ports (condition 2 needs CR4.DE), which would be ours. */
		for (unsigned i = 16; i < 32; i += 4)
			if ((value >> i & 3) == 2)
				return -EPERM;
		value = (value & DR7_GUEST) | DR7_ONES;
		break;
	default:
		return -EINVAL;
	}
	v->pv.dr[reg] = value;
	load_debug((unsigned)reg, value);
	return 0;
}

long call_get_debugreg(uint64_t reg)
{
	switch (reg) {
	case 0 ... 3:
	case 6:
	case 7:
		return (long)current->pv.dr[reg];
	default:
		return -EINVAL;
	}
}
