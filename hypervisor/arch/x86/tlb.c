/* tlb.c - flushing TLBs, here and elsewhere
 *
 * One shoot-down is under way at a time. Whoever waits, for the lock or for the others' flushes, serves meanwhile
 * (machine_relax), so two CPUs that want each other's flush do not wait for each other.
 *
 * An idle CPU is not waked. It sleeps with page tables that have no guest in them, so it neither uses the translations it
 * still has nor makes new ones, and flushes before it goes on.
 */
#include "arch/x86/tlb.h"
#include "arch/x86/cpu.h"
#include "arch/x86/paging.h"
#include "core/flushclock.h"
#include "kern/domain.h"
#include "kern/lock.h"
#include "kern/machine.h"

struct flushclock flush_clock = FLUSHCLOCK_INIT;

static struct {
	spinlock_t lock;
	bool page; /* only the page at va, else everything */
	uint64_t va;
	uint64_t waiting; /* [a] CPUs that have not flushed yet. page and va keep while it is not 0. */
} request = {.lock = SPINLOCK_INIT};

static void ask_all_due(void)
{
	for_each_cpu (i) {
		if (i != this_cpu()->id && flushclock_due(&flush_clock, i))
			cpu_request(i, CPU_PENDING_FLUSH);
	}
}

void tlb_flush_local(void)
{
	unsigned cpu = this_cpu()->id;
	bool full;
	uint16_t time = flushclock_begin(&flush_clock, cpu, &full);

	cr4_write(cpu_cr4 & ~(uint64_t)CR4_PGE);
	cr4_write(cpu_cr4);
	this_cpu()->flushes++;
	flushclock_end(&flush_clock, cpu, time);
	if (unlikely(full))
		ask_all_due();
}

void tlb_flush_page_local(uint64_t va)
{
	control_invlpg(va);
}

void tlb_serve(void)
{
	struct cpu *c = this_cpu();

	__atomic_fetch_and(&c->pending, ~(uint32_t)CPU_PENDING_FLUSH, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&request.waiting, __ATOMIC_SEQ_CST) & BIT(c->id)) {
		if (request.page)
			control_invlpg(request.va);
		else
			tlb_flush_local();
		__atomic_fetch_and(&request.waiting, ~BIT(c->id), __ATOMIC_SEQ_CST);
	}
	if (unlikely(flushclock_due(&flush_clock, c->id)))
		tlb_flush_local();
}

/* --- Idle CPUs ---------------------------------------------------------------------------------- */

enum { TLB_IN_USE, TLB_IDLE, TLB_IDLE_STALE };

void tlb_idle_begin(void)
{
	if (nr_cpus == 1)
		return;
	if (this_cpu()->loaded)
		paging_load_idle();
	__atomic_store_n(&this_cpu()->tlb_idle, TLB_IDLE, __ATOMIC_SEQ_CST);
}

void tlb_idle_end(void)
{
	struct cpu *c = this_cpu();

	if (__atomic_exchange_n(&c->tlb_idle, TLB_IN_USE, __ATOMIC_SEQ_CST) == TLB_IDLE_STALE)
		tlb_flush_local();
	if (c->loaded && !c->loaded->hvm && nr_cpus > 1)
		cr3_write(c->loaded->pv.kernel_mode ? c->loaded->pv.kernel_cr3 : c->loaded->pv.user_cr3);
}

/* If the CPU is idle, it need not be asked: it will flush, and that counts from now on. The time is taken before the CPU is
 * seen to be idle, so whatever it flushes in the end was stamped earlier. The lock makes us the only one who writes another
 * CPU's time; and no new round of the clock begins meanwhile, as this CPU does not flush. */
static bool leave_to_idle(unsigned cpu)
{
	uint32_t *state = &cpus[cpu]->tlb_idle, idle = TLB_IDLE;
	uint16_t time;
	bool full, left;

	if (__atomic_load_n(state, __ATOMIC_SEQ_CST) == TLB_IN_USE)
		return false;
	time = flushclock_begin(&flush_clock, cpu, &full);
	left = __atomic_compare_exchange_n(state, &idle, TLB_IDLE_STALE, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) ||
	       idle == TLB_IDLE_STALE;
	if (left)
		flushclock_end(&flush_clock, cpu, time);
	if (unlikely(full))
		ask_all_due();
	return left;
}

static uint64_t leave_to_idle_ones(uint64_t mask)
{
	uint64_t busy = mask;

	for (uint64_t left = mask; left; left &= left - 1) {
		if (leave_to_idle((unsigned)__builtin_ctzll(left)))
			busy &= ~(left & -left);
	}
	return busy;
}

/* --- Asking others ------------------------------------------------------------------------------ */

static void flush_others(uint64_t mask, bool page, uint64_t va)
{
	spin_lock(&request.lock);
	mask = leave_to_idle_ones(mask);
	request.page = page;
	request.va = va;
	__atomic_store_n(&request.waiting, mask, __ATOMIC_SEQ_CST);
	for (uint64_t left = mask; left; left &= left - 1)
		cpu_request((unsigned)__builtin_ctzll(left), CPU_PENDING_FLUSH);
	while (__atomic_load_n(&request.waiting, __ATOMIC_SEQ_CST))
		machine_relax();
	spin_unlock(&request.lock);
}

/* CPUs that are up: others hold nothing. */
static uint64_t others_up(uint64_t mask)
{
	uint64_t up = nr_cpus < 64 ? BIT(nr_cpus) - 1 : ~0ULL;

	return mask & up & ~BIT(this_cpu()->id);
}

void tlb_flush_cpus(uint64_t cpu_mask)
{
	uint64_t others;

	/* While the clock stands everything seems stale: the way out is that all flush. */
	if (unlikely(flushclock_is_full(&flush_clock)))
		cpu_mask = ~0ULL;
	others = others_up(cpu_mask);
	if (others)
		flush_others(others, false, 0);
	if (cpu_mask & BIT(this_cpu()->id))
		tlb_flush_local();
}

void tlb_flush_page_cpus(uint64_t cpu_mask, uint64_t va)
{
	uint64_t others = others_up(cpu_mask);

	if (others)
		flush_others(others, true, va);
	if (cpu_mask & BIT(this_cpu()->id))
		tlb_flush_page_local(va);
}

static void flush_cache(void *arg __unused)
{
	__asm__ volatile("wbinvd" ::: "memory");
}

void machine_flush_cache(uint64_t cpu_mask)
{
	for_each_cpu (i) {
		if (cpu_mask & BIT(i))
			cpu_call(i, flush_cache, NULL);
	}
}
