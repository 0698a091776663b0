/* vcpu.c - a vcpu under VT-x: its VMCS made, brought into a CPU, and taken out again */
#include "arch/x86/cpu.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/hvm/vmx/vmx.h"
#include "arch/x86/msr.h"
#include "arch/x86/paging.h"
#include "arch/x86/pv/offsets.h"
#include "kern/lock.h"
#include "kern/memory.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/string.h"

#define VPIDS 65536 /* 0 is ours */

/* #AC and #DB because delivering one may raise it again without end. */
#define EXCEPTION_DB 1
#define EXCEPTION_AC 17
#define EXCEPTION_MC 18

/* The VMCS that VMREAD and VMWRITE reach on each CPU. [this CPU] 0: none. */
static paddr_t current_vmcs[MAX_CPUS];

static spinlock_t vpid_lock = SPINLOCK_INIT;
static BITMAP(vpids, VPIDS); /* [vpid_lock] taken ones */

/* ---- VPIDs -------------------------------------------------------------------------------------------------------- */

/* 0, and all share ours: then it is no VPID at all, and every entry flushes. */
static uint16_t vpid_alloc(void)
{
	unsigned found;

	if (!vmx_setup.vpid)
		return 0;
	spin_lock(&vpid_lock);
	found = (unsigned)bitmap_next_zero(vpids, VPIDS, 1);
	if (found < VPIDS)
		bit_set(vpids, found);
	spin_unlock(&vpid_lock);
	return found < VPIDS ? (uint16_t)found : 0;
}

static void vpid_free(uint16_t vpid)
{
	if (!vpid)
		return;
	spin_lock(&vpid_lock);
	bit_clear(vpids, vpid);
	spin_unlock(&vpid_lock);
}

/* ---- which VMCS is reached ----------------------------------------------------------------------------------------- */

static void make_current(paddr_t vmcs)
{
	if (!vmptrld(vmcs))
		panic("VT-x: VMPTRLD of %#lx failed", (unsigned long)vmcs);
	current_vmcs[this_cpu()->id] = vmcs;
}

struct vmcs_before vmcs_enter(const struct vcpu *v)
{
	struct vmcs_before before = {.vmcs = current_vmcs[this_cpu()->id]};

	before.changed = before.vmcs != vmx_of(v)->vmcs;
	if (before.changed)
		make_current(vmx_of(v)->vmcs);
	return before;
}

/* One that is on no CPU goes back to memory, so that any other may take it up. */
void vmcs_leave(const struct vcpu *v, struct vmcs_before before)
{
	if (!before.changed)
		return;
	(void)vmclear(vmx_of(v)->vmcs);
	vmx_of(v)->launched = 0;
	current_vmcs[this_cpu()->id] = 0;
	if (before.vmcs)
		make_current(before.vmcs);
}

/* ---- its fields ----------------------------------------------------------------------------------------------------- */

static void write_controls(const struct vcpu *v)
{
	vmcs_write(VMCS_PIN, vmx_setup.pin);
	vmcs_write(VMCS_PROC, vmx_of(v)->proc);
	vmcs_write(VMCS_PROC2, vmx_of(v)->vpid ? vmx_setup.proc2 : vmx_setup.proc2 & ~(uint32_t)VMX_PROC2_VPID);
	vmcs_write(VMCS_EXIT, vmx_setup.exit);
	vmcs_write(VMCS_ENTRY, vmx_setup.entry);
	vmcs_write(VMCS_EXCEPTIONS, BIT(EXCEPTION_DB) | BIT(EXCEPTION_AC) | BIT(EXCEPTION_MC));
	vmcs_write(VMCS_PAGE_FAULT_MASK, 0);
	vmcs_write(VMCS_PAGE_FAULT_MATCH, 0);
	vmcs_write(VMCS_CR3_TARGETS, 0);
	vmcs_write(VMCS_EXIT_STORED_MSRS, 0);
	vmcs_write(VMCS_EXIT_LOADED_MSRS, 0);
	vmcs_write(VMCS_ENTRY_LOADED_MSRS, 0);
	vmcs_write(VMCS_ENTRY_EVENT, 0);
	vmcs_write(VMCS_MSR_BITMAP, vmx_msr_bitmap);
	vmcs_write(VMCS_TSC_OFFSET, 0);
	if (vmx_setup.timer)
		vmcs_write(VMCS_TIMER, vmx_slice);
	if (vmx_of(v)->vpid)
		vmcs_write(VMCS_VPID, vmx_of(v)->vpid);
	/* Every bit is ours: the common code decides on changes. */
	vmcs_write(VMCS_CR0_OURS, UINT64_MAX);
	vmcs_write(VMCS_CR4_OURS, UINT64_MAX);
}

static void write_host(struct vcpu *v)
{
	vmcs_write(VMCS_HOST_CS, SEL_HOST_CS);
	vmcs_write(VMCS_HOST_SS, SEL_HOST_DS);
	vmcs_write(VMCS_HOST_DS, SEL_HOST_DS);
	vmcs_write(VMCS_HOST_ES, SEL_HOST_DS);
	vmcs_write(VMCS_HOST_FS, 0);
	vmcs_write(VMCS_HOST_GS, 0);
	vmcs_write(VMCS_HOST_TR, SEL_TSS);
	vmcs_write(VMCS_HOST_FS_BASE, 0);
	vmcs_write(VMCS_HOST_GS_BASE, 0);
	vmcs_write(VMCS_HOST_CR0, cr0_read() & ~(uint64_t)CR0_TS);
	vmcs_write(VMCS_HOST_CR4, cpu_cr4);
	vmcs_write(VMCS_HOST_EFER, msr_read(MSR_EFER));
	vmcs_write(VMCS_HOST_PAT, PAT_VALUE);
	vmcs_write(VMCS_HOST_RIP, (uint64_t)vmx_exit);
	vmcs_write(VMCS_HOST_RSP, (uint64_t)&v->regs + REGS_ERROR); /* where PUSH_REGS would begin */
	vmcs_write(VMCS_HOST_SYSENTER_CS, cpu_has(CPU_SEP) ? SEL_HOST_CS : 0);
}

/* What differs from CPU to CPU. */
static void write_host_cpu(void)
{
	struct control_table idtr;

	__asm__ volatile("sidt %0" : "=m"(idtr));
	vmcs_write(VMCS_HOST_CR3, cr3_read());
	vmcs_write(VMCS_HOST_TR_BASE, window_address(this_cpu()->id, WINDOW_TSS));
	vmcs_write(VMCS_HOST_GDTR_BASE, window_address(this_cpu()->id, WINDOW_GDT));
	vmcs_write(VMCS_HOST_IDTR_BASE, idtr.base);
	vmcs_write(VMCS_HOST_SYSENTER_ESP, cpu_has(CPU_SEP) ? msr_read(MSR_SYSENTER_ESP) : 0);
	vmcs_write(VMCS_HOST_SYSENTER_EIP, cpu_has(CPU_SEP) ? msr_read(MSR_SYSENTER_EIP) : 0);
}

static void write_guest(void)
{
	vmcs_write(VMCS_LINK, UINT64_MAX);
	vmcs_write(VMCS_GUEST_DEBUGCTL, 0);
	vmcs_write(VMCS_GUEST_SHADOW, 0);
	vmcs_write(VMCS_GUEST_ACTIVITY, 0);
	vmcs_write(VMCS_GUEST_PENDING_DEBUG, 0);
}

int vmx_create(struct vcpu *v)
{
	struct vmx_vcpu *x = heap_alloc(sizeof(*x));
	uint32_t *region = pages_alloc(0);
	struct vmcs_before before;

	if (!x || !region) {
		if (x)
			heap_free(x, sizeof(*x));
		if (region)
			pages_free(region, 0);
		return -ENOMEM;
	}
	*region = vmx_setup.revision;
	*x = (struct vmx_vcpu){.vmcs = paddr_of_mfn(virt_to_mfn(region)),
			       .vpid = vpid_alloc(),
			       .cpu = MAX_CPUS,
			       .proc = vmx_setup.proc};
	v->hvm->vmx = x;
	(void)vmclear(x->vmcs);
	before = vmcs_enter(v);
	write_controls(v);
	write_host(v);
	write_guest();
	vmcs_leave(v, before);
	return 0;
}

void vmx_destroy(struct vcpu *v)
{
	struct vmx_vcpu *x = vmx_of(v);

	if (!x)
		return;
	vpid_free(x->vpid);
	pages_free(paddr_to_virt(x->vmcs), 0);
	heap_free(x, sizeof(*x));
	v->hvm->vmx = NULL;
}

/* ---- into a CPU and out of it ---------------------------------------------------------------------------------------- */

void vmx_load(struct vcpu *v)
{
	struct vmx_vcpu *x = vmx_of(v);

	make_current(x->vmcs);
	write_host_cpu();
	vmcs_write(VMCS_EPTP, paddr_of_mfn(v->domain->hvm->p2m.root) | EPT_LEVELS(4) | EPT_WRITE_BACK);
	msr_write(MSR_STAR, x->star);
	msr_write(MSR_LSTAR, x->lstar);
	msr_write(MSR_CSTAR, x->cstar);
	msr_write(MSR_SFMASK, x->sfmask);
	msr_write(MSR_KERNEL_GS_BASE, x->kernel_gs_base);
	dr6_write(x->dr6);
	x->loaded = true;
}

void vmx_evict(struct vcpu *v)
{
	struct vmx_vcpu *x = vmx_of(v);

	x->star = msr_read(MSR_STAR);
	x->lstar = msr_read(MSR_LSTAR);
	x->cstar = msr_read(MSR_CSTAR);
	x->sfmask = msr_read(MSR_SFMASK);
	x->kernel_gs_base = msr_read(MSR_KERNEL_GS_BASE);
	x->dr6 = dr6_read();
	x->loaded = false;
	(void)vmclear(x->vmcs);
	x->launched = 0;
	current_vmcs[this_cpu()->id] = 0;
	cpu_init_system_call();
	/* An exit leaves the limits of GDTR and TR as no PV guest may have them. */
	descriptors_reload();
}
