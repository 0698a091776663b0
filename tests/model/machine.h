/* machine.h - the machine below the models: a few CPUs, frames and domains, and which memory was freed
 *
 * The hypervisor's own files run on it: kern/mm.c, arch/x86/tlb.c, kern/grant.c, kern/event.c and what is below them. Only what
 * they need of the rest is made here, as simple as can be: memory is never used twice in one order, so that who touches it after
 * it was freed is found out.
 */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include "interleave.h"
#include "kern/domain.h"
#include "kern/mm.h"

#define MODEL_FRAMES 16
#define ALICE	     1
#define BOB	     2

extern struct domain alice, bob;

/* From setup: nr CPUs; ALICE and BOB with two vcpus each, event channels and grant tables as domain_create() makes them. */
void model_machine(unsigned nr_cpus);
/* CPU i runs vcpu `id` of d. */
void model_runs(unsigned cpu, struct domain *d, unsigned id);
/* A frame for d, as domain_alloc_pages() gives it. */
mfn_t model_page(struct domain *d);

/* What a guest does between hypercalls: another CPU may go on, and what it has asked of this one is done. */
void model_guest(void);
/* The end of a thread: its CPU idles, and still does what is asked of it. */
void model_idle(void);

/* An interrupt waits for the CPU: cpu_request() has sent it. */
extern uint32_t model_interrupt[INTERLEAVE_THREADS];

/* A CPU's TLB, as far as it matters: frames it can still write. */
extern bool model_tlb[INTERLEAVE_THREADS][MODEL_FRAMES];

/* Where grants are mapped to: "address" n is entry n-1, in a table that is valid. */
extern uint64_t model_entry[INTERLEAVE_THREADS];

/* The counts of a frame that nobody but its owner has, or why not. */
const char *model_only_owned(mfn_t m);
bool model_is_freed(mfn_t m);

#endif
