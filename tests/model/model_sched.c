/* model_sched.c - vcpus that block, poll and are waked by several CPUs: nobody sleeps on who has something to do
 *
 * Each CPU does what entry.S and cpu_do_pending() do: it looks at what is pending before it goes to its guest, which then makes
 * one step of its script, and looks again only when an interrupt came or the guest called. When a script is over its vcpu
 * blocks for ever, as an idle guest does. So in the end all CPUs are idle.
 */
#include "machine.h"

#include <xen/sched.h>

#include "call/call.h"
#include "kern/event.h"
#include "kern/event_ops.h"
#include "kern/sched.h"
#include "kern/timer.h"
#include "lib/bitmap.h"

#define VCPUS 3 /* ALICE's two, and one of BOB's */
#define STEPS 2

typedef void (*step_t)(void);

static struct guest {
	const step_t *script; /* up to NULL or its end */
	uint32_t at;
	uint32_t handled; /* events it was called for */
} guests[VCPUS];
static unsigned vcpus;

static unsigned number_of(const struct vcpu *v)
{
	return v->domain == &alice ? v->id : 2;
}

static struct vcpu *vcpu_of(unsigned n)
{
	return n < 2 ? alice.vcpu[n] : bob.vcpu[0];
}

/* ---- a CPU --------------------------------------------------------------------------------------------------------- */

static void idle(void)
{
	uint32_t *interrupt = &model_interrupt[this_cpu()->id];

	if (__atomic_load_n(&this_cpu()->pending, __ATOMIC_SEQ_CST))
		return;
	interleave_halt(interrupt);
	__atomic_store_n(interrupt, 0, __ATOMIC_SEQ_CST);
}

static void do_pending(void)
{
	struct cpu *c = this_cpu();

	do {
		if (is_idle_vcpu(current) && !__atomic_load_n(&c->pending, __ATOMIC_ACQUIRE))
			idle();
		if (__atomic_exchange_n(&c->pending, 0, __ATOMIC_ACQ_REL) & CPU_PENDING_SCHEDULE)
			(void)sched_choose();
	} while (is_idle_vcpu(current));
}

/* The guest's handler: it takes all that is there, as Linux does. */
static void upcall(struct vcpu *v)
{
	do {
		__atomic_store_n(&v->info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
		if (!__atomic_exchange_n(&v->info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST))
			continue;
		unsigned long *words = v->domain->shared_info->evtchn_pending;
		unsigned long ready = __atomic_load_n(words, __ATOMIC_SEQ_CST) &
				      ~__atomic_load_n(v->domain->shared_info->evtchn_mask, __ATOMIC_SEQ_CST);

		__atomic_fetch_and(words, ~ready, __ATOMIC_SEQ_CST);
		guests[number_of(v)].handled += bit_weight(ready);
	} while (__atomic_load_n(&v->info->evtchn_upcall_pending, __ATOMIC_SEQ_CST));
}

static void guest_goes_on(struct vcpu *v)
{
	struct guest *g = &guests[number_of(v)];

	if (g->at < STEPS && g->script[g->at])
		g->script[g->at++]();
	else
		vcpu_block();
}

static void runs(void)
{
	struct cpu *c = this_cpu();

	for (;;) {
		if (__atomic_load_n(&c->pending, __ATOMIC_SEQ_CST)) {
			do_pending();
			continue;
		}
		struct vcpu *v = current;

		if (__atomic_load_n(&v->info->evtchn_upcall_pending, __ATOMIC_SEQ_CST) && !v->info->evtchn_upcall_mask)
			upcall(v);
		interleave_step();
		if (__atomic_exchange_n(&model_interrupt[c->id], 0, __ATOMIC_SEQ_CST))
			continue;
		guest_goes_on(v);
	}
}

/* ---- the beginning ------------------------------------------------------------------------------------------------- */

/* fn(arg) on the CPU's stack: this_cpu() is it. */
static void on_cpu(unsigned cpu, void (*fn)(unsigned arg), unsigned arg)
{
	uint8_t *sp = (uint8_t *)interleave_cpu(cpu) + STACK_SIZE / 2;

	__asm__ volatile("mov %%rsp, %%rbx; mov %0, %%rsp; call *%1; mov %%rbx, %%rsp"
			 : "+r"(sp), "+r"(fn), "+D"(arg)
			 :
			 : "rbx", "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
}

static void begin_cpu(unsigned cpu)
{
	if (timer_init_cpu(cpu) || sched_init_cpu(cpu))
		abort();
}

static void begin_vcpu(unsigned n)
{
	struct vcpu *v = vcpu_of(n);

	sched_group_init(&v->domain->sched);
	if (sched_add_vcpu(v))
		abort();
	v->unit->cpu = this_cpu()->id;
	vcpu_wake(v);
}

static void begin_to_run(unsigned cpu)
{
	(void)sched_choose();
	cpus[cpu]->pending = 0;
	model_interrupt[cpu] = 0;
}

/* Two CPUs, the vcpus on one and the other in turn. Port 1 of ALICE's calls her vcpu 0. */
static void begin(unsigned nr_vcpus)
{
	model_machine(2);
	vcpus = nr_vcpus;
	for (unsigned i = 0; i < nr_cpus; i++)
		on_cpu(i, begin_cpu, i);
	for (unsigned n = 0; n < nr_vcpus; n++)
		on_cpu(n % nr_cpus, begin_vcpu, n);
	for (unsigned i = 0; i < nr_cpus; i++)
		on_cpu(i, begin_to_run, i);
	if (event_bind_ipi(&alice, 0) != 1)
		abort();
}

/* ---- scripts ------------------------------------------------------------------------------------------------------- */

static void sends(void)
{
	if (event_send(&alice, 1))
		interleave_wrong("an event cannot be sent");
}

static void polls(void)
{
	evtchn_port_t port = 1;
	struct sched_poll op = {.ports = &port, .nr_ports = 1};

	if (call_sched_op(SCHEDOP_poll, (uint64_t)&op))
		interleave_wrong("a port cannot be polled");
}

/* It calls nobody, until its event comes. */
static void computes(void)
{
	struct guest *g = &guests[number_of(current)];

	if (!g->handled) {
		interleave_halt(&model_interrupt[this_cpu()->id]);
		g->at--;
	}
}

/* As vcpu_go_down() and VCPUOP_up do it. */
static void goes_down(void)
{
	__atomic_fetch_or(&current->pause_flags, VCPU_DOWN, __ATOMIC_SEQ_CST);
	vcpu_sleep(current);
}

static void brings_up(void)
{
	struct vcpu *v = alice.vcpu[0];

	if (__atomic_fetch_and(&v->pause_flags, ~(uint32_t)VCPU_DOWN, __ATOMIC_SEQ_CST) & VCPU_DOWN)
		vcpu_wake(v);
}

static const step_t block[STEPS] = {vcpu_block}, send[STEPS] = {sends}, poll[STEPS] = {polls},
		    down[STEPS] = {goes_down}, up[STEPS] = {brings_up}, yield[STEPS] = {vcpu_yield},
		    compute[STEPS] = {computes};

/* ---- the end ------------------------------------------------------------------------------------------------------- */

static const char *sleeps_well(unsigned n)
{
	const struct vcpu *v = vcpu_of(n);
	bool down_for_good = v->pause_flags == VCPU_DOWN && guests[n].script == down;

	if (v->unit->state != UNIT_ASLEEP)
		return "a vcpu waits, and nobody runs it";
	if (v->pause_flags != VCPU_BLOCKED && !down_for_good)
		return "a vcpu sleeps that is not blocked, or still polls";
	if (v->info->evtchn_upcall_pending)
		return "a vcpu sleeps that has an event";
	return guests[n].at ? NULL : "a vcpu has never run";
}

static const char *all_sleep_well(void)
{
	const char *wrong = alice.pollers ? "one is counted as a poller that is none" : NULL;

	for (unsigned n = 0; n < vcpus && !wrong; n++)
		wrong = sleeps_well(n);
	return wrong;
}

static const char *the_event_came(void)
{
	const char *wrong = all_sleep_well();

	return wrong || guests[0].handled == 1 ? wrong : "the event was lost, or came twice";
}

static void one_blocks(void)
{
	begin(2);
	guests[0].script = block;
	guests[1].script = send;
}

static void one_computes(void)
{
	begin(2);
	guests[0].script = compute;
	guests[1].script = send;
}

static void one_polls(void)
{
	begin(2);
	bit_set(alice.shared_info->evtchn_mask, 1);
	guests[0].script = poll;
	guests[1].script = send;
}

static void one_polls_of_three(void)
{
	begin(3);
	bit_set(alice.shared_info->evtchn_mask, 1);
	guests[0].script = poll;
	guests[1].script = send;
	guests[2].script = yield;
}

static void one_goes_down(void)
{
	begin(2);
	alice.vcpu[0]->unit->affinity = BIT(0); /* the other CPU does not help out */
	guests[0].script = down;
	guests[1].script = up;
}

TEST(who_sleeps_is_waked)
{
	static const struct interleave a = {.name = "a vcpu blocks, another sends to it",
					    .setup = one_blocks,
					    .thread = {runs, runs},
					    .finally = the_event_came};
	static const struct interleave b = {.name = "a vcpu polls, another sends",
					    .setup = one_polls,
					    .thread = {runs, runs},
					    .finally = all_sleep_well};
	static const struct interleave c = {.name = "a vcpu goes down, another brings it up",
					    .setup = one_goes_down,
					    .thread = {runs, runs},
					    .finally = all_sleep_well};

	CU_ASSERT_TRUE(interleave(&a));
	CU_ASSERT_TRUE(interleave(&b));
	CU_ASSERT_TRUE(interleave(&c));
}

TEST(who_runs_is_told)
{
	static const struct interleave a = {.name = "a vcpu computes, another sends to it",
					    .setup = one_computes,
					    .thread = {runs, runs},
					    .finally = the_event_came};

	CU_ASSERT_TRUE(interleave(&a));
}

TEST(three_share_two_cpus)
{
	static const struct interleave a = {.name = "a vcpu polls, another sends, a third yields",
					    .setup = one_polls_of_three,
					    .thread = {runs, runs},
					    .finally = all_sleep_well};

	CU_ASSERT_TRUE(interleave(&a));
}
