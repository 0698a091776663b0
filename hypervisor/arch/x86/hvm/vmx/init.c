/* init.c - VT-x: whether it can be used, and switching it on */
#include "arch/x86/cpu.h"
#include "arch/x86/hvm/vmx/vmx.h"
#include "arch/x86/msr.h"
#include "arch/x86/tsc.h"
#include "core/decode.h"
#include "kern/memory.h"
#include "kern/printk.h"
#include "lib/errno.h"
#include "lib/string.h"

#define MSR_FEATURE_CONTROL 0x0000003a
#define MSR_VMX_BASIC	    0x00000480
#define MSR_VMX_PIN	    0x00000481
#define MSR_VMX_PROC	    0x00000482
#define MSR_VMX_EXIT	    0x00000483
#define MSR_VMX_ENTRY	    0x00000484
#define MSR_VMX_MISC	    0x00000485
#define MSR_VMX_PROC2	    0x0000048b
#define MSR_VMX_EPT_VPID    0x0000048c
#define MSR_VMX_TRUE_PIN    0x0000048d
#define MSR_VMX_TRUE_PROC   0x0000048e
#define MSR_VMX_TRUE_EXIT   0x0000048f
#define MSR_VMX_TRUE_ENTRY  0x00000490

#define MISC_TIMER_RATE 0x1f /* the timer ticks when this bit of the TSC changes */
#define SLICES		100  /* a second */

#define FEATURE_LOCKED BIT(0)
#define FEATURE_VMX    BIT(2) /* outside of SMX */

struct vmx_setup vmx_setup;
uint32_t vmx_slice;
paddr_t vmx_msr_bitmap;

static void read_capabilities(struct vmx_msrs *m)
{
	*m = (struct vmx_msrs){.basic = msr_read(MSR_VMX_BASIC)};

	bool real = m->basic & VMX_BASIC_TRUE;

	m->pin = msr_read(real ? MSR_VMX_TRUE_PIN : MSR_VMX_PIN);
	m->proc = msr_read(real ? MSR_VMX_TRUE_PROC : MSR_VMX_PROC);
	m->exit = msr_read(real ? MSR_VMX_TRUE_EXIT : MSR_VMX_EXIT);
	m->entry = msr_read(real ? MSR_VMX_TRUE_ENTRY : MSR_VMX_ENTRY);
	if (m->proc >> 32 & VMX_PROC_SECONDARY)
		m->proc2 = msr_read(MSR_VMX_PROC2);
	if (m->proc2 >> 32 & (VMX_PROC2_EPT | VMX_PROC2_VPID))
		m->ept_vpid = msr_read(MSR_VMX_EPT_VPID);
}

/* Firmware decides, once for each start of the machine, and may have left it to us. */
static bool firmware_allows(void)
{
	uint64_t control = msr_read(MSR_FEATURE_CONTROL);

	if (!(control & FEATURE_LOCKED)) {
		control |= FEATURE_LOCKED | FEATURE_VMX;
		msr_write(MSR_FEATURE_CONTROL, control);
	}
	return control & FEATURE_VMX;
}

/* Four parts of 1 KiB: reading MSRs from 0 and from 0xc0000000, and writing them. */
static void let_through(uint8_t *bitmap, uint32_t msr)
{
	uint32_t offset = msr >= 0xc0000000 ? 1024 : 0, index = msr & 0x1fff;

	bitmap[offset + index / 8] &= (uint8_t) ~(1u << index % 8);
	bitmap[2048 + offset + index / 8] &= (uint8_t) ~(1u << index % 8);
}

/* MSRs that the guest has to itself: those in the VMCS, and those that are switched (vmx/vcpu.c). */
static int make_msr_bitmap(void)
{
	static const uint32_t own[] = {
		MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_STAR,		MSR_LSTAR,
		MSR_CSTAR,   MSR_SFMASK,  MSR_SYSENTER_CS,    MSR_SYSENTER_ESP, MSR_SYSENTER_EIP,
	};
	uint8_t *bitmap = pages_alloc(0);

	if (!bitmap)
		return -ENOMEM;
	memset(bitmap, 0xff, PAGE_SIZE);
	for (unsigned i = 0; i < ARRAY_SIZE(own); i++)
		let_through(bitmap, own[i]);
	vmx_msr_bitmap = paddr_of_mfn(virt_to_mfn(bitmap));
	return 0;
}

bool vmx_usable(void)
{
	struct vmx_msrs msrs;
	const char *lacks;

	if (!cpu_has(CPU_VMX))
		return false;
	if (!firmware_allows()) {
		log_warning("VT-x is switched off by the firmware");
		return false;
	}
	read_capabilities(&msrs);
	lacks = vmx_choose(&msrs, &vmx_setup);
	if (lacks) {
		log_warning("VT-x is not used: this CPU lacks %s", lacks);
		return false;
	}
	if (make_msr_bitmap()) {
		log_warning("VT-x is not used: there is no memory");
		return false;
	}
	vmx_slice = 1 + (uint32_t)MIN(tsc_hz / SLICES >> (msr_read(MSR_VMX_MISC) & MISC_TIMER_RATE),
				      (uint64_t)UINT32_MAX - 1);
	log_info("VT-x with EPT, unrestricted guests%s", vmx_setup.vpid ? ", VPIDs" : "");
	return true;
}

/* All CPUs must be alike: a vcpu runs on any of them. */
static bool same_as_boot_cpu(void)
{
	struct vmx_msrs msrs;
	struct vmx_setup here;

	if (!firmware_allows())
		return false;
	read_capabilities(&msrs);
	return !vmx_choose(&msrs, &here) && !memcmp(&here, &vmx_setup, sizeof(here));
}

int vmx_init_this(void)
{
	uint32_t *region = pages_alloc(0);

	if (!region)
		return -ENOMEM;
	if (!same_as_boot_cpu())
		return -ENODEV;
	*region = vmx_setup.revision;
	cpu_cr4 |= CR4_VMXE; /* the same on every CPU: who flushes a TLB writes it */
	cr4_write(cpu_cr4);
	return vmxon(paddr_of_mfn(virt_to_mfn(region))) ? 0 : -ENODEV;
}

const struct hvm_ops vmx_ops = {
	.name = "vmx",
	.hypercall = {0x0f, 0x01, 0xc1}, /* VMCALL */
	.hypercall_kind = INSN_VMCALL,
	.p2m_leaf = EPT_WRITE_BACK << EPT_TYPE_SHIFT,
	.large_pages = true,
	.init_this = vmx_init_this,
	.create = vmx_create,
	.destroy = vmx_destroy,
	.run = vmx_run,
	.load = vmx_load,
	.evict = vmx_evict,
	.get_state = vmx_get_state,
	.set_state = vmx_set_state,
	.get_segment = vmx_get_segment,
	.get_cr3 = vmx_get_cr3,
	.update_mode = vmx_update_mode,
	.flush_tlb = vmx_flush_tlb,
	.interruptible = vmx_interruptible,
	.want_window = vmx_want_window,
	.end_shadow = vmx_end_shadow,
	.mask_nmi = vmx_mask_nmi,
};
