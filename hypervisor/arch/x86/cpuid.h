/* cpuid.h - the CPUID instruction, and the features that matter to us */
#ifndef ARCH_X86_CPUID_H
#define ARCH_X86_CPUID_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid {
	uint32_t a, b, c, d;
};

static inline struct cpuid cpuid_count(uint32_t leaf, uint32_t sub)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(sub));
	return r;
}

static inline struct cpuid cpuid(uint32_t leaf)
{
	return cpuid_count(leaf, 0);
}

/* A feature is a word of those that cpu_detect() keeps, and a bit in it. */
enum cpu_feature_word {
	CPU_WORD_1D,
	CPU_WORD_1C,
	CPU_WORD_7B,
	CPU_WORD_7C,
	CPU_WORD_7D,
	CPU_WORD_EXT1D,
	CPU_WORD_EXT1C,
	CPU_WORD_EXT7D,
	CPU_WORD_D1A, /* leaf 0xd, sub-leaf 1: kinds of XSAVE */
	CPU_WORDS
};

#define CPU_FEATURE(word, bit) ((CPU_WORD_##word) * 32 + (bit))

enum cpu_feature {
	CPU_FPU = CPU_FEATURE(1D, 0),
	CPU_PSE = CPU_FEATURE(1D, 3),
	CPU_TSC = CPU_FEATURE(1D, 4),
	CPU_MSR = CPU_FEATURE(1D, 5),
	CPU_PAE = CPU_FEATURE(1D, 6),
	CPU_MCE = CPU_FEATURE(1D, 7),
	CPU_CX8 = CPU_FEATURE(1D, 8),
	CPU_APIC = CPU_FEATURE(1D, 9),
	CPU_SEP = CPU_FEATURE(1D, 11),
	CPU_PGE = CPU_FEATURE(1D, 13),
	CPU_MCA = CPU_FEATURE(1D, 14),
	CPU_CMOV = CPU_FEATURE(1D, 15),
	CPU_PAT = CPU_FEATURE(1D, 16),
	CPU_CLFLUSH = CPU_FEATURE(1D, 19),
	CPU_FXSR = CPU_FEATURE(1D, 24),
	CPU_SSE = CPU_FEATURE(1D, 25),
	CPU_SSE2 = CPU_FEATURE(1D, 26),

	CPU_MONITOR = CPU_FEATURE(1C, 3),
	CPU_VMX = CPU_FEATURE(1C, 5),
	CPU_CX16 = CPU_FEATURE(1C, 13),
	CPU_PCID = CPU_FEATURE(1C, 17),
	CPU_X2APIC = CPU_FEATURE(1C, 21),
	CPU_TSC_DEADLINE = CPU_FEATURE(1C, 24),
	CPU_XSAVE = CPU_FEATURE(1C, 26),
	CPU_HYPERVISOR = CPU_FEATURE(1C, 31),

	CPU_FSGSBASE = CPU_FEATURE(7B, 0),
	CPU_TSC_ADJUST = CPU_FEATURE(7B, 1),
	CPU_SMEP = CPU_FEATURE(7B, 7),
	CPU_INVPCID = CPU_FEATURE(7B, 10),
	CPU_SMAP = CPU_FEATURE(7B, 20),
	CPU_UMIP = CPU_FEATURE(7C, 2),

	CPU_SYSCALL = CPU_FEATURE(EXT1D, 11),
	CPU_NX = CPU_FEATURE(EXT1D, 20),
	CPU_PAGE1G = CPU_FEATURE(EXT1D, 26),
	CPU_RDTSCP = CPU_FEATURE(EXT1D, 27),
	CPU_LM = CPU_FEATURE(EXT1D, 29),
	CPU_SVM = CPU_FEATURE(EXT1C, 2),
	CPU_INVARIANT_TSC = CPU_FEATURE(EXT7D, 8),

	CPU_XSAVEOPT = CPU_FEATURE(D1A, 0),
};

enum cpu_vendor { CPU_VENDOR_OTHER, CPU_VENDOR_INTEL, CPU_VENDOR_AMD };

/* What the boot CPU says; the others must have no less. [I] after cpu_detect(). */
struct cpu_info {
	uint32_t feature[CPU_WORDS];
	uint32_t max_leaf, max_ext_leaf;
	enum cpu_vendor vendor;
	char vendor_name[13];
	char model_name[49];
	uint32_t family, model, stepping;
	unsigned phys_bits, virt_bits;
};

extern struct cpu_info cpu_info;

static inline bool cpu_has(enum cpu_feature f)
{
	return cpu_info.feature[f / 32] >> (f % 32) & 1;
}

#endif
