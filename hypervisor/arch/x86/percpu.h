/* percpu.h - what each CPU keeps for itself
 *
 * struct cpu lies at the bottom of the CPU's stack, so that the stack pointer finds it. The hypervisor runs to completion
 * on this one stack with interrupts off; they are taken only from guest mode and in idle. So nothing here needs a lock
 * against its own CPU. Fields marked [a] are set by other CPUs with atomic operations.
 */
#ifndef ARCH_X86_PERCPU_H
#define ARCH_X86_PERCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/layout.h"
#include "lib/types.h"
#include "lib/work.h"

struct vcpu;
struct timer_queue;
struct runqueue;

/* Bits of cpu->pending: work to do before the CPU returns to its guest. */
#define CPU_PENDING_SCHEDULE BIT(0) /* choose again who runs */
#define CPU_PENDING_TIMER    BIT(1) /* timers have expired */
#define CPU_PENDING_FLUSH    BIT(2) /* TLB shoot-down requested (arch/x86/tlb.h) */
#define CPU_PENDING_CALL     BIT(3) /* a function is to be called here (arch/x86/smp.h) */
#define CPU_PENDING_EVENT    BIT(4) /* its vcpu has got an event or an NMI: nothing to do but to look on the way back */
#define CPU_PENDING_STAND    BIT(5) /* stand still while another CPU counts (kern/audit.h) */

struct cpu {
	struct vcpu *vcpu; /* current: the vcpu whose state is loaded; the CPU's idle vcpu when none runs */
	uint32_t pending;  /* [a] CPU_PENDING_* */
	uint32_t id;	   /* 0..nr_cpus-1 */
	uint32_t apic_id;
	bool online;
	bool in_multicall;  /* a multicall runs: continuations go to its entry, not to the registers */
	struct work work;   /* what this hypercall may still spend before it must be continued */
	uint64_t hvm_block; /* physical address of what hvm's vendor keeps for the host on this CPU */
	uint64_t flushes;   /* full TLB flushes so far: translations of guests under hvm that are older are void */
	uint64_t restart_args[6]; /* call_again()'s arguments */
	uint32_t restart_nr;	  /* how many of them are set */
	struct vcpu *loaded; /* the guest vcpu whose state is in the CPU (current, or the last before idle), or NULL */
	struct timer_queue *timers;
	struct runqueue *runq;
	struct vcpu *idle;
	void *gdt_page;	   /* direct-map address of page GDT_OUR_PAGE */
	void *tss;	   /* struct tss in the window */
	uint32_t tlb_idle; /* [a] it uses no guest translations, and may flush later (arch/x86/tlb.c) */
};

_Static_assert(sizeof(struct cpu) <= 4096, "struct cpu shares its stack's first page with nothing else");

static inline struct cpu *this_cpu(void)
{
	unsigned long sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu *)(sp & ~(unsigned long)(STACK_SIZE - 1));
}

#define current (this_cpu()->vcpu)

extern struct cpu *cpus[MAX_CPUS]; /* [I] once the CPU is up */
extern unsigned nr_cpus;	   /* CPUs that are up; ids are dense */

#define for_each_cpu(i) for (unsigned i = 0; i < nr_cpus; i++)

#endif
