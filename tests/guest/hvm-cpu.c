/* hvm-cpu.c - what the processor of a domain under hardware virtualization is, and what of it the domain may change
 *
 * Mechanism: MSRs, control registers, CPUID and the instructions that exit; exceptions that the CPU delivers by itself, and those
 * that the hypervisor injects.
 * Promise: docs/hvm.md: MSRs and control bits are a list; what is not on it does not exist. Everything else is as on a machine.
 * Probe: use what is there, and everything that is not, from ring 0; a second processor that begins in 32-bit code without paging.
 */
#include <xen/hvm/hvm_vcpu.h>

#include "runtime/hvm.h"

const char test_title[] = "the processor of a domain with hardware virtualization";
TEST_HVM("+npt");

#define MSR_EFER 0xc0000080
#define MSR_PAT	 0x277

/* ---- MSRs ---------------------------------------------------------------------------------------------------------- */

static void efer(void)
{
	CHECK(rdmsr(MSR_EFER) == HVM_EFER, "EFER: %#lx", rdmsr(MSR_EFER));
	EXPECT(try_wrmsr(MSR_EFER, HVM_EFER | 0x1000), TRAP_GP);     /* SVME */
	EXPECT(try_wrmsr(MSR_EFER, HVM_EFER | 1UL << 40), TRAP_GP);  /* reserved */
	EXPECT(try_wrmsr(MSR_EFER, HVM_EFER & ~0x100UL), TRAP_GP);   /* LME with paging on */
	EXPECT(try_wrmsr(MSR_EFER, HVM_EFER & ~0x400UL), TRAP_NONE); /* LMA is not to be written */
	CHECK(rdmsr(MSR_EFER) == HVM_EFER, "EFER, after that: %#lx", rdmsr(MSR_EFER));
}

static void other_msrs(void)
{
	/* A machine's own, and none at all: SMM, virtualization itself, machine checks, counters, debugging stores. */
	static const uint32_t absent[] = {
		0x12345,    0x40000001, 0xc0010114, 0xc0010117, 0xc0010111, 0x3a,      0x480, 0x48b,
		0x400,	    0x186,	0xc1,	    0x600,	0x3b,	    0x1d9 + 1, 0xda0, 0xc0000103 + 0x100,
		0xffffffff, 0x80000000};

	for (unsigned i = 0; i < ARRAY_SIZE(absent); i++) {
		CHECK(try_rdmsr(absent[i]) == TRAP_GP, "MSR %#x can be read", absent[i]);
		CHECK(try_wrmsr(absent[i], 0x1000) == TRAP_GP, "MSR %#x can be written", absent[i]);
	}
	EXPECT(try_wrmsr(MSR_PAT, 2), TRAP_GP);
	EXPECT(try_wrmsr(MSR_PAT, 0x0007040600070406), TRAP_NONE);
	wrmsr(0xc0000102, 0x123456789);
	CHECK(rdmsr(0xc0000102) == 0x123456789, "KERNEL_GS_BASE: %#lx", rdmsr(0xc0000102));
	__asm__ volatile("swapgs");
	CHECK(rdmsr(0xc0000101) == 0x123456789, "GS_BASE after SWAPGS: %#lx", rdmsr(0xc0000101));
	__asm__ volatile("swapgs");
	yield();
	CHECK(rdmsr(0xc0000102) == 0x123456789, "KERNEL_GS_BASE after another domain: %#lx", rdmsr(0xc0000102));
}

/* ---- control registers ----------------------------------------------------------------------------------------------- */

static int set_cr0(uint64_t value)
{
	return TRY("mov %0, %%cr0" ::"r"(value) : "memory").vector;
}

static int set_cr4(uint64_t value)
{
	return TRY("mov %0, %%cr4" ::"r"(value) : "memory").vector;
}

static int set_cr8(uint64_t value)
{
	return TRY("mov %0, %%cr8" ::"r"(value) : "memory").vector;
}

static uint64_t cr0(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

static uint64_t cr4(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

static void control_registers(void)
{
	uint64_t cr8;

	CHECK(cr0() == HVM_CR0 && cr4() == HVM_CR4, "CR0 %#lx, CR4 %#lx", cr0(), cr4());
	EXPECT(set_cr0(HVM_CR0 & ~1UL), TRAP_GP);	/* PG without PE */
	EXPECT(set_cr0(HVM_CR0 | 0x20000000), TRAP_GP); /* NW without CD */
	EXPECT(set_cr0(HVM_CR0 | 1UL << 32), TRAP_GP);
	EXPECT(set_cr0(HVM_CR0 & ~0x80000000UL), TRAP_GP); /* PG off in 64-bit code */
	EXPECT(set_cr0(HVM_CR0 | 8), TRAP_NONE);	   /* TS */
	CHECK(cr0() == (HVM_CR0 | 8), "CR0 with TS: %#lx", cr0());
	EXPECT(TRY("fninit").vector, TRAP_NM);
	EXPECT(TRY("clts").vector, TRAP_NONE);
	CHECK(cr0() == HVM_CR0, "CR0 after CLTS: %#lx", cr0());
	EXPECT(TRY("fninit").vector, TRAP_NONE);
	EXPECT(TRY("lmsw %%ax" ::"a"(HVM_CR0 | 8)).vector, TRAP_NONE);
	CHECK(cr0() == (HVM_CR0 | 8), "CR0 after LMSW: %#lx", cr0());
	EXPECT(TRY("lmsw %%ax" ::"a"(0)).vector, TRAP_NONE); /* which does not clear PE */
	CHECK((cr0() & 0xf) == 1, "CR0 after LMSW of 0: %#lx", cr0());
	EXPECT(set_cr0(HVM_CR0), TRAP_NONE);
	EXPECT(set_cr4(HVM_CR4 & ~0x20UL), TRAP_GP); /* PAE */
	EXPECT(set_cr4(HVM_CR4 | 1 << 13), TRAP_GP); /* VMXE */
	EXPECT(set_cr4(HVM_CR4 | 1 << 12), TRAP_GP); /* LA57 */
	EXPECT(set_cr4(HVM_CR4 | 1 << 14), TRAP_GP); /* SMXE */
	EXPECT(set_cr4(HVM_CR4 | 1UL << 32), TRAP_GP);
	EXPECT(set_cr4(HVM_CR4 | 0x80), TRAP_NONE); /* PGE */
	CHECK(cr4() == (HVM_CR4 | 0x80), "CR4 with PGE: %#lx", cr4());
	EXPECT(set_cr4(HVM_CR4), TRAP_NONE);
	EXPECT(set_cr8(16), TRAP_GP);
	EXPECT(set_cr8(3), TRAP_NONE);
	__asm__ volatile("mov %%cr8, %0" : "=r"(cr8));
	CHECK(cr8 == 3, "CR8: %lu", cr8);
	EXPECT(set_cr8(0), TRAP_NONE);
}

/* ---- instructions and CPUID ------------------------------------------------------------------------------------------- */

static void instructions(void)
{
	static uint64_t page[512] __attribute__((aligned(4096)));

	EXPECT(TRY("vmrun %%rax" ::"a"(physical(page))).vector, TRAP_UD);
	EXPECT(TRY("vmload %%rax" ::"a"(physical(page))).vector, TRAP_UD);
	EXPECT(TRY("vmsave %%rax" ::"a"(physical(page))).vector, TRAP_UD);
	EXPECT(TRY("clgi").vector, TRAP_UD);
	EXPECT(TRY("stgi").vector, TRAP_UD);
	EXPECT(TRY("invlpga %%rax, %%ecx" ::"a"(0), "c"(0)).vector, TRAP_UD);
	EXPECT(TRY("vmxon %0" ::"m"(page[0])).vector, TRAP_UD);
	EXPECT(TRY("vmptrld %0" ::"m"(page[0])).vector, TRAP_UD);
	EXPECT(TRY("vmlaunch").vector, TRAP_UD);
	EXPECT((is_intel() ? TRY("vmmcall" ::"a"(0)) : TRY("vmcall" ::"a"(0))).vector, TRAP_UD);
	EXPECT(TRY("monitor" ::"a"(page), "c"(0), "d"(0)).vector, TRAP_UD);
	EXPECT(TRY("mwait" ::"a"(0), "c"(0)).vector, TRAP_UD);
	EXPECT(TRY("rdpmc" : : "c"(0) : "rax", "rdx").vector, TRAP_GP);
	EXPECT(TRY("xsetbv" ::"a"(1), "c"(0), "d"(0)).vector, TRAP_UD); /* CR4.OSXSAVE is off */
	EXPECT(TRY("rsm").vector, TRAP_UD);
	EXPECT(TRY("wbinvd").vector, TRAP_NONE);
	EXPECT(TRY("invd").vector, TRAP_NONE);
	EXPECT(TRY("rdtscp" ::: "rax", "rcx", "rdx").vector, cpuid(0x80000001, 0).d >> 27 & 1 ? TRAP_NONE : TRAP_UD);
}

static void cpuid_leaves(void)
{
	struct cpuid_words w = cpuid(1, 0);

	CHECK(w.c >> 31 & 1, "no hypervisor bit");
	CHECK(w.c >> 21 & 1, "no x2APIC");
	CHECK(!(w.c & (1 << 5 | 1 << 3 | 1 << 17 | 1 << 24)), "VMX, MONITOR, PCID or the TSC's deadline: %#x", w.c);
	CHECK((w.d & (1 << 9 | 1 << 7 | 1 << 12 | 1 << 14)) == 1 << 9, "APIC, MCE, MTRR, MCA: %#x", w.d);
	CHECK(!(w.c >> 27 & 1), "OSXSAVE, with CR4's bit clear");
	w = cpuid(0x40000000, 0);
	CHECK(w.b == 0x566e6558 && w.c == 0x65584d4d && w.d == 0x4d4d566e, "the interface's signature: %x %x %x", w.b,
	      w.c, w.d);
	CHECK(cpuid(0x40000002, 0).a == 1 && cpuid(0x40000002, 0).b == 0x40000000, "the hypercall page's MSR");
	CHECK(!(cpuid(0x80000001, 0).c & 4), "SVM");
	w = cpuid(0x8000000a, 0);
	CHECK(!(w.a | w.b | w.c | w.d), "of SVM: %x %x %x %x", w.a, w.b, w.c, w.d);
	w = cpuid(0xa, 0);
	CHECK(!(w.a & 0xff), "counters: %x", w.a);
}

/* The compact format of XSAVE's area: its parts, one behind the other. */
static void xsave_size(void)
{
	struct cpuid_words all = cpuid(0xd, 0);
	uint32_t size = 576;

	if (!(cpuid(1, 0).c >> 26 & 1) || !(cpuid(0xd, 1).a & 2))
		return;
	EXPECT(set_cr4(HVM_CR4 | 1 << 18), TRAP_NONE);
	EXPECT(TRY("xsetbv" ::"a"(all.a), "c"(0), "d"(all.d)).vector, TRAP_NONE);
	for (uint32_t i = 2; i < 32; i++) {
		struct cpuid_words part = cpuid(0xd, i);

		if (all.a >> i & 1)
			size = (part.c & 2 ? (size + 63) & ~63u : size) + part.a;
	}
	CHECK(cpuid(0xd, 1).b == size, "XSAVEC writes %u bytes for %#x, and not %u", size, all.a, cpuid(0xd, 1).b);
	EXPECT(TRY("xsetbv" ::"a"(1), "c"(0), "d"(0)).vector, TRAP_NONE);
	EXPECT(set_cr4(HVM_CR4), TRAP_NONE);
}

/* ---- exceptions -------------------------------------------------------------------------------------------------------- */

#define COMES(try, trap, code)                                                                                         \
	({                                                                                                             \
		struct outcome o_ = (try);                                                                             \
		CHECK(o_.vector == (trap) && o_.at.error_code == (uint64_t)(code), "%s: vector %d, error %#lx", #try,  \
		      o_.vector, o_.at.error_code);                                                                    \
	})

static void exceptions(void)
{
	struct outcome o;

	COMES(TRY("div %%cl" ::"a"(1), "c"(0)), 0, 0);
	COMES(TRY("int3"), TRAP_BP, 0);
	COMES(TRY("int $4"), TRAP_OF, 0);
	COMES(TRY("int $0x66"), 0x66, 0);
	COMES(TRY("ud2"), TRAP_UD, 0);
	COMES(TRY("mov %0, %%ds" ::"r"(0x40)), TRAP_GP, 0x40); /* behind the GDT's limit */
	COMES(TRY("mov %0, %%ss" ::"r"(0)), TRAP_NONE, 0);     /* null is allowed in ring 0 */
	__asm__ volatile("mov %0, %%ss" ::"r"(HVM_DS));
	COMES(TRY("mov (%0), %%al" ::"r"(1UL << 47) : "al"), TRAP_GP, 0);
	COMES(TRY("mov (%%rsp), %%al" : : : "al"), TRAP_NONE, 0);
	o = TRY("movb $1, (%0)" ::"r"(0x123456789000) : "memory");
	CHECK(o.vector == TRAP_PF && o.at.error_code == 2 && o.cr2 == 0x123456789000, "#PF: %d, %#lx at %#lx", o.vector,
	      o.at.error_code, o.cr2);
	o = TRY("pushf; orl $0x100, (%%rsp); popf; nop" ::: "memory");
	CHECK(o.vector == TRAP_DB, "single step: %d", o.vector);
	o = TRY("pushf; orl $0x100, (%%rsp); popf; sti; nop; cli" ::
			: "memory"); /* #DB in the shadow of STI, or behind it */
	__asm__ volatile("cli");
	CHECK(o.vector == TRAP_DB, "single step over STI: %d", o.vector);
	o = TRY("mov %%ss, %%eax; pushf; orl $0x100, (%%rsp); popf; mov %%eax, %%ss; nop" ::: "eax", "memory");
	CHECK(o.vector == TRAP_DB, "single step over MOV SS: %d", o.vector);
}

/* Breakpoints of its own, and they stay so when others run. */
static void breakpoint(void)
{
	static volatile uint8_t watched;
	struct outcome o;
	uint64_t dr6;

	__asm__ volatile("mov %0, %%dr0; mov %1, %%dr7" ::"r"(&watched), "r"(0x10402UL));
	yield();
	o = TRY("movb $1, %0; nop" : "=m"(watched));
	__asm__ volatile("mov %%dr6, %0; mov %1, %%dr7" : "=r"(dr6) : "r"(0x400UL));
	CHECK(o.vector == TRAP_DB && (dr6 & 0xf) == 1, "a watched write: vector %d, DR6 %#lx", o.vector, dr6);
	__asm__ volatile("mov %0, %%dr6" ::"r"(0xffff0ff0UL));
}

/* ---- other vcpus ------------------------------------------------------------------------------------------------------- */

extern const uint8_t hvm_flat_entry[];

static struct vcpu_hvm_context flat_context(volatile uint32_t *tell)
{
	struct vcpu_hvm_context c = {.mode = VCPU_HVM_MODE_32B};

	c.cpu_regs.x86_32 = (struct vcpu_hvm_x86_32){
		.eip = (uint32_t)physical(hvm_flat_entry),
		.edi = (uint32_t)physical(tell),
		.ecx = 0x12345678,
		.eflags = 2,
		.cr0 = 0x31,
		.cs_limit = ~0u,
		.cs_ar = 0xc9b,
		.ds_limit = ~0u,
		.ds_ar = 0xc93,
		.es_limit = ~0u,
		.es_ar = 0xc93,
		.ss_limit = ~0u,
		.ss_ar = 0xc93,
		.tr_limit = 0x67,
		.tr_ar = 0x8b,
	};
	return c;
}

/* In protected mode, without paging. It halts at its end. */
static void flat_vcpu(void)
{
	static volatile uint32_t told[2];
	struct vcpu_hvm_context c = flat_context(told);
	uint64_t end = now() + 5000000000;

#define BAD(change)                                                                                                    \
	({                                                                                                             \
		struct vcpu_hvm_context b = c;                                                                         \
		change;                                                                                                \
		CHECK(CALL3(vcpu_op, VCPUOP_initialise, 1, &b) == -XEN_EINVAL, "a vcpu with %s is taken", #change);    \
	})
	BAD(b.mode = 2);
	BAD(b.pad = 1);
	BAD(b.cpu_regs.x86_32.pad1 = 1);
	BAD(b.cpu_regs.x86_32.cr0 = 0x30);
	BAD(b.cpu_regs.x86_32.cr0 |= 1u << 29); /* NW without CD */
	BAD(b.cpu_regs.x86_32.cr4 = 1u << 13);
	BAD(b.cpu_regs.x86_32.efer = 1u << 12);
	BAD(b.cpu_regs.x86_32.cs_ar = 0xc93);
	BAD(b.cpu_regs.x86_32.tr_ar = 0);
	BAD(b.mode = VCPU_HVM_MODE_64B); /* for which these registers make no sense */
	EXPECT(CALL3(vcpu_op, VCPUOP_up, 1, NULL), -XEN_EINVAL);
	EXPECT(CALL3(vcpu_op, VCPUOP_initialise, 1, 1UL << 40), -XEN_EFAULT);
	EXPECT(CALL3(vcpu_op, VCPUOP_initialise, 0, &c), -XEN_EEXIST);
	EXPECT(CALL3(vcpu_op, VCPUOP_initialise, 1, &c), 0);
	EXPECT(CALL3(vcpu_op, VCPUOP_initialise, 1, &c), -XEN_EEXIST);
	EXPECT(CALL3(vcpu_op, VCPUOP_up, 1, NULL), 0);
	while (!told[1] && now() < end)
		yield();
	CHECK(told[0] == 0x12345678 && told[1] == 0x31, "the second vcpu told %#x, CR0 %#x", told[0], told[1]);
}

static void processor(struct area *a)
{
	(void)a;
	efer();
	other_msrs();
	control_registers();
	instructions();
	cpuid_leaves();
	xsave_size();
	exceptions();
	breakpoint();
	flat_vcpu();
}

void test_main(void)
{
	struct partner *p = partner_new_hvm(processor, 2);

	partner_go(p);
	partner_wait(p);
	partner_end(p);
}
