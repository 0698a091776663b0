/* switch.c - a hardware-virtualized vcpu's state into this CPU, and out of it (when: arch/x86/switch.c) */
#include "arch/x86/control.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hvm/hvm.h"
#include "arch/x86/paging.h"

/* The hypervisor's own page tables stay loaded while such a guest is current: it has none in common with us. */
void hvm_save(struct vcpu *v)
{
	uint64_t *dr = v->hvm->dr;

	fpu_save(v);
	__asm__ volatile("mov %%dr0, %0; mov %%dr1, %1; mov %%dr2, %2; mov %%dr3, %3"
			 : "=r"(dr[0]), "=r"(dr[1]), "=r"(dr[2]), "=r"(dr[3]));
}

void hvm_load(struct vcpu *v)
{
	const uint64_t *dr = v->hvm->dr;

	paging_load_idle();
	tlb_flush_local();
	dr7_write(0x400);
	__asm__ volatile("mov %0, %%dr0; mov %1, %%dr1; mov %2, %%dr2; mov %3, %%dr3" ::"r"(dr[0]), "r"(dr[1]),
			 "r"(dr[2]), "r"(dr[3]));
	fpu_load(v);
	if (hvm->load)
		hvm->load(v);
}

void hvm_evict(struct vcpu *v)
{
	if (hvm->evict)
		hvm->evict(v);
}
