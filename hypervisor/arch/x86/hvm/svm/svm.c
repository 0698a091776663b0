/* svm.c - AMD-V: switching it on, control blocks, and the vendor's part of struct hvm_ops */
#include "arch/x86/hvm/svm/svm.h"
#include "arch/x86/cpu.h"
#include "core/decode.h"
#include "kern/memory.h"
#include "kern/printk.h"
#include "lib/errno.h"

#define MSR_VM_CR      0xc0010114
#define MSR_VM_HSAVE   0xc0010117
#define VM_CR_DISABLED BIT(4)

#define EFER_SVME 0x1000

#define SVM_LEAF	  0x8000000a
#define SVM_NESTED	  BIT(0) /* of its edx */
#define SVM_NEXT_RIP	  BIT(3)
#define SVM_REVISION_MASK 0xff

#define EXCEPTION_DB 1
#define EXCEPTION_AC 17
#define EXCEPTION_MC 18

/* A vcpu that waits so long for another one waits for one that does not run: some ten thousands of cycles. A CPU without these two
 * fields exits at each PAUSE. */
#define PAUSE_COUNT	3000
#define PAUSE_THRESHOLD 128

struct svm_features svm_features;

/* ---- the machine ----------------------------------------------------------------------------------------------- */

bool svm_usable(void)
{
	struct cpuid r;
	uint64_t vm_cr;

	if (!cpu_has(CPU_SVM) || cpu_info.max_ext_leaf < SVM_LEAF)
		return false;
	r = cpuid(SVM_LEAF);
	if (!(r.d & SVM_NESTED)) {
		log_info("AMD-V is there, but without nested paging: not used");
		return false;
	}
	if (!msr_read_safe(MSR_VM_CR, &vm_cr) || vm_cr & VM_CR_DISABLED) {
		log_info("AMD-V is there, but the firmware has switched it off");
		return false;
	}
	svm_features = (struct svm_features){.asids = MAX(r.b, 2u), .next_rip = r.d & SVM_NEXT_RIP};
	return true;
}

/* The host's own block keeps its task register and MSRs while a guest's are loaded; the area is the CPU's own
 * affair. */
static int init_this(void)
{
	struct cpu *c = this_cpu();
	void *area, *block;

	if (!svm_io_bitmap && svm_make_bitmaps())
		return -ENOMEM;
	area = pages_alloc(0);
	block = pages_alloc(0);
	if (!area || !block)
		return -ENOMEM;
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SVME);
	msr_write(MSR_VM_HSAVE, paddr_of_mfn(virt_to_mfn(area)));
	c->hvm_block = paddr_of_mfn(virt_to_mfn(block));
	__asm__ volatile("vmsave %0" ::"a"(c->hvm_block) : "memory");
	return 0;
}

/* ---- control blocks -------------------------------------------------------------------------------------------- */

/* What makes a guest exit. #AC and #DB because delivering one may raise it again without end; the rest is what is
 * ours to do, and instructions that are not offered. */
static void set_intercepts(struct vmcb *b)
{
	b->cr_reads = BIT(8);
	b->cr_writes = BIT(0) | BIT(4) | BIT(8);
	b->exceptions = BIT(EXCEPTION_DB) | BIT(EXCEPTION_AC) | BIT(EXCEPTION_MC);
	b->intercepts1 = INTERCEPT_INTR | INTERCEPT_NMI | INTERCEPT_INIT | INTERCEPT_RDPMC | INTERCEPT_CPUID |
			 INTERCEPT_RSM | INTERCEPT_INVD | INTERCEPT_PAUSE | INTERCEPT_HLT | INTERCEPT_INVLPGA |
			 INTERCEPT_IO | INTERCEPT_MSR | INTERCEPT_FERR | INTERCEPT_SHUTDOWN;
	b->intercepts2 = INTERCEPT_VMRUN | INTERCEPT_VMMCALL | INTERCEPT_VMLOAD | INTERCEPT_VMSAVE | INTERCEPT_STGI |
			 INTERCEPT_CLGI | INTERCEPT_SKINIT | INTERCEPT_WBINVD | INTERCEPT_MONITOR | INTERCEPT_MWAIT;
	if (cpu_has(CPU_RDTSCP))
		b->intercepts2 |= INTERCEPT_RDTSCP;
	if (cpu_has(CPU_XSAVE))
		b->intercepts2 |= INTERCEPT_XSETBV;
}

static int create(struct vcpu *v)
{
	struct svm_vcpu *s = heap_alloc(sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->vmcb = pages_alloc(0);
	if (!s->vmcb) {
		heap_free(s, sizeof(*s));
		return -ENOMEM;
	}
	s->address = paddr_of_mfn(virt_to_mfn(s->vmcb));
	s->asid_cpu = MAX_CPUS;
	v->hvm->svm = s;
	set_intercepts(s->vmcb);
	s->vmcb->io_bitmap = svm_io_bitmap;
	s->vmcb->msr_bitmap = svm_msr_bitmap;
	s->vmcb->vintr = VINTR_MASKING;
	s->vmcb->nested_control = 1;
	s->vmcb->pause_threshold = PAUSE_THRESHOLD;
	s->vmcb->pause_count = PAUSE_COUNT;
	return 0;
}

static void destroy(struct vcpu *v)
{
	struct svm_vcpu *s = v->hvm->svm;

	if (!s)
		return;
	pages_free(s->vmcb, 0);
	heap_free(s, sizeof(*s));
	v->hvm->svm = NULL;
}

/* ---- state ----------------------------------------------------------------------------------------------------- */

static struct vmcb_segment *segment_of(struct vmcb *b, enum hvm_segment_name name)
{
	static const uint16_t offset[HVM_SEGMENTS] = {
		[HVM_ES] = offsetof(struct vmcb, es),	  [HVM_CS] = offsetof(struct vmcb, cs),
		[HVM_SS] = offsetof(struct vmcb, ss),	  [HVM_DS] = offsetof(struct vmcb, ds),
		[HVM_FS] = offsetof(struct vmcb, fs),	  [HVM_GS] = offsetof(struct vmcb, gs),
		[HVM_LDTR] = offsetof(struct vmcb, ldtr), [HVM_TR] = offsetof(struct vmcb, tr),
		[HVM_GDTR] = offsetof(struct vmcb, gdtr), [HVM_IDTR] = offsetof(struct vmcb, idtr),
	};

	return (struct vmcb_segment *)((uint8_t *)b + offset[name]);
}

/* The privilege level is a field of its own; ours is told as SS's. */
static void get_segment(const struct vcpu *v, enum hvm_segment_name name, struct hvm_segment *s)
{
	struct vmcb *b = vmcb_of(v);
	const struct vmcb_segment *from = segment_of(b, name);

	*s = (struct hvm_segment){from->selector, from->access, from->limit, from->base};
	if (name == HVM_SS)
		s->access = (uint16_t)((s->access & ~0x60u) | (uint16_t)(b->cpl << 5));
}

static void get_state(const struct vcpu *v, struct hvm_state *s)
{
	const struct vmcb *b = vmcb_of(v);

	for (unsigned i = 0; i < HVM_SEGMENTS; i++)
		get_segment(v, (enum hvm_segment_name)i, &s->segment[i]);
	s->cr2 = b->cr2;
	s->cr3 = b->cr3;
	s->dr6 = b->dr6;
	s->dr7 = b->dr7;
	s->star = b->star;
	s->lstar = b->lstar;
	s->cstar = b->cstar;
	s->sfmask = b->sfmask;
	s->kernel_gs_base = b->kernel_gs_base;
	s->sysenter_cs = b->sysenter_cs;
	s->sysenter_esp = b->sysenter_esp;
	s->sysenter_eip = b->sysenter_eip;
}

static void set_state(struct vcpu *v, const struct hvm_state *s)
{
	struct vmcb *b = vmcb_of(v);

	for (unsigned i = 0; i < HVM_SEGMENTS; i++) {
		const struct hvm_segment *from = &s->segment[i];

		*segment_of(b, (enum hvm_segment_name)i) =
			(struct vmcb_segment){from->selector, from->access, from->limit, from->base};
	}
	b->cpl = b->ss.access >> 5 & 3;
	b->cr2 = s->cr2;
	b->cr3 = s->cr3;
	b->dr6 = s->dr6;
	b->dr7 = s->dr7;
	b->star = s->star;
	b->lstar = s->lstar;
	b->cstar = s->cstar;
	b->sfmask = s->sfmask;
	b->kernel_gs_base = s->kernel_gs_base;
	b->sysenter_cs = s->sysenter_cs;
	b->sysenter_esp = s->sysenter_esp;
	b->sysenter_eip = s->sysenter_eip;
	b->shadow = 0;
	b->event = 0;
}

static uint64_t get_cr3(const struct vcpu *v)
{
	return vmcb_of(v)->cr3;
}

static void flush_tlb(struct vcpu *v)
{
	v->hvm->svm->asid_cpu = MAX_CPUS;
}

static void update_mode(struct vcpu *v)
{
	struct vmcb *b = vmcb_of(v);

	b->cr0 = v->hvm->cr0;
	b->cr4 = v->hvm->cr4;
	b->efer = v->hvm->efer | EFER_SVME;
	b->pat = v->hvm->pat;
	flush_tlb(v);
}

/* ---- interrupts ------------------------------------------------------------------------------------------------ */

static bool interruptible(const struct vcpu *v)
{
	return v->regs.rflags & RFLAGS_IF && !(vmcb_of(v)->shadow & 1);
}

/* A virtual interrupt that is asked for, and intercepted: an exit as soon as one could be taken. */
static void want_window(struct vcpu *v, bool wanted)
{
	struct vmcb *b = vmcb_of(v);

	if (wanted) {
		b->intercepts1 |= INTERCEPT_VINTR;
		b->vintr = VINTR_ASK(0);
	} else {
		b->intercepts1 &= ~(uint32_t)INTERCEPT_VINTR;
		b->vintr = VINTR_MASKING;
	}
}

static void end_shadow(struct vcpu *v)
{
	vmcb_of(v)->shadow &= ~1ULL;
}

/* The end of the guest's handler lets the next one come. */
static void mask_nmi(struct vcpu *v, bool masked)
{
	struct vmcb *b = vmcb_of(v);

	v->hvm->nmi_masked = masked;
	if (masked)
		b->intercepts1 |= INTERCEPT_IRET;
	else
		b->intercepts1 &= ~(uint32_t)INTERCEPT_IRET;
}

const struct hvm_ops svm_ops = {
	.name = "svm",
	.hypercall = {0x0f, 0x01, 0xd9},
	.hypercall_kind = INSN_VMMCALL,
	.p2m_leaf = 0x60, /* accessed, dirty: the CPU need not write them */
	.large_pages = true,
	.init_this = init_this,
	.create = create,
	.destroy = destroy,
	.run = svm_run,
	.get_state = get_state,
	.set_state = set_state,
	.get_segment = get_segment,
	.get_cr3 = get_cr3,
	.update_mode = update_mode,
	.flush_tlb = flush_tlb,
	.interruptible = interruptible,
	.want_window = want_window,
	.end_shadow = end_shadow,
	.mask_nmi = mask_nmi,
};
