/* pv.h - running a paravirtual guest: what the files of arch/x86/pv offer each other and the rest */
#ifndef ARCH_X86_PV_PV_H
#define ARCH_X86_PV_PV_H

#include "kern/domain.h"

/* ---- life (pv/vcpu.c) ---- */
int pv_domain_init(struct domain *d); /* -ENOMEM */
void pv_domain_free(struct domain *d);
int pv_vcpu_init(struct vcpu *v); /* -ENOMEM */
void pv_vcpu_free(struct vcpu *v);
/* Take over a context as VCPUOP_initialise and setvcpucontext give it: registers, traps, descriptor tables, page tables.
 * -EINVAL: something in it is not allowed; -ERESTART: call again. The vcpu must not run. Takes mm_lock. */
struct vcpu_guest_context;
int pv_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
void pv_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c);
/* Give back the domain's page tables, as a part of its end. -ERESTART: call again. */
int pv_relinquish_mm(struct domain *d, struct work *w);

/* ---- switching (pv/switch.c), for arch/x86/switch.c: out of this CPU, and in, with a flush, after `last` or nobody ---- */
void pv_save(struct vcpu *v);
void pv_load(struct vcpu *v, const struct vcpu *last);

/* ---- modes of the current vcpu (pv/mode.c) ---- */
void pv_enter_kernel(struct vcpu *v); /* from user mode; no-op in kernel mode */
void pv_enter_user(struct vcpu *v);   /* from kernel mode */
void pv_load_cr3(struct vcpu *v);     /* its current mode's page tables, with a full flush */

/* ---- exceptions to the guest kernel (pv/bounce.c) ---- */
#define PV_NO_ERROR_CODE UINT32_MAX
/* The current guest gets exception `vector`, as if its rip had raised it. */
void pv_inject(struct vcpu *v, unsigned vector, uint32_t error_code);
void pv_inject_page_fault(struct vcpu *v, uint64_t address, uint32_t error_code);
/* A way into the guest kernel: where, and what is put on its stack. False: it could not be, and the domain is crashed. */
struct pv_entry {
	uint64_t address;
	uint16_t cs;
	bool masks_events;
	uint32_t error_code; /* or PV_NO_ERROR_CODE */
	bool failsafe;	     /* ds, es, fs, gs as well */
};
bool pv_bounce(struct vcpu *v, const struct pv_entry *entry);

/* ---- emulation ---- */
struct insn;
/* The instruction at the current guest's rip; false: it cannot be read, or is not among those that are known. */
bool pv_fetch(const struct vcpu *v, struct insn *insn);
/* true = done, rip is behind the instruction. */
bool pv_emulate_privileged(struct vcpu *v);		       /* after #GP in the guest kernel */
bool pv_emulate_forced_cpuid(struct vcpu *v);		       /* after #UD */
bool pv_emulate_table_write(struct vcpu *v, uint64_t address); /* after #PF: pv/ptwr.c */
bool pv_emulate_far_return(struct vcpu *v);		       /* after #PF: pv/far_return.c */

/* ---- page tables ---- */
/* The level-1 entry that maps `va` in the current guest's loaded address space: where it is, or NULL. mm_lock held. */
uint64_t *pv_find_l1(const struct vcpu *v, uint64_t va, mfn_t *table);
/* The same, read only: what maps it, 0 if nothing does. */
uint64_t pv_read_l1(const struct vcpu *v, uint64_t va);

/* ---- grants mapped into the guest's page tables (pv/grant_map.c) ---- */
/* Map frame m (whose references the caller holds and gives over) at host_addr: a linear address, or with GNTMAP_contains_pte the
 * machine address of a level-1 entry. -EINVAL; the old entry's references are dropped. */
int pv_map_grant(struct vcpu *v, uint64_t host_addr, mfn_t m, bool readonly, uint32_t flags);
/* The entry must map m with the same rights: it becomes new_addr's entry (linear, which is then cleared) or not present. The
 * references that pv_map_grant was given are the caller's again. */
int pv_unmap_grant(struct vcpu *v, uint64_t host_addr, mfn_t m, bool readonly, uint32_t flags, uint64_t new_addr);

/* ---- descriptor tables (pv/descriptors.c) ---- */
int pv_set_gdt(struct vcpu *v, const uint64_t *new_frames, unsigned entries); /* mm_lock held; -EINVAL */
int pv_set_ldt(struct vcpu *v, uint64_t base, unsigned entries);	      /* mm_lock held */
void pv_drop_descriptors(struct vcpu *v);				      /* mm_lock held */
void pv_load_descriptors(struct vcpu *v);				      /* into this CPU's window */

/* ---- segment registers (pv/segment.c) ---- */
void pv_save_segments(struct vcpu *v);
void pv_load_segments(struct vcpu *v);
void pv_load_user_gs(uint16_t selector);

/* An address that may become rip or a base without a fault of ours. */
static inline bool pv_address_ok(uint64_t address)
{
	return is_canonical(address) && !(address >= OUR_VIRT_START && address < OUR_VIRT_END);
}

/* A stack pointer below which a frame of ours is pushed (entry.S: seven words, unchecked). At the end of the lower half, or
 * above ours, it is in nobody's way. */
static inline bool pv_stack_ok(uint64_t sp)
{
	return !sp || (pv_address_ok(sp - 1) && pv_address_ok((sp & ~15ULL) - 64));
}

#endif
