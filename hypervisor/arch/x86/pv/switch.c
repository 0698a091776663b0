/* switch.c - one vcpu's state out of the CPU, another's in */
#include "arch/x86/control.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/fpu.h"
#include "arch/x86/paging.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/pv/pv.h"
#include "arch/x86/pv/switch.h"

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

	v->host_stack = (uint64_t)c + STACK_TOP;
	tss->rsp0 = (uint64_t)&v->regs.es;
	syscall_slots[c->id].top = (uint64_t)&v->regs.es;
	tss->iomap_base = v->pv.direct_ports && v->pv.kernel_mode ? IOMAP_ON : IOMAP_OFF;
	v->pv.iomap = v->pv.direct_ports ? (uint16_t *)((uint8_t *)tss + offsetof(struct tss, iomap_base))
					 : &no_iomap;
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

static void save(struct vcpu *v)
{
	pv_save_segments(v);
	fpu_save(v);
}

/* Nothing of the vcpu that was loaded last is left on this CPU: whoever comes next finds no breakpoints of its. */
static void unload(struct cpu *c)
{
	paging_load_idle();
	tlb_flush_local();
	dr7_write(0x400);
	c->loaded = NULL;
}

/* On a CPU that may still have the vcpu's page tables loaded while it idles. */
static void forget(void *vcpu)
{
	struct cpu *c = this_cpu();
	struct vcpu *v = vcpu;

	if (c->loaded != v || c->vcpu == v)
		return;
	unload(c);
	__atomic_fetch_and(&v->domain->cpu_mask, ~BIT(c->id), __ATOMIC_SEQ_CST);
}

/* Once the vcpu runs elsewhere it may leave its page tables, and they be freed: no idle CPU may live on them. */
void pv_unload(struct vcpu *v)
{
	uint32_t cpu = v->pv.loaded_cpu;

	if (cpu < MAX_CPUS && __atomic_load_n(&cpus[cpu]->loaded, __ATOMIC_ACQUIRE) == v)
		cpu_call(cpu, forget, v);
}

static void load(struct cpu *c, struct vcpu *v)
{
	struct vcpu *last;

	if (v->pv.loaded_cpu != c->id)
		pv_unload(v);
	last = c->loaded;
	load_entry_points(c, v);
	__atomic_fetch_or(&v->domain->cpu_mask, BIT(c->id), __ATOMIC_SEQ_CST);
	pv_load_cr3(v);
	if (last && last->domain != v->domain)
		__atomic_fetch_and(&last->domain->cpu_mask, ~BIT(c->id), __ATOMIC_SEQ_CST);
	pv_load_descriptors(v);
	pv_load_segments(v);
	fpu_load(v);
	load_debug_registers(v, last && (last->pv.dr[7] & 0xff));
	v->pv.loaded_cpu = c->id;
	c->loaded = v;
}

void machine_switch(struct vcpu *from, struct vcpu *to)
{
	struct cpu *c = this_cpu();

	if (!is_idle_vcpu(from))
		save(from);
	c->vcpu = to;
	if (is_idle_vcpu(to))
		return;
	if (c->loaded != to || to->pv.loaded_cpu != c->id)
		load(c, to);
	if (to->pv.ts)
		cr0_write(cr0_read() | CR0_TS);
}

/* ---- leaving a domain's address space for good ------------------------------------------------------------------- */

static void leave(void *domain)
{
	struct cpu *c = this_cpu();
	struct domain *d = domain;

	if (c->loaded && c->loaded->domain == d)
		unload(c);
	__atomic_fetch_and(&d->cpu_mask, ~BIT(c->id), __ATOMIC_SEQ_CST);
}

void pv_leave_domain(struct domain *d)
{
	for_each_cpu(i)
		if (__atomic_load_n(&d->cpu_mask, __ATOMIC_SEQ_CST) & BIT(i))
			cpu_call(i, leave, d);
}

const uint64_t *machine_hypervisor_slots(void)
{
	return idle_l4 + HYPERVISOR_FIRST_SLOT;
}
