/* msr.h - model-specific registers: how to reach them, and those that we use */
#ifndef ARCH_X86_MSR_H
#define ARCH_X86_MSR_H

#include <stdbool.h>
#include <stdint.h>

#define MSR_TSC		   0x00000010
#define MSR_APIC_BASE	   0x0000001b
#define MSR_TSC_ADJUST	   0x0000003b
#define MSR_SYSENTER_CS	   0x00000174
#define MSR_SYSENTER_ESP   0x00000175
#define MSR_SYSENTER_EIP   0x00000176
#define MSR_MCG_CAP	   0x00000179
#define MSR_MCG_STATUS	   0x0000017a
#define MSR_PAT		   0x00000277
#define MSR_MC0_CTL	   0x00000400 /* four for each bank: CTL, STATUS, ADDR, MISC */
#define MSR_MC0_STATUS	   0x00000401
#define MSR_MC0_ADDR	   0x00000402
#define MSR_MC_STRIDE	   4
#define MSR_TSC_DEADLINE   0x000006e0
#define MSR_X2APIC	   0x00000800 /* register at offset o of the memory page: MSR_X2APIC + o / 16 */
#define MSR_EFER	   0xc0000080
#define MSR_STAR	   0xc0000081
#define MSR_LSTAR	   0xc0000082
#define MSR_CSTAR	   0xc0000083
#define MSR_SFMASK	   0xc0000084
#define MSR_FS_BASE	   0xc0000100
#define MSR_GS_BASE	   0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX	   0xc0000103

#define EFER_SCE 0x001
#define EFER_LME 0x100
#define EFER_LMA 0x400
#define EFER_NX	 0x800

#define APIC_BASE_BSP	 0x100
#define APIC_BASE_X2APIC 0x400
#define APIC_BASE_ENABLE 0x800

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* Whether the CPU has the register: a #GP is false, and goes on behind the instruction. */
static inline bool msr_read_safe(uint32_t msr, uint64_t *value)
{
	uint32_t low = 0, high = 0;
	bool failed = true;

	__asm__ volatile(
		"1: rdmsr\n\t"
		"movb $0, %0\n"
		"2:\n\t"
		".pushsection .extable, \"a\"\n\t"
		".balign 4\n\t"
		".long 1b - .\n\t"
		".long 2b - .\n\t"
		".popsection"
		: "+q"(failed), "+a"(low), "+d"(high)
		: "c"(msr));
	*value = (uint64_t)high << 32 | low;
	return !failed;
}

#endif
