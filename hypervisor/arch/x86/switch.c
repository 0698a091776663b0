/* switch.c - one vcpu's state out of the CPU, another's in
 *
 * A vcpu's state stays in the CPU while that idles (cpu->loaded), as it is often the next one to run there. What a switch moves
 * depends on the kind of guest: pv/switch.c, hvm/switch.c.
 */
#include "arch/x86/switch.h"
#include "arch/x86/control.h"
#include "arch/x86/hvm/hvm.h"
#include "arch/x86/paging.h"
#include "arch/x86/pv/pv.h"
#include "kern/domain.h"

/* Nothing of the vcpu that was loaded last is left on this CPU: whoever comes next finds no breakpoints of its. */
static void unload(struct cpu *c)
{
	paging_load_idle();
	tlb_flush_local();
	dr7_write(0x400);
	if (c->loaded && c->loaded->hvm)
		hvm_evict(c->loaded);
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
void vcpu_unload(struct vcpu *v)
{
	uint32_t cpu = v->loaded_cpu;

	if (cpu < MAX_CPUS && __atomic_load_n(&cpus[cpu]->loaded, __ATOMIC_ACQUIRE) == v)
		cpu_call(cpu, forget, v);
}

static void load(struct cpu *c, struct vcpu *v)
{
	struct vcpu *last;

	if (v->loaded_cpu != c->id)
		vcpu_unload(v);
	last = c->loaded;
	if (last && last->hvm)
		hvm_evict(last);
	v->host_stack = (uint64_t)c + STACK_TOP;
	__atomic_fetch_or(&v->domain->cpu_mask, BIT(c->id), __ATOMIC_SEQ_CST);
	if (v->hvm)
		hvm_load(v);
	else
		pv_load(v, last);
	/* Either of them has flushed the TLB. */
	if (last && last->domain != v->domain)
		__atomic_fetch_and(&last->domain->cpu_mask, ~BIT(c->id), __ATOMIC_SEQ_CST);
	v->loaded_cpu = c->id;
	c->loaded = v;
}

void machine_switch(struct vcpu *from, struct vcpu *to)
{
	struct cpu *c = this_cpu();

	if (from->hvm)
		hvm_save(from);
	else if (!is_idle_vcpu(from))
		pv_save(from);
	c->vcpu = to;
	if (is_idle_vcpu(to))
		return;
	if (c->loaded != to || to->loaded_cpu != c->id)
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

void domain_leave_cpus(struct domain *d)
{
	for_each_cpu (i)
		if (__atomic_load_n(&d->cpu_mask, __ATOMIC_SEQ_CST) & BIT(i))
			cpu_call(i, leave, d);
}

const uint64_t *machine_hypervisor_slots(void)
{
	return idle_l4 + HYPERVISOR_FIRST_SLOT;
}
