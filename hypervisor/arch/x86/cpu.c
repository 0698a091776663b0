/* cpu.c - what this CPU can do, and putting it into the state we run in */
#include "arch/x86/cpu.h"
#include "arch/x86/percpu.h"
#include "arch/x86/pv/entry.h"
#include "kern/printk.h"
#include "lib/string.h"

struct cpu_info cpu_info;
uint64_t cpu_cr4;

static void read_features(uint32_t feature[CPU_WORDS])
{
	uint32_t leaves = cpuid(0).a, ext = cpuid(0x80000000).a;
	struct cpuid r = cpuid(1);

	memset(feature, 0, CPU_WORDS * sizeof(feature[0]));
	feature[CPU_WORD_1D] = r.d;
	feature[CPU_WORD_1C] = r.c;
	if (leaves >= 7) {
		r = cpuid_count(7, 0);
		feature[CPU_WORD_7B] = r.b;
		feature[CPU_WORD_7C] = r.c;
		feature[CPU_WORD_7D] = r.d;
	}
	if (leaves >= 0xd)
		feature[CPU_WORD_D1A] = cpuid_count(0xd, 1).a;
	if (ext >= 0x80000001 && ext < 0x80010000) {
		r = cpuid(0x80000001);
		feature[CPU_WORD_EXT1D] = r.d;
		feature[CPU_WORD_EXT1C] = r.c;
		if (ext >= 0x80000007)
			feature[CPU_WORD_EXT7D] = cpuid(0x80000007).d;
	}
}

static void read_names(void)
{
	struct cpuid r = cpuid(0);

	memcpy(&cpu_info.vendor_name[0], &r.b, 4);
	memcpy(&cpu_info.vendor_name[4], &r.d, 4);
	memcpy(&cpu_info.vendor_name[8], &r.c, 4);
	if (!strcmp(cpu_info.vendor_name, "GenuineIntel"))
		cpu_info.vendor = CPU_VENDOR_INTEL;
	else if (!strcmp(cpu_info.vendor_name, "AuthenticAMD") || !strcmp(cpu_info.vendor_name, "HygonGenuine"))
		cpu_info.vendor = CPU_VENDOR_AMD;

	if (cpu_info.max_ext_leaf < 0x80000004)
		return;
	for (unsigned i = 0; i < 3; i++) {
		r = cpuid(0x80000002 + i);
		memcpy(cpu_info.model_name + 16 * i, &r, 16);
	}
}

/* Family, model and stepping, each of which CPUID splits in two. */
static void read_signature(void)
{
	uint32_t a = cpuid(1).a;

	cpu_info.stepping = a & 0xf;
	cpu_info.family = a >> 8 & 0xf;
	cpu_info.model = a >> 4 & 0xf;
	if (cpu_info.family == 6 || cpu_info.family == 15)
		cpu_info.model |= a >> 12 & 0xf0;
	if (cpu_info.family == 15)
		cpu_info.family += a >> 20 & 0xff;
}

/* QEMU's software emulation (seen in 7.2) reads a ring-3 IRETQ's frame as if ring 0 did, so SMAP makes it fault; and guest
 * kernels run in ring 3. */
static void drop_broken_features(void)
{
	struct cpuid r = {0};

	if (cpu_has(CPU_HYPERVISOR))
		r = cpuid(0x40000000);
	if (!memcmp((const uint8_t *)&r + offsetof(struct cpuid, b), "TCGTCGTCGTCG", 12))
		cpu_info.feature[CPU_SMAP / 32] &= ~(1U << CPU_SMAP % 32);
}

void cpu_detect(void)
{
	cpu_info.max_leaf = cpuid(0).a;
	cpu_info.max_ext_leaf = cpuid(0x80000000).a;
	read_names();
	read_signature();
	read_features(cpu_info.feature);
	drop_broken_features();
	cpu_info.phys_bits = 36;
	cpu_info.virt_bits = 48;
	if (cpu_info.max_ext_leaf >= 0x80000008) {
		uint32_t a = cpuid(0x80000008).a;

		cpu_info.phys_bits = a & 0xff;
		cpu_info.virt_bits = a >> 8 & 0xff;
	}
	log_info("CPU: %s, %s family %u model %u stepping %u, %u physical address bits\n",
		 cpu_info.model_name[0] ? cpu_info.model_name : "(no name)", cpu_info.vendor_name, cpu_info.family,
		 cpu_info.model, cpu_info.stepping, cpu_info.phys_bits);
}

/* What all CPUs must agree on, as guests move between them. */
static void check_same_features(void)
{
	uint32_t here[CPU_WORDS];

	read_features(here);
	here[CPU_WORD_1C] |= 1U << 27; /* OSXSAVE: follows CR4, which may not be set yet */
	for (unsigned i = 0; i < CPU_WORDS; i++) {
		uint32_t lacking = cpu_info.feature[i] & ~here[i];

		if (lacking)
			panic("CPU %u lacks features of the boot CPU (CPUID word %u: %#x)", this_cpu()->id, i, lacking);
	}
}

static void init_control_registers(void)
{
	uint64_t cr4 = CR4_DE | CR4_PSE | CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpu_has(CPU_MCE))
		cr4 |= CR4_MCE;
	if (cpu_has(CPU_XSAVE))
		cr4 |= CR4_OSXSAVE;
	if (cpu_has(CPU_FSGSBASE))
		cr4 |= CR4_FSGSBASE;
	if (cpu_has(CPU_UMIP))
		cr4 |= CR4_UMIP;
	if (cpu_has(CPU_SMEP))
		cr4 |= CR4_SMEP;
	if (cpu_has(CPU_SMAP))
		cr4 |= CR4_SMAP;
	cr4 |= cpu_cr4 & CR4_VMXE; /* the boot CPU uses it, and this one will */
	cpu_cr4 = cr4;
	cr4_write(cr4);
	cr0_write(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
}

/* SYSCALL goes to this CPU's stub, which knows where its stack is. */
void cpu_init_system_call(void)
{
	uint64_t offset = (uint64_t)this_cpu()->id * SYSCALL_STUB_SIZE;

	/* SYSRET64 adds 16 to the upper base for CS and 8 for SS: SEL_GUEST_CS64 and SEL_GUEST_DS. */
	msr_write(MSR_STAR, (uint64_t)SEL_GUEST_CS32 << 48 | (uint64_t)SEL_HOST_CS << 32);
	msr_write(MSR_LSTAR, (uint64_t)syscall_stubs + offset);
	msr_write(MSR_CSTAR, (uint64_t)syscall32_stubs + offset);
	msr_write(MSR_SFMASK,
		  RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM | RFLAGS_AC);
	if (cpu_has(CPU_SEP)) {
		msr_write(MSR_SYSENTER_CS, SEL_HOST_CS);
		msr_write(MSR_SYSENTER_ESP, (uint64_t)this_cpu() + STACK_TOP);
		msr_write(MSR_SYSENTER_EIP, (uint64_t)sysenter_stubs + offset);
	}
}

void cpu_init_this(void)
{
	if (this_cpu()->id)
		check_same_features();
	init_control_registers();
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SCE | EFER_NX);
	msr_write(MSR_PAT, PAT_VALUE);
	cpu_init_system_call();
	if (cpu_has(CPU_RDTSCP))
		msr_write(MSR_TSC_AUX, 0);
}
