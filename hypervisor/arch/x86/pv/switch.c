/* switch.c - a PV vcpu's state out of the CPU, another's in (when and where: arch/x86/switch.c) */
#include "arch/x86/control.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/fpu.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/pv/pv.h"

/* What each CPU's syscall stubs save to and load (entry.S). */
extern struct {
	uint64_t guest_sp;
	uint64_t top; /* behind v->regs of the vcpu that runs */
} syscall_slots[MAX_CPUS];

/* For vcpus without ports of their own. */
static uint16_t no_iomap;

static void load_entry_points(struct cpu *c, struct vcpu *v)
{
	struct tss *tss = c->tss;

	tss->rsp0 = (uint64_t)&v->regs.es;
	syscall_slots[c->id].top = (uint64_t)&v->regs.es;
	tss->iomap_base = v->pv.direct_ports && v->pv.kernel_mode ? IOMAP_ON : IOMAP_OFF;
	v->pv.iomap = v->pv.direct_ports ? (uint16_t *)((uint8_t *)tss + offsetof(struct tss, iomap_base)) : &no_iomap;
}

static void load_debug_registers(const struct vcpu *v, bool were_used)
{
	const uint64_t *dr = v->pv.dr;

	if (!were_used && !(dr[7] & 0xff))
		return;
	__asm__ volatile("mov %0, %%dr0; mov %1, %%dr1; mov %2, %%dr2; mov %3, %%dr3" ::"r"(dr[0]), "r"(dr[1]),
			 "r"(dr[2]), "r"(dr[3]));
	dr6_write(dr[6] | 0xffff0ff0);
	dr7_write(dr[7] | 0x400);
}

void pv_save(struct vcpu *v)
{
	pv_save_segments(v);
	fpu_save(v);
}

void pv_load(struct vcpu *v, const struct vcpu *last)
{
	load_entry_points(this_cpu(), v);
	pv_load_cr3(v);
	pv_load_descriptors(v);
	pv_load_segments(v);
	fpu_load(v);
	load_debug_registers(v, last && (last->hvm || (last->pv.dr[7] & 0xff)));
}
