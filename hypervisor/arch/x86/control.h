/* control.h - control registers, and the other small privileged instructions */
#ifndef ARCH_X86_CONTROL_H
#define ARCH_X86_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_EM 0x00000004
#define CR0_TS 0x00000008
#define CR0_ET 0x00000010
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_AM 0x00040000
#define CR0_NW 0x20000000
#define CR0_CD 0x40000000
#define CR0_PG 0x80000000

#define CR4_TSD	       0x00000004
#define CR4_DE	       0x00000008
#define CR4_PSE	       0x00000010
#define CR4_PAE	       0x00000020
#define CR4_MCE	       0x00000040
#define CR4_PGE	       0x00000080
#define CR4_OSFXSR     0x00000200
#define CR4_OSXMMEXCPT 0x00000400
#define CR4_UMIP       0x00000800
#define CR4_VMXE       0x00002000
#define CR4_FSGSBASE   0x00010000
#define CR4_OSXSAVE    0x00040000
#define CR4_SMEP       0x00100000
#define CR4_SMAP       0x00200000

#define RFLAGS_TF   0x000100
#define RFLAGS_IF   0x000200
#define RFLAGS_DF   0x000400
#define RFLAGS_IOPL 0x003000
#define RFLAGS_NT   0x004000
#define RFLAGS_RF   0x010000
#define RFLAGS_VM   0x020000
#define RFLAGS_AC   0x040000

#define CONTROL_ACCESSORS(name)                                                                                        \
	static inline uint64_t name##_read(void)                                                                       \
	{                                                                                                              \
		uint64_t v;                                                                                            \
                                                                                                                       \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(v)::"memory");                                           \
		return v;                                                                                              \
	}                                                                                                              \
	static inline void name##_write(uint64_t v)                                                                    \
	{                                                                                                              \
		__asm__ volatile("mov %0, %%" #name ::"r"(v) : "memory");                                              \
	}

CONTROL_ACCESSORS(cr0)
CONTROL_ACCESSORS(cr2)
CONTROL_ACCESSORS(cr3)
CONTROL_ACCESSORS(cr4)
CONTROL_ACCESSORS(dr6)
CONTROL_ACCESSORS(dr7)
#undef CONTROL_ACCESSORS

/* CR0.TS off: FPU instructions work. */
static inline void control_clear_ts(void)
{
	__asm__ volatile("clts");
}

static inline void control_invlpg(uint64_t va)
{
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

static inline uint64_t xcr0_read(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

static inline void xcr0_write(uint64_t v)
{
	__asm__ volatile("xsetbv" ::"c"(0), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}

static inline uint64_t tsc_read(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

/* The same, not before earlier loads are done. */
static inline uint64_t tsc_read_ordered(void)
{
	__asm__ volatile("lfence" ::: "memory");
	return tsc_read();
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* What lgdt and lidt take. */
struct control_table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

#endif
