/* state.c - the guest's registers that a VMCS holds, read and written */
#include "arch/x86/cpu.h"
#include "arch/x86/hvm/vmx/vmx.h"
#include "arch/x86/msr.h"
#include "core/hvm_modes.h"
#include "kern/memory.h"

#define SEGMENT_FIELD(field, name) ((enum vmcs_field)((field) + 2 * (unsigned)(name)))

#define ACCESS_ACCESSED 0x001
#define ACCESS_BUSY	0x002
#define ACCESS_MEMORY	0x010 /* code or data, as against a system segment */
#define ACCESS_DPL	0x060
#define ACCESS_GRANULAR 0x8000

static bool is_table(enum hvm_segment_name name)
{
	return name == HVM_GDTR || name == HVM_IDTR;
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

static void read_segment(enum hvm_segment_name name, struct hvm_segment *s)
{
	uint64_t access;

	*s = (struct hvm_segment){
		.limit = (uint32_t)vmcs_read(SEGMENT_FIELD(VMCS_GUEST_LIMIT, name)),
		.base = vmcs_read(SEGMENT_FIELD(VMCS_GUEST_BASE, name)),
	};
	if (is_table(name))
		return;
	access = vmcs_read(SEGMENT_FIELD(VMCS_GUEST_ACCESS, name));
	s->selector = (uint16_t)vmcs_read(SEGMENT_FIELD(VMCS_GUEST_SELECTOR, name));
	s->access = (uint16_t)((access & 0xff) | (access >> 4 & 0xf00));
	if (access & VMCS_UNUSABLE)
		s->access &= (uint16_t)~HVM_SEGMENT_PRESENT;
}

/* Entries insist on what loading a register does by itself: accessed, busy, and a limit that its granularity can have. */
static uint32_t access_rights(enum hvm_segment_name name, const struct hvm_segment *s)
{
	uint32_t access = (s->access & 0xffu) | (s->access & 0xf00u) << 4;

	if (name == HVM_TR)
		access |= HVM_SEGMENT_PRESENT | ACCESS_BUSY;
	else if (!(access & HVM_SEGMENT_PRESENT))
		return VMCS_UNUSABLE | (access & ACCESS_DPL); /* SS's is the privilege level in any case */
	if (access & ACCESS_MEMORY)
		access |= ACCESS_ACCESSED;
	if ((s->limit & 0xfff) != 0xfff)
		access &= ~(uint32_t)ACCESS_GRANULAR;
	else if (s->limit >> 20)
		access |= ACCESS_GRANULAR;
	return access;
}

static void write_segment(enum hvm_segment_name name, const struct hvm_segment *s)
{
	vmcs_write(SEGMENT_FIELD(VMCS_GUEST_LIMIT, name), s->limit);
	vmcs_write(SEGMENT_FIELD(VMCS_GUEST_BASE, name), s->base);
	if (is_table(name))
		return;
	vmcs_write(SEGMENT_FIELD(VMCS_GUEST_SELECTOR, name), s->selector);
	vmcs_write(SEGMENT_FIELD(VMCS_GUEST_ACCESS, name), access_rights(name, s));
}

void vmx_get_segment(const struct vcpu *v, enum hvm_segment_name name, struct hvm_segment *s)
{
	struct vmcs_before before = vmcs_enter(v);

	read_segment(name, s);
	vmcs_leave(v, before);
}

/* ---- all of it ----------------------------------------------------------------------------------------------------- */

/* MSRs are in the CPU while the vcpu is loaded; then it is current, and this is its CPU. */
static void get_msrs(const struct vmx_vcpu *x, struct hvm_state *s)
{
	s->star = x->loaded ? msr_read(MSR_STAR) : x->star;
	s->lstar = x->loaded ? msr_read(MSR_LSTAR) : x->lstar;
	s->cstar = x->loaded ? msr_read(MSR_CSTAR) : x->cstar;
	s->sfmask = x->loaded ? msr_read(MSR_SFMASK) : x->sfmask;
	s->kernel_gs_base = x->loaded ? msr_read(MSR_KERNEL_GS_BASE) : x->kernel_gs_base;
}

static void set_msrs(struct vmx_vcpu *x, const struct hvm_state *s)
{
	x->star = s->star;
	x->lstar = s->lstar;
	x->cstar = s->cstar;
	x->sfmask = s->sfmask;
	x->kernel_gs_base = s->kernel_gs_base;
	if (!x->loaded)
		return;
	msr_write(MSR_STAR, x->star);
	msr_write(MSR_LSTAR, x->lstar);
	msr_write(MSR_CSTAR, x->cstar);
	msr_write(MSR_SFMASK, x->sfmask);
	msr_write(MSR_KERNEL_GS_BASE, x->kernel_gs_base);
}

void vmx_get_state(const struct vcpu *v, struct hvm_state *s)
{
	struct vmcs_before before = vmcs_enter(v);
	const struct vmx_vcpu *x = vmx_of(v);

	for (unsigned i = 0; i < HVM_SEGMENTS; i++)
		read_segment((enum hvm_segment_name)i, &s->segment[i]);
	s->cr2 = x->cr2;
	s->cr3 = vmcs_read(VMCS_GUEST_CR3);
	s->dr6 = x->loaded ? dr6_read() : x->dr6;
	s->dr7 = vmcs_read(VMCS_GUEST_DR7);
	s->sysenter_cs = vmcs_read(VMCS_GUEST_SYSENTER_CS);
	s->sysenter_esp = vmcs_read(VMCS_GUEST_SYSENTER_ESP);
	s->sysenter_eip = vmcs_read(VMCS_GUEST_SYSENTER_EIP);
	get_msrs(x, s);
	vmcs_leave(v, before);
}

void vmx_set_state(struct vcpu *v, const struct hvm_state *s)
{
	struct vmcs_before before = vmcs_enter(v);
	struct vmx_vcpu *x = vmx_of(v);

	for (unsigned i = 0; i < HVM_SEGMENTS; i++)
		write_segment((enum hvm_segment_name)i, &s->segment[i]);
	x->cr2 = s->cr2;
	vmcs_write(VMCS_GUEST_CR3, s->cr3);
	x->dr6 = s->dr6;
	if (x->loaded)
		dr6_write(x->dr6);
	vmcs_write(VMCS_GUEST_DR7, s->dr7);
	vmcs_write(VMCS_GUEST_SYSENTER_CS, s->sysenter_cs);
	vmcs_write(VMCS_GUEST_SYSENTER_ESP, s->sysenter_esp);
	vmcs_write(VMCS_GUEST_SYSENTER_EIP, s->sysenter_eip);
	set_msrs(x, s);
	vmcs_write(VMCS_GUEST_SHADOW, 0);
	vmcs_write(VMCS_ENTRY_EVENT, 0);
	vmcs_leave(v, before);
}

uint64_t vmx_get_cr3(const struct vcpu *v)
{
	struct vmcs_before before = vmcs_enter(v);
	uint64_t cr3 = vmcs_read(VMCS_GUEST_CR3);

	vmcs_leave(v, before);
	return cr3;
}

/* ---- modes ----------------------------------------------------------------------------------------------------------- */

/* PAE paging outside of long mode: the CPU loads four entries with CR3, and an entry those that are in the VMCS. Entries of memory
 * that is not there are not present. */
static void load_pdptes(struct vcpu *v)
{
	uint64_t cr3 = vmcs_read(VMCS_GUEST_CR3) & 0xffffffe0;
	mfn_t m = hvm_gfn_lookup(v->domain, cr3 >> PAGE_SHIFT);
	const uint64_t *entries = NULL;

	if (!mfn_eq(m, INVALID_MFN))
		entries = (const void *)((const uint8_t *)mfn_to_virt(m) + (cr3 & (PAGE_SIZE - 1)));
	for (unsigned i = 0; i < 4; i++)
		vmcs_write((enum vmcs_field)(VMCS_GUEST_PDPTE + 2 * i), entries ? entries[i] : 0);
}

void vmx_update_mode(struct vcpu *v)
{
	const struct hvm_vcpu *h = v->hvm;
	struct vmcs_before before = vmcs_enter(v);
	uint64_t host_bits = CR4_VMXE | (cpu_cr4 & CR4_MCE); /* a machine check shall reach us, not end the machine */

	vmcs_write(VMCS_CR0_SHOWN, h->cr0);
	vmcs_write(VMCS_GUEST_CR0, (h->cr0 & ~(HVM_CR0_CD | HVM_CR0_NW)) | HVM_CR0_ET | CR0_NE);
	vmcs_write(VMCS_CR4_SHOWN, h->cr4);
	vmcs_write(VMCS_GUEST_CR4, h->cr4 | host_bits);
	vmcs_write(VMCS_GUEST_EFER, h->efer);
	vmcs_write(VMCS_GUEST_PAT, h->pat);
	vmcs_write(VMCS_ENTRY, vmx_setup.entry | (h->efer & HVM_EFER_LMA ? VMX_ENTRY_GUEST_64 : 0));
	if ((h->cr0 & HVM_CR0_PG) && (h->cr4 & HVM_CR4_PAE) && !(h->efer & HVM_EFER_LMA))
		load_pdptes(v);
	vmx_flush_tlb(v);
	vmcs_leave(v, before);
}
