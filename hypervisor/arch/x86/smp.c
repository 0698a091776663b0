/* smp.c - the other processors: starting them, asking something of them, stopping them */
#include "arch/x86/smp.h"
#include "arch/x86/acpi.h"
#include "arch/x86/apic.h"
#include "arch/x86/boot/info.h"
#include "arch/x86/cpu.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hvm/hvm.h"
#include "arch/x86/pv/entry.h"
#include "arch/x86/tlb.h"
#include "arch/x86/tsc.h"
#include "arch/x86/vectors.h"
#include "kern/lock.h"
#include "kern/machine.h"
#include "kern/memory.h"
#include "kern/options.h"
#include "kern/printk.h"
#include "kern/sched.h"
#include "kern/timer.h"
#include "lib/string.h"

struct cpu *cpus[MAX_CPUS];
unsigned nr_cpus;

/* --- Asking ------------------------------------------------------------------------------------ */

/* A function to be called on a CPU: one at a time for each. */
static struct call {
	spinlock_t lock; /* the caller's, until it is done */
	void (*fn)(void *arg);
	void *arg;
	bool done;
} calls[MAX_CPUS];

void cpu_request(unsigned cpu, uint32_t bits)
{
	struct cpu *c = cpus[cpu];
	uint32_t had = __atomic_fetch_or(&c->pending, bits, __ATOMIC_SEQ_CST);

	/* Whoever set a bit first has sent the interrupt. A CPU looks at its own bits before it leaves us. */
	if (c != this_cpu() && (bits & ~had))
		apic_send(c->apic_id, VECTOR_WAKE);
}

void cpu_call(unsigned cpu, void (*fn)(void *), void *arg)
{
	struct call *call = &calls[cpu];

	if (cpu == this_cpu()->id) {
		fn(arg);
		return;
	}
	spin_lock(&call->lock);
	call->fn = fn;
	call->arg = arg;
	__atomic_store_n(&call->done, false, __ATOMIC_SEQ_CST);
	cpu_request(cpu, CPU_PENDING_CALL);
	while (!__atomic_load_n(&call->done, __ATOMIC_ACQUIRE))
		machine_relax();
	spin_unlock(&call->lock);
}

static void serve_call(struct cpu *c)
{
	struct call *call = &calls[c->id];

	__atomic_fetch_and(&c->pending, ~(uint32_t)CPU_PENDING_CALL, __ATOMIC_SEQ_CST);
	call->fn(call->arg);
	__atomic_store_n(&call->done, true, __ATOMIC_RELEASE);
}

void machine_serve(uint32_t pending)
{
	if (pending & CPU_PENDING_FLUSH)
		tlb_serve();
	if (pending & CPU_PENDING_CALL)
		serve_call(this_cpu());
}

void machine_relax(void)
{
	uint32_t pending = __atomic_load_n(&this_cpu()->pending, __ATOMIC_SEQ_CST);

	cpu_pause();
	if (unlikely(pending & (CPU_PENDING_FLUSH | CPU_PENDING_CALL)))
		machine_serve(pending);
}

/* --- Stopping ---------------------------------------------------------------------------------- */

static uint32_t stopper; /* [a] id of the CPU that goes on, plus one */

_Noreturn static void stop_this(void)
{
	__atomic_store_n(&this_cpu()->online, false, __ATOMIC_SEQ_CST);
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}

void smp_check_stop(void)
{
	uint32_t who = __atomic_load_n(&stopper, __ATOMIC_SEQ_CST);

	if (who && who != this_cpu()->id + 1)
		stop_this();
}

void smp_stop_others(void)
{
	uint32_t nobody = 0, me = this_cpu()->id + 1;
	uint64_t deadline;
	bool waiting = true;

	if (!__atomic_compare_exchange_n(&stopper, &nobody, me, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
	    nobody != me)
		stop_this();
	if (nobody == me || nr_cpus < 2)
		return;

	for_each_cpu (i) {
		if (cpus[i] != this_cpu())
			apic_send_nmi(cpus[i]->apic_id);
	}
	deadline = time_now() + 100000000;
	while (waiting && time_now() < deadline) {
		waiting = false;
		for_each_cpu (i)
			waiting |= cpus[i] != this_cpu() && __atomic_load_n(&cpus[i]->online, __ATOMIC_SEQ_CST);
		cpu_pause();
	}
}

/* --- Starting ---------------------------------------------------------------------------------- */

/* In boot/trampoline.S: what an AP runs before it comes here, and what it takes along. */
extern const struct {
	paddr_t start;
	uint64_t size;
} smp_trampoline;
extern uint64_t smp_trampoline_cr3, smp_trampoline_stack;

_Noreturn void smp_main(void);

/* An AP's first C code, on its own stack and in the final page tables. */
void smp_main(void)
{
	struct cpu *c = this_cpu();

	cpu_init_this();
	if (descriptors_init_cpu(c))
		panic("Not enough memory to start CPU %u", c->id);
	apic_init_this();
	fpu_init_this();
	hvm_init_this();
	tsc_sync_this();
	flushclock_join(&flush_clock, c->id);
	__atomic_store_n(&c->online, true, __ATOMIC_SEQ_CST);
	/* Nobody may be asked anything here before the boot CPU counts us in. */
	while (__atomic_load_n(&nr_cpus, __ATOMIC_SEQ_CST) <= c->id)
		cpu_pause();
	cpu_run();
}

static void wait_ns(uint64_t ns)
{
	uint64_t end = time_now() + ns;

	while (time_now() < end)
		cpu_pause();
}

static bool came_online(const struct cpu *c, uint64_t ns)
{
	uint64_t end = time_now() + ns;

	do {
		if (__atomic_load_n(&c->online, __ATOMIC_SEQ_CST))
			return true;
		tsc_sync_serve();
		cpu_pause();
	} while (time_now() < end);
	return false;
}

/* INIT and start-up interrupts. 64-bit processors need no long pause between them. */
static bool kick(const struct cpu *c)
{
	uint8_t page = (uint8_t)(boot_low_page >> PAGE_SHIFT);

	apic_send_init(c->apic_id);
	wait_ns(10000);
	apic_send_startup(c->apic_id, page);
	if (came_online(c, 10000000))
		return true;
	apic_send_startup(c->apic_id, page);
	if (came_online(c, 5000000000))
		return true;
	apic_send_init(c->apic_id); /* it shall not wake up later, in memory that is others' by then */
	return false;
}

static struct cpu *make_cpu(unsigned id)
{
	struct cpu *c = pages_alloc(STACK_ORDER);

	if (!c)
		return NULL;
	c->id = id;
	cpus[id] = c;
	if (timer_init_cpu(id) || sched_init_cpu(id))
		return NULL;
	return c;
}

static bool start(uint32_t apic)
{
	struct cpu *c = cpus[nr_cpus]; /* made already for one that then did not start */

	if (!c)
		c = make_cpu(nr_cpus);
	if (!c)
		panic("Not enough memory to start CPU %u", nr_cpus);
	c->apic_id = apic;
	smp_trampoline_stack = (uint64_t)c + STACK_TOP;
	tsc_sync_prepare();
	return kick(c);
}

void smp_start_others(void)
{
	unsigned limit = options.cpus ? MIN(options.cpus, MAX_CPUS) : MAX_CPUS, left_out = 0;

	memcpy(paddr_to_virt(boot_low_page), paddr_to_virt(smp_trampoline.start), smp_trampoline.size);
	smp_trampoline_cr3 = cr3_read();
	for (unsigned i = 0; i < acpi_info.madt.cpus; i++) {
		const struct acpi_cpu *found = &acpi_info.madt.cpu[i];

		if (!found->enabled || found->apic_id == this_cpu()->apic_id)
			continue;
		if (nr_cpus >= limit || (!apic_is_x2() && found->apic_id > 0xfe)) {
			left_out++;
			continue;
		}
		if (start(found->apic_id))
			__atomic_store_n(&nr_cpus, nr_cpus + 1, __ATOMIC_SEQ_CST);
		else
			log_error("The CPU with APIC id %u does not start\n", found->apic_id);
	}
	log_info("%u CPU%s up%s\n", nr_cpus, nr_cpus == 1 ? "" : "s", left_out ? "; others are left alone" : "");
}
