/* hvm.h - for tests whose partners run under hardware virtualization: ring 0, physical memory, and an APIC of their own
 *
 * In such a partner say(), CHECK(), attempt() and start_vcpu() work as elsewhere: an interrupt or exception comes to guest_trap(), the
 * upcalls and interrupts of no interest are on_trap's. Interrupts are masked at its start.
 */
#ifndef TESTS_GUEST_HVM_H
#define TESTS_GUEST_HVM_H

#include <xen/hvm/save.h>

#include "guest.h"

#define TEST_HVM(words) _Static_assert(sizeof(words), "") /* what run.sh adds to QEMU's CPU model */

#define HVM_CR0	 0x80010031UL /* PG, WP, NE, ET, PE */
#define HVM_CR4	 0x620UL      /* OSXMMEXCPT, OSFXSR, PAE */
#define HVM_EFER 0xd01UL      /* NX, LMA, LME, SCE */
#define HVM_CS	 8
#define HVM_DS	 16

extern bool guest_is_hvm;

/* ---- Dom0's side (partner_hvm.c) ---- */
/* As partner_new(); its vcpu 0 begins at hvm_entry, in 64-bit mode. */
struct partner *partner_new_hvm(void (*role)(struct area *), unsigned vcpus);
/* What it begins with; and something else instead, which may be refused. */
void hvm_initial_cpu(struct hvm_hw_cpu *c);
long hvm_set_cpu(const struct partner *p, unsigned vcpu, const struct hvm_hw_cpu *c);
/* Of a domain of one vcpu; checks what it is told besides. */
long hvm_get_cpu(const struct partner *p, struct hvm_hw_cpu *c);
void hvm_entry(void);

/* ---- the partner's (hvm_guest.c, hvm_entry.S) ---- */
static inline uint64_t physical(const volatile void *address)
{
	return (uint64_t)address - GUEST_BASE;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

struct cpuid_words {
	uint32_t a, b, c, d;
};

static inline struct cpuid_words cpuid(uint32_t leaf, uint32_t sub)
{
	struct cpuid_words w = {leaf, 0, sub, 0};

	__asm__ volatile("cpuid" : "+a"(w.a), "=b"(w.b), "+c"(w.c), "=d"(w.d));
	return w;
}

/* The trap that an access to an MSR ends in, or TRAP_NONE. */
int try_rdmsr(uint32_t msr);
int try_wrmsr(uint32_t msr, uint64_t value);
bool is_intel(void);
/* GDT, IDT and the way to hypercalls, on this vcpu. For one that was started by other means than start_vcpu(). */
void hvm_set_up(void);
long hvm_parameter(uint32_t index);
long hvm_set_parameter(uint32_t index, uint64_t value);
/* Interrupts on for one HLT, which any of them ends. */
static inline void wait_interrupt(void)
{
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}

#endif
