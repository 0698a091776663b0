/* thread.c - threads, each bound to a vcpu; waiting, waking, and the timer
 *
 * A vcpu runs its threads in turn: until they wait, or until a slice is over while another could run. A thread is woken by
 * whoever raises what it waits for, on any vcpu; an IPI tells the thread's own vcpu to look.
 */
#include "frontend-drivers/guest/kernel.h"
#include "lib/string.h"

#define THREADS	 12
#define SLICE_NS 10000000ull

static uint8_t stacks[THREADS - 1][STACK_SIZE] __aligned(STACK_SIZE);
extern uint8_t first_stack[STACK_SIZE]; /* entry.S */
static struct thread *threads[THREADS];
static uint32_t nr_threads;

static struct {
	uint32_t last; /* number of the thread that ran last */
	int ipi;
	bool idle, due; /* nothing runs; something else should */
	uint64_t timer; /* what it is set to; OS_FOREVER: not at all */
	uint64_t switches;
} vcpus[VCPUS_MOST];

uint32_t os_vcpu(void)
{
	return current_thread()->vcpu;
}

/* ---- The timer ---------------------------------------------------------------------------------------- */

static void set_timer(uint32_t vcpu, uint64_t when)
{
	if (vcpus[vcpu].timer == when)
		return;
	vcpus[vcpu].timer = when;
	CALL1(set_timer_op, when == OS_FOREVER ? 0 : when);
}

static void timer(void *unused)
{
	uint32_t vcpu = os_vcpu();

	(void)unused;
	vcpus[vcpu].timer = OS_FOREVER;
	vcpus[vcpu].due = true;
}

static void ipi(void *unused)
{
	(void)unused;
	vcpus[os_vcpu()].due = true;
}

void vcpu_timers_init(uint32_t vcpu)
{
	vcpus[vcpu].timer = OS_FOREVER;
	if (event_bind_virq(VIRQ_TIMER, vcpu, timer, NULL) < 0)
		panic("no timer for vcpu %u", vcpu);
	vcpus[vcpu].ipi = event_bind_ipi(vcpu, ipi, NULL);
	if (vcpus[vcpu].ipi < 0)
		panic("no IPI for vcpu %u", vcpu);
}

/* ---- Who runs ----------------------------------------------------------------------------------------- */

static bool can_run(struct thread *t, uint64_t now)
{
	/* Who has waited long enough sees for itself that nothing was raised. */
	if (__atomic_load_n(&t->state, __ATOMIC_ACQUIRE) == THREAD_WAITING && t->until <= now)
		__atomic_store_n(&t->state, THREAD_RUNNABLE, __ATOMIC_RELEASE);
	return __atomic_load_n(&t->state, __ATOMIC_ACQUIRE) == THREAD_RUNNABLE;
}

/* The next in turn, or NULL; and when to look again: the end of a slice if others could run, or of a wait. */
static struct thread *pick(uint32_t vcpu, uint64_t *look)
{
	uint64_t now = os_now();
	struct thread *found = NULL;

	*look = OS_FOREVER;
	for (uint32_t i = 1; i <= nr_threads; i++) {
		uint32_t n = (vcpus[vcpu].last + i) % nr_threads;
		struct thread *t = threads[n];

		if (t->vcpu != vcpu)
			continue;
		if (!can_run(t, now)) {
			if (t->state == THREAD_WAITING)
				*look = MIN(*look, t->until);
		} else if (found) {
			*look = MIN(*look, now + SLICE_NS);
		} else {
			found = t;
			vcpus[vcpu].last = n;
		}
	}
	return found;
}

static void switch_to(struct thread *next)
{
	struct thread *me = current_thread();

	vcpus[me->vcpu].switches++;
	__asm__ volatile("fxsave64 %0" : "=m"(me->fpu));
	if (next->user_root) {
		struct mmuext_op op = {.cmd = MMUEXT_NEW_USER_BASEPTR, .arg1.mfn = mfn_of(next->user_root)};

		/* User mode's traps come to the top of its thread's stack. */
		if (CALL4(mmuext_op, &op, 1, NULL, DOMID_SELF) ||
		    CALL2(stack_switch, FLAT_KERNEL_SS64, stack_top(next)))
			panic("the hypervisor refuses user mode");
	}
	thread_switch(&me->rsp, next->rsp);
	__asm__ volatile("fxrstor64 %0" : : "m"(me->fpu));
}

void schedule(void)
{
	struct thread *me = current_thread(), *next;
	uint32_t vcpu = me->vcpu;
	uint64_t look;

	vcpus[vcpu].due = false;
	while (!(next = pick(vcpu, &look))) {
		set_timer(vcpu, look);
		vcpus[vcpu].idle = true;
		/* Unmasks events and sleeps in one go: one that came after pick() ends it at once. */
		CALL2(sched_op, SCHEDOP_block, NULL);
		events_mask();
		vcpus[vcpu].idle = false;
	}
	set_timer(vcpu, look);
	if (next != me)
		switch_to(next);
}

void schedule_if_due(void)
{
	uint32_t vcpu = os_vcpu();

	if (vcpus[vcpu].due && !vcpus[vcpu].idle)
		schedule();
}

uint64_t switches(void)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < VCPUS_MOST; i++)
		sum += vcpus[i].switches;
	return sum;
}

/* ---- Waiting ------------------------------------------------------------------------------------------ */

static void wake(struct thread *t)
{
	int waiting = THREAD_WAITING;

	if (!__atomic_compare_exchange_n((int *)&t->state, &waiting, THREAD_RUNNABLE, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return;
	if (t->vcpu != os_vcpu()) {
		os_event_send((uint32_t)vcpus[t->vcpu].ipi);
		return;
	}
	/* After an event at once; after a raise by a thread when that waits, or at the end of a slice. */
	vcpus[t->vcpu].due = true;
	if (vcpus[t->vcpu].timer == OS_FOREVER && !vcpus[t->vcpu].idle)
		set_timer(t->vcpu, os_now() + SLICE_NS);
}

void os_raise(struct os_signal *signal)
{
	bool masked = events_mask();

	__atomic_store_n(&signal->raised, 1, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < nr_threads; i++)
		if (__atomic_load_n(&threads[i]->state, __ATOMIC_SEQ_CST) == THREAD_WAITING &&
		    threads[i]->waits == signal)
			wake(threads[i]);
	events_restore(masked);
}

bool os_wait(struct os_signal *signal, uint64_t until)
{
	struct thread *me = current_thread();
	bool masked = events_mask(), taken;

	while (!(taken = __atomic_exchange_n(&signal->raised, 0, __ATOMIC_SEQ_CST)) && os_now() < until) {
		me->waits = signal;
		me->until = until;
		__atomic_store_n(&me->state, THREAD_WAITING, __ATOMIC_SEQ_CST);
		/* Raised in between: by someone who did not see us wait. */
		if (__atomic_load_n(&signal->raised, __ATOMIC_SEQ_CST))
			__atomic_store_n(&me->state, THREAD_RUNNABLE, __ATOMIC_SEQ_CST);
		else
			schedule();
	}
	events_restore(masked);
	return taken;
}

void os_lock(struct os_lock *lock)
{
	bool masked = events_mask();

	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		CALL2(sched_op, SCHEDOP_yield, NULL); /* the holder's vcpu may not be running */
	lock->was_masked = masked;
}

void os_unlock(struct os_lock *lock)
{
	bool masked = lock->was_masked;

	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
	events_restore(masked);
}

/* ---- Coming and going --------------------------------------------------------------------------------- */

uint64_t *stack_top(struct thread *t)
{
	return (uint64_t *)((uint8_t *)t + STACK_SIZE);
}

static struct thread *prepare(void *stack, const char *name, uint32_t vcpu)
{
	struct thread *t = stack;

	memset(t, 0, sizeof(*t));
	t->name = name;
	t->vcpu = vcpu;
	__asm__ volatile("fxsave64 %0" : "=m"(t->fpu));
	return t;
}

void threads_init(void)
{
	threads[0] = prepare(first_stack, "main", 0);
	threads[0]->state = THREAD_RUNNABLE;
	nr_threads = 1;
}

static void *free_stack(void)
{
	if (nr_threads == THREADS)
		panic("more than %u threads", THREADS);
	return stacks[nr_threads - 1];
}

struct thread *thread_of_vcpu(uint32_t vcpu)
{
	struct thread *t = prepare(free_stack(), "vcpu", vcpu);

	t->state = THREAD_RUNNABLE;
	threads[nr_threads] = t;
	__atomic_store_n(&nr_threads, nr_threads + 1, __ATOMIC_RELEASE);
	return t;
}

/* Where a new thread begins; see entry.S. */
void thread_main(void);
void thread_main(void)
{
	struct thread *me = current_thread();

	events_restore(false);
	me->function(me->argument);
	thread_exit();
}

/* By the first thread only, so that there is no need for a lock. */
struct thread *thread_new(const char *name, uint32_t vcpu, void (*function)(void *), void *argument)
{
	struct thread *t = prepare(free_stack(), name, vcpu);
	uint64_t *sp = stack_top(t);

	t->function = function;
	t->argument = argument;
	*--sp = (uint64_t)thread_first;
	sp -= 6; /* the registers that thread_switch() takes */
	t->rsp = (uint64_t)sp;
	t->state = THREAD_WAITING;
	t->until = OS_FOREVER;
	threads[nr_threads] = t;
	__atomic_store_n(&nr_threads, nr_threads + 1, __ATOMIC_RELEASE);
	wake(t);
	return t;
}

void thread_exit(void)
{
	events_mask();
	__atomic_store_n(&current_thread()->state, THREAD_ENDED, __ATOMIC_RELEASE);
	schedule();
	panic("a thread came back");
}
