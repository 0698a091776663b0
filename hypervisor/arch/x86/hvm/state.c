/* state.c - a vcpu's state as a whole: after reset, as the tools give it, as another vcpu gives it */
#include <xen/hvm/hvm_vcpu.h>
#include <xen/hvm/save.h>

#include "arch/x86/control.h"
#include "arch/x86/cpu.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hvm/exit.h"
#include "lib/errno.h"
#include "lib/string.h"

/* Access of segments, as struct hvm_segment has it. */
#define REAL_CODE 0x09b
#define REAL_DATA 0x093
#define LDT	  0x082
#define TSS_BUSY  0x08b
#define LONG_CODE 0xa9b
#define FLAT_DATA 0xc93

#define ACCESS_BITS 0xfff
#define PAT_RESET   0x0007040600070406ULL
#define DR6_RESET   0xffff0ff0ULL
#define DR7_RESET   0x400ULL

#define RFLAGS_FIXED 0x2ULL
#define RFLAGS_VALID 0x3f7fd7ULL

static void set_registers(struct vcpu *v, const struct cpu_user_regs *r)
{
	struct cpu_user_regs to = *r;

	to.rflags = (to.rflags & RFLAGS_VALID) | RFLAGS_FIXED;
	to.entry_vector = 0;
	v->regs = to;
}

/* ---- after reset ----------------------------------------------------------------------------------------------- */

static struct hvm_state reset_state(void)
{
	struct hvm_state s = {.dr6 = DR6_RESET, .dr7 = DR7_RESET};

	for (unsigned i = 0; i < HVM_SEGMENTS; i++)
		s.segment[i] = (struct hvm_segment){.access = REAL_DATA, .limit = 0xffff};
	s.segment[HVM_CS].access = REAL_CODE;
	s.segment[HVM_LDTR].access = LDT;
	s.segment[HVM_TR].access = TSS_BUSY;
	return s;
}

static void reset_modes(struct vcpu *v)
{
	v->hvm->cr0 = CR0_ET;
	v->hvm->cr4 = 0;
	v->hvm->efer = 0;
	v->hvm->pat = PAT_RESET;
}

void hvm_reset(struct vcpu *v)
{
	struct cpu_user_regs r = {.rip = 0xfff0, .rdx = cpuid(1).a};
	struct hvm_state s = reset_state();

	s.segment[HVM_CS].selector = 0xf000;
	s.segment[HVM_CS].base = 0xffff0000;
	timer_stop(&v->hvm->lapic_timer);
	if (!v->hvm->lapic.base)
		lapic_reset(&v->hvm->lapic, v->id * 2, v->id == 0);
	else
		lapic_init(&v->hvm->lapic);
	v->hvm->event.valid = false;
	v->hvm->nmi_pending = v->hvm->nmi_masked = false;
	v->hvm->upcall_vector = 0;
	memset(v->hvm->dr, 0, sizeof(v->hvm->dr));
	fpu_reset(v);
	if (current == v) /* its FPU's state is in the CPU */
		fpu_load(v);
	reset_modes(v);
	set_registers(v, &r);
	hvm->set_state(v, &s);
	hvm->update_mode(v);
}

void hvm_start_real(struct vcpu *v, uint8_t page)
{
	struct cpu_user_regs r = {.rdx = cpuid(1).a};
	struct hvm_state s = reset_state();

	s.segment[HVM_CS].selector = (uint16_t)(page << 8);
	s.segment[HVM_CS].base = (uint32_t)page << 12;
	reset_modes(v);
	set_registers(v, &r);
	hvm->set_state(v, &s);
	hvm->update_mode(v);
}

/* ---- as given -------------------------------------------------------------------------------------------------- */

/* A code segment that this mode can run, and a stack and task segment that the CPU's checks on entry accept. */
static bool segments_valid(const struct hvm_state *s, const struct hvm_modes *m)
{
	const struct hvm_segment *cs = &s->segment[HVM_CS];

	for (unsigned i = 0; i < HVM_SEGMENTS; i++)
		if (!is_canonical(s->segment[i].base))
			return false;
	if (!(cs->access & HVM_SEGMENT_PRESENT) || (cs->access & 0x18) != 0x18)
		return false;
	if ((cs->access & HVM_SEGMENT_LONG) && (cs->access & HVM_SEGMENT_BIG) && (m->efer & HVM_EFER_LMA))
		return false;
	return (s->segment[HVM_TR].access & 0x90) == HVM_SEGMENT_PRESENT;
}

static bool state_valid(const struct hvm_state *s, const struct hvm_modes *m)
{
	if (!hvm_modes_valid(m, &hvm_features) || !segments_valid(s, m))
		return false;
	if (s->cr3 >> cpu_info.phys_bits || s->dr6 >> 32 || s->dr7 >> 32)
		return false;
	return is_canonical(s->lstar) && is_canonical(s->cstar) && is_canonical(s->kernel_gs_base) &&
	       is_canonical(s->sysenter_esp) && is_canonical(s->sysenter_eip);
}

static int take(struct vcpu *v, const struct cpu_user_regs *r, const struct hvm_state *s, const struct hvm_modes *m)
{
	if (!state_valid(s, m) || ((m->efer & HVM_EFER_LMA) && !is_canonical(r->rip)))
		return -EINVAL;
	if (!v->domain->hvm->p2m.root.n) /* without any memory there are no tables that a CPU could walk */
		return -EINVAL;
	v->hvm->cr0 = m->cr0;
	v->hvm->cr4 = m->cr4;
	v->hvm->efer = m->efer;
	v->hvm->event.valid = false;
	set_registers(v, r);
	hvm->set_state(v, s);
	hvm->update_mode(v);
	return 0;
}

#define SEGMENT(c, name)                                                                                               \
	((struct hvm_segment){(uint16_t)(c)->name##_sel, (uint16_t)((c)->name##_arbytes & ACCESS_BITS),                \
			      (c)->name##_limit, (c)->name##_base})

static void state_of_record(const struct hvm_hw_cpu *c, struct hvm_state *s)
{
	*s = (struct hvm_state){
		.segment =
			{
				[HVM_ES] = SEGMENT(c, es),
				[HVM_CS] = SEGMENT(c, cs),
				[HVM_SS] = SEGMENT(c, ss),
				[HVM_DS] = SEGMENT(c, ds),
				[HVM_FS] = SEGMENT(c, fs),
				[HVM_GS] = SEGMENT(c, gs),
				[HVM_LDTR] = SEGMENT(c, ldtr),
				[HVM_TR] = SEGMENT(c, tr),
				[HVM_GDTR] = {.limit = c->gdtr_limit, .base = c->gdtr_base},
				[HVM_IDTR] = {.limit = c->idtr_limit, .base = c->idtr_base},
			},
		.cr2 = c->cr2,
		.cr3 = c->cr3,
		.dr6 = c->dr6 ? c->dr6 : DR6_RESET,
		.dr7 = c->dr7 ? c->dr7 : DR7_RESET,
		.star = c->msr_star,
		.lstar = c->msr_lstar,
		.cstar = c->msr_cstar,
		.sfmask = c->msr_syscall_mask,
		.kernel_gs_base = c->shadow_gs,
		.sysenter_cs = c->sysenter_cs,
		.sysenter_esp = c->sysenter_esp,
		.sysenter_eip = c->sysenter_eip,
	};
}

/* FXSAVE's image; reserved bits of MXCSR would fault when it is loaded (Intel SDM vol. 1, 11.6.6). */
static void set_fpu(struct vcpu *v, const void *image)
{
	fpu_reset(v);
	memcpy(v->fpu, image, 512);
	v->fpu->mxcsr &= 0xffbf;
	if (fpu_size > 512)
		v->fpu->xstate_bv = XSTATE_FP | XSTATE_SSE;
}

int hvm_set_cpu(struct vcpu *v, const struct hvm_hw_cpu *c)
{
	struct cpu_user_regs r = {
		.rax = c->rax,
		.rbx = c->rbx,
		.rcx = c->rcx,
		.rdx = c->rdx,
		.rbp = c->rbp,
		.rsi = c->rsi,
		.rdi = c->rdi,
		.rsp = c->rsp,
		.r8 = c->r8,
		.r9 = c->r9,
		.r10 = c->r10,
		.r11 = c->r11,
		.r12 = c->r12,
		.r13 = c->r13,
		.r14 = c->r14,
		.r15 = c->r15,
		.rip = c->rip,
		.rflags = c->rflags,
	};
	struct hvm_modes m = {c->cr0 | CR0_ET, c->cr4, c->msr_efer};
	struct hvm_state s;
	int ret;

	if (c->pending_valid)
		return -EOPNOTSUPP;
	state_of_record(c, &s);
	ret = take(v, &r, &s, &m);
	if (ret)
		return ret;
	v->hvm->dr[0] = c->dr0;
	v->hvm->dr[1] = c->dr1;
	v->hvm->dr[2] = c->dr2;
	v->hvm->dr[3] = c->dr3;
	if (c->flags & XEN_X86_FPU_INITIALISED)
		set_fpu(v, c->fpu_regs);
	return 0;
}

/* ---- as it is -------------------------------------------------------------------------------------------------- */

#define PUT_SEGMENT(c, name, from)                                                                                     \
	do {                                                                                                           \
		(c)->name##_sel = (from).selector;                                                                     \
		(c)->name##_arbytes = (from).access;                                                                   \
		(c)->name##_limit = (from).limit;                                                                      \
		(c)->name##_base = (from).base;                                                                        \
	} while (0)

static void put_state(struct hvm_hw_cpu *c, const struct hvm_state *s)
{
	PUT_SEGMENT(c, es, s->segment[HVM_ES]);
	PUT_SEGMENT(c, cs, s->segment[HVM_CS]);
	PUT_SEGMENT(c, ss, s->segment[HVM_SS]);
	PUT_SEGMENT(c, ds, s->segment[HVM_DS]);
	PUT_SEGMENT(c, fs, s->segment[HVM_FS]);
	PUT_SEGMENT(c, gs, s->segment[HVM_GS]);
	PUT_SEGMENT(c, ldtr, s->segment[HVM_LDTR]);
	PUT_SEGMENT(c, tr, s->segment[HVM_TR]);
	c->gdtr_limit = s->segment[HVM_GDTR].limit;
	c->gdtr_base = s->segment[HVM_GDTR].base;
	c->idtr_limit = s->segment[HVM_IDTR].limit;
	c->idtr_base = s->segment[HVM_IDTR].base;
	c->cr2 = s->cr2;
	c->cr3 = s->cr3;
	c->dr6 = s->dr6;
	c->dr7 = s->dr7;
	c->msr_star = s->star;
	c->msr_lstar = s->lstar;
	c->msr_cstar = s->cstar;
	c->msr_syscall_mask = s->sfmask;
	c->shadow_gs = s->kernel_gs_base;
	c->sysenter_cs = s->sysenter_cs;
	c->sysenter_esp = s->sysenter_esp;
	c->sysenter_eip = s->sysenter_eip;
}

void hvm_get_cpu(struct vcpu *v, struct hvm_hw_cpu *c)
{
	const struct cpu_user_regs *r = &v->regs;
	struct hvm_state s;

	*c = (struct hvm_hw_cpu){
		.rax = r->rax,
		.rbx = r->rbx,
		.rcx = r->rcx,
		.rdx = r->rdx,
		.rbp = r->rbp,
		.rsi = r->rsi,
		.rdi = r->rdi,
		.rsp = r->rsp,
		.r8 = r->r8,
		.r9 = r->r9,
		.r10 = r->r10,
		.r11 = r->r11,
		.r12 = r->r12,
		.r13 = r->r13,
		.r14 = r->r14,
		.r15 = r->r15,
		.rip = r->rip,
		.rflags = r->rflags,
		.cr0 = v->hvm->cr0,
		.cr4 = v->hvm->cr4,
		.msr_efer = v->hvm->efer,
		.dr0 = v->hvm->dr[0],
		.dr1 = v->hvm->dr[1],
		.dr2 = v->hvm->dr[2],
		.dr3 = v->hvm->dr[3],
		.tsc = time_tsc(),
		.flags = XEN_X86_FPU_INITIALISED,
	};
	memcpy(c->fpu_regs, v->fpu, sizeof(c->fpu_regs));
	hvm->get_state(v, &s);
	put_state(c, &s);
}

/* ---- VCPUOP_initialise ----------------------------------------------------------------------------------------- */

/* Descriptors' bits 40-47 and 52-55 come as such, with a hole of four bits between them gone. */
static void protected_state(const struct vcpu_hvm_x86_32 *c, struct hvm_state *s)
{
	s->segment[HVM_CS] = (struct hvm_segment){.access = c->cs_ar, .limit = c->cs_limit, .base = c->cs_base};
	s->segment[HVM_DS] = (struct hvm_segment){.access = c->ds_ar, .limit = c->ds_limit, .base = c->ds_base};
	s->segment[HVM_ES] = (struct hvm_segment){.access = c->es_ar, .limit = c->es_limit, .base = c->es_base};
	s->segment[HVM_SS] = (struct hvm_segment){.access = c->ss_ar, .limit = c->ss_limit, .base = c->ss_base};
	s->segment[HVM_TR] = (struct hvm_segment){.access = c->tr_ar, .limit = c->tr_limit, .base = c->tr_base};
	s->cr3 = c->cr3;
}

static int start_protected(struct vcpu *v, const struct vcpu_hvm_x86_32 *c)
{
	struct cpu_user_regs r = {
		.rax = c->eax,
		.rcx = c->ecx,
		.rdx = c->edx,
		.rbx = c->ebx,
		.rsp = c->esp,
		.rbp = c->ebp,
		.rsi = c->esi,
		.rdi = c->edi,
		.rip = c->eip,
		.rflags = c->eflags,
	};
	struct hvm_modes m = {c->cr0 | CR0_ET, c->cr4, c->efer};
	struct hvm_state s = reset_state();

	if (!(c->cr0 & CR0_PE) || c->pad1 || c->pad2[0] || c->pad2[1] || c->pad2[2])
		return -EINVAL;
	protected_state(c, &s);
	return take(v, &r, &s, &m);
}

static int start_long(struct vcpu *v, const struct vcpu_hvm_x86_64 *c)
{
	struct cpu_user_regs r = {
		.rax = c->rax,
		.rcx = c->rcx,
		.rdx = c->rdx,
		.rbx = c->rbx,
		.rsp = c->rsp,
		.rbp = c->rbp,
		.rsi = c->rsi,
		.rdi = c->rdi,
		.rip = c->rip,
		.rflags = c->rflags,
	};
	struct hvm_modes m = {c->cr0 | CR0_ET, c->cr4, c->efer};
	struct hvm_state s = reset_state();

	if (!(c->efer & HVM_EFER_LMA))
		return -EINVAL;
	for (unsigned i = HVM_ES; i <= HVM_GS; i++)
		s.segment[i] = (struct hvm_segment){.access = FLAT_DATA, .limit = ~0u};
	s.segment[HVM_CS].access = LONG_CODE;
	s.segment[HVM_TR].limit = 0x67;
	s.cr3 = c->cr3;
	return take(v, &r, &s, &m);
}

int hvm_set_context(struct vcpu *v, const struct vcpu_hvm_context *c)
{
	if (c->pad)
		return -EINVAL;
	switch (c->mode) {
	case VCPU_HVM_MODE_32B:
		return start_protected(v, &c->cpu_regs.x86_32);
	case VCPU_HVM_MODE_64B:
		return start_long(v, &c->cpu_regs.x86_64);
	default:
		return -EINVAL;
	}
}
