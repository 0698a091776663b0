/* machine.h - what kern and call ask of the machine: the one door to arch/x86
 *
 * kern and call include this (and kern/domain.h), never a header of arch/x86 directly.
 */
#ifndef KERN_MACHINE_H
#define KERN_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86/layout.h"
#include "arch/x86/percpu.h"
#include "core/flushclock.h"
#include "lib/types.h"

struct domain;
struct vcpu;

/* Memory. All RAM is in the direct map. */
static inline void *mfn_to_virt(mfn_t m)
{
	return (void *)(DIRECT_VIRT + (m.n << PAGE_SHIFT));
}

static inline mfn_t virt_to_mfn(const void *direct)
{
	return MFN(((uint64_t)direct - DIRECT_VIRT) >> PAGE_SHIFT);
}

static inline void *paddr_to_virt(paddr_t p)
{
	return (void *)(DIRECT_VIRT + p);
}

#define m2p_rw ((uint64_t *)M2P_RW_VIRT) /* m2p_rw[mfn] = pfn, for frames frame_exists() knows */

/* Map device memory uncached (what lies in RAM: cached), for the life of the machine. NULL when the area is used up. */
void *map_device(paddr_t start, size_t size);

/* CPUs. */
void cpu_request(unsigned cpu, uint32_t pending_bits);	    /* set bits; an IPI makes another CPU look soon */
void cpu_call(unsigned cpu, void (*fn)(void *), void *arg); /* run fn there, wait for its end */

void machine_cpu_features(uint32_t words[], unsigned nr); /* CPUID's in the order of xen/arch-x86/cpufeatureset.h */

/* TLB. flush_cpus: all of these CPUs flush everything, global pages too, before it returns. */
void tlb_flush_local(void);
void tlb_flush_page_local(uint64_t va);
void tlb_flush_cpus(uint64_t cpu_mask);
void tlb_flush_page_cpus(uint64_t cpu_mask, uint64_t va);
extern struct flushclock flush_clock; /* stamps frames, and tells which CPUs need not flush */

void machine_flush_cache(uint64_t cpu_mask); /* write back and invalidate caches: WBINVD */
void machine_serve(uint32_t pending);	     /* do what CPU_PENDING_FLUSH and _CALL ask of this CPU */

/* The sixteen L4 entries of the hypervisor's part of every address space. */
const uint64_t *machine_hypervisor_slots(void);

/* Time. */
uint64_t time_now(void); /* ns since boot, monotonic, the same on every CPU */
uint64_t time_tsc(void);
extern uint64_t tsc_hz;
void machine_timer_arm(uint64_t when); /* ns; CPU_PENDING_TIMER then; 0 = never. Past times fire at once. */
uint64_t machine_wallclock(void);      /* seconds since 1970 from the CMOS clock; at boot only */

/* The current vcpu of this CPU becomes `to`. Either may be an idle vcpu, whose state is nothing. `from`'s state is complete
 * in its struct vcpu on return, so that it may run elsewhere at once; its page tables may stay loaded while the CPU idles. */
void machine_switch(struct vcpu *from, struct vcpu *to);
void machine_idle(void); /* wait for an interrupt unless something is pending */

/* A guest's registers, and the words on its stack if it is current, to the log: for domain_crash(). */
void show_guest(struct vcpu *v);

/* The end. */
_Noreturn void machine_reboot(void);
_Noreturn void machine_power_off(void);
_Noreturn void machine_halt(void);

#endif
