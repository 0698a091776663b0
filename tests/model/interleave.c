/* interleave.c - the explorer of interleave.h: threads, states that were seen, and which order comes next */
#include "interleave.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "hooks.h"
#include "seen.h"
#include "words.h"

#define STEPS_MAX  8192
#define DEAD_STACK 2048 /* is as deep as calls go from one step to the next, or nearly */
#define KEEP	   8	/* every so many steps, all is kept to come back to */

enum thread_state { RUNS, WAITS, HALTS, DONE };

struct thread {
	enum thread_state state;
	uint64_t *sp;	       /* while it does not run */
	const void *last_read; /* what it waits for, if it waits */
	uint64_t last_value;
	unsigned last_size;
	const uint32_t *also;
};

struct step {
	uint8_t enabled, chosen; /* threads that could run here, as bits; the one that did */
	const void *where;	 /* in its code */
};

static uint8_t stacks[INTERLEAVE_THREADS][STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static struct thread threads[INTERLEAVE_THREADS];
static unsigned nr_threads, running;
static uint64_t *explorer_sp;
static jmp_buf wrong_here;
static const char *what_is_wrong;
static bool inside; /* a thread runs, not the explorer */

/* All variables of the code under test and of the tests: the makefile puts them into a section of this name. */
extern uint8_t __start_model_state[], __stop_model_state[];

static struct step trail[STEPS_MAX];

static void *allocate(size_t size)
{
	void *p = malloc(size);

	if (!p)
		abort();
	return p;
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

/* Keeps the registers that a call preserves on the old stack, whose pointer goes to *from; goes on on the other stack. */
void interleave_swap(uint64_t **from, uint64_t *to);
__asm__(".text\n"
	".type interleave_swap, @function\n"
	"interleave_swap:\n"
	"	push %rbp\n	push %rbx\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
	"	mov %rsp, (%rdi)\n	mov %rsi, %rsp\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbx\n	pop %rbp\n"
	"	ret\n");

static const struct interleave *model;

static void thread_main(void)
{
	model->thread[running]();
	threads[running].state = DONE;
	interleave_swap(&threads[running].sp, explorer_sp);
}

static uint64_t *stack_top(unsigned i)
{
	return (uint64_t *)(void *)(stacks[i] + STACK_SIZE);
}

static void start_threads(void)
{
	memset(stacks, 0, sizeof(stacks));
	memset(threads, 0, sizeof(threads));
	for (nr_threads = 0; nr_threads < INTERLEAVE_THREADS && model->thread[nr_threads]; nr_threads++) {
		uint64_t *sp = stack_top(nr_threads) - 8;

		sp[6] = (uint64_t)thread_main; /* behind six registers; then a return address that is never used */
		threads[nr_threads].sp = sp;
	}
}

static size_t live_stack(unsigned i)
{
	return threads[i].state == DONE ? 0 : (size_t)((uint8_t *)stack_top(i) - (uint8_t *)threads[i].sp);
}

/* What an earlier call left below the stack pointer would make equal states look different. */
static void clear_dead_stack(void)
{
	uint8_t *sp = __builtin_frame_address(0), *from = sp - DEAD_STACK;

	for (uint8_t *p = MAX(from, stacks[running] + sizeof(struct cpu)); p < sp - 256; p += 8)
		*(volatile uint64_t *)(void *)p = 0;
}

static void yield(void)
{
	inside = false;
	clear_dead_stack();
	interleave_swap(&threads[running].sp, explorer_sp);
	inside = true;
}

void interleave_step(void)
{
	if (!inside)
		return;
	trail[interleave_depth].where = __builtin_return_address(0);
	yield();
}

void interleave_wait(const uint32_t *also)
{
	threads[running].also = also;
	threads[running].state = WAITS;
	yield();
}

void interleave_halt(const uint32_t *until)
{
	threads[running].also = until;
	threads[running].state = HALTS;
	yield();
}

struct cpu *interleave_cpu(unsigned i)
{
	return (struct cpu *)(void *)stacks[i];
}

void interleave_wrong(const char *what)
{
	what_is_wrong = what;
	longjmp(wrong_here, 1);
}

static uint64_t value_at(const void *address, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, address, size);
	return value;
}

/* ---- what the instrumented code calls (hooks.c) ------------------------------------------------------------------- */

/* always() counts as one more thread, which only reads. */
#define CHECKER (1u << INTERLEAVE_THREADS)

static bool checking;	/* always() is at it */
static bool looking_up; /* interleave_forbidden() is */

/* But for the struct cpu at its bottom, which others look into. */
static bool on_a_stack(const void *address)
{
	const uint8_t *a = address;

	return a >= stacks[0] && a < stacks[0] + sizeof(stacks) &&
	       (size_t)(a - stacks[0]) % STACK_SIZE >= sizeof(struct cpu);
}

void interleave_access(const void *address, size_t size, bool write, const void *where)
{
	unsigned who = checking ? CHECKER : 1u << running;
	uintptr_t last = ((uintptr_t)address + size - 1) / 4;
	bool shared = false;
	const char *why;

	if (!size || !(inside || checking) || looking_up || on_a_stack(address))
		return;
	for (uintptr_t at = (uintptr_t)address / 4; at <= last; at++)
		shared |= words_touch(at, write, who);
	if (checking)
		return;
	if (shared) {
		trail[interleave_depth].where = where;
		yield();
	}
	looking_up = true;
	why = interleave_forbidden(address);
	looking_up = false;
	if (why)
		interleave_wrong(why);
	threads[running].last_read = address;
	threads[running].last_size = size < 8 ? (unsigned)size : 8;
	threads[running].last_value = value_at(address, threads[running].last_size);
}

/* ---- states ------------------------------------------------------------------------------------------------------- */

static size_t state_size(void)
{
	return (size_t)(__stop_model_state - __start_model_state);
}

/* Everything that decides what happens from here on. */
static uint64_t state_key(void)
{
	uint64_t hash = 1;

	for (size_t i = 0; i < words_nr_written; i++) {
		uint64_t pair = i << 32 | *words_written[i].at;

		if (*words_written[i].at != words_written[i].initial)
			hash ^= seen_mix(1, &pair, sizeof(pair));
	}
	for (unsigned i = 0; i < nr_threads; i++) {
		hash = seen_mix(hash, &threads[i].state, sizeof(threads[i].state));
		hash = seen_mix(hash, threads[i].sp, live_stack(i));
		if (threads[i].state == WAITS)
			hash = seen_mix(hash, &threads[i].last_read, sizeof(threads[i].last_read) + sizeof(uint64_t));
	}
	return hash ? hash : 1;
}

/* ---- orders ------------------------------------------------------------------------------------------------------- */

unsigned interleave_depth; /* steps taken in this order */
static unsigned decided;   /* so many of the trail's choices are to be made again */
static unsigned long orders, steps;

static bool can_run(const struct thread *t)
{
	switch (t->state) {
	case RUNS:
		return true;
	case WAITS:
		return *t->also || value_at(t->last_read, t->last_size) != t->last_value;
	case HALTS:
		return *t->also;
	default:
		return false;
	}
}

static uint8_t enabled_threads(void)
{
	uint8_t mask = 0;

	for (unsigned i = 0; i < nr_threads; i++)
		if (can_run(&threads[i]))
			mask |= (uint8_t)(1 << i);
	return mask;
}

static const char *take_step(unsigned thread)
{
	const char *wrong;

	running = thread;
	threads[thread].state = RUNS;
	trail[interleave_depth].where = NULL;
	inside = true;
	interleave_swap(&explorer_sp, threads[thread].sp);
	inside = false;
	steps++;
	checking = true;
	wrong = model->always ? model->always() : NULL;
	checking = false;
	return wrong;
}

/* All have ended or sleep, or nobody can go on. */
static const char *at_end(void)
{
	orders++;
	for (unsigned i = 0; i < nr_threads; i++)
		if (threads[i].state == WAITS)
			return "nobody can go on";
	return model->finally ? model->finally() : NULL;
}

/* What the order that is being tried has come through, at depths 0, KEEP, 2 * KEEP, … */
static struct kept {
	struct thread threads[INTERLEAVE_THREADS];
	uint8_t *stack[INTERLEAVE_THREADS];
	uint32_t *values; /* of the words that were written by then */
	size_t nr_values;
} kept[STEPS_MAX / KEEP];

static void keep(struct kept *k)
{
	memcpy(k->threads, threads, sizeof(threads));
	for (unsigned i = 0; i < nr_threads; i++) {
		if (!k->stack[i])
			k->stack[i] = allocate(STACK_SIZE);
		memcpy(k->stack[i], threads[i].sp, live_stack(i));
	}
	if (k->nr_values < words_nr_written) {
		free(k->values);
		k->values = allocate(words_nr_written * sizeof(*k->values));
	}
	k->nr_values = words_nr_written;
	for (size_t i = 0; i < words_nr_written; i++)
		k->values[i] = *words_written[i].at;
}

static void go_back_to(const struct kept *k)
{
	memcpy(threads, k->threads, sizeof(threads));
	for (unsigned i = 0; i < nr_threads; i++)
		memcpy(threads[i].sp, k->stack[i], live_stack(i));
	for (size_t i = 0; i < words_nr_written; i++)
		*words_written[i].at = i < k->nr_values ? k->values[i] : words_written[i].initial;
}

/* One order, from the last place on the way that was kept to its end, or to a state that is known. */
static const char *run_once(void)
{
	const char *wrong = NULL;

	interleave_depth = decided ? (decided - 1) / KEEP * KEEP : 0;
	go_back_to(&kept[interleave_depth / KEEP]);
	for (; !wrong; interleave_depth++) {
		struct step *s = &trail[interleave_depth];
		uint8_t enabled = enabled_threads();

		if (interleave_depth >= decided && interleave_depth % KEEP == 0)
			keep(&kept[interleave_depth / KEEP]);
		if (!enabled) {
			wrong = at_end();
			break;
		}
		if (interleave_depth >= STEPS_MAX - 1)
			return "too many steps";
		if (interleave_depth >= decided) {
			if (!seen_add(state_key()))
				break;
			s->enabled = enabled;
			s->chosen = (uint8_t)__builtin_ctz(enabled);
		} else if (enabled != s->enabled) {
			return "not the same as when these steps were taken before: something is kept from one order "
			       "to the next";
		}
		wrong = take_step(s->chosen);
	}
	return wrong;
}

/* The latest choice that has another way. False: there is none left. */
static bool next_order(void)
{
	for (unsigned i = interleave_depth; i-- > 0;) {
		unsigned others = trail[i].enabled & ~((2u << trail[i].chosen) - 1);

		if (others) {
			trail[i].chosen = (uint8_t)__builtin_ctz(others);
			decided = i + 1;
			return true;
		}
	}
	return false;
}

/* Which thread went where: runs of steps, with the source lines as addr2line tells them. */
static void show_order(const char *wrong)
{
	char command[64];
	FILE *lines;

	printf("    %s: %s, in the order\n", model->name, wrong);
	fflush(stdout);
	snprintf(command, sizeof(command), "addr2line -se /proc/%d/exe | uniq -c", (int)getpid());
	for (unsigned i = 0; i <= interleave_depth;) {
		unsigned thread = trail[i].chosen;

		printf("    thread %u\n", thread);
		fflush(stdout);
		lines = popen(command, "w");
		for (; i <= interleave_depth && trail[i].chosen == thread; i++)
			if (lines && trail[i].where)
				fprintf(lines, "%#" PRIxPTR "\n", (uintptr_t)trail[i].where - 1);
		if (lines)
			pclose(lines);
	}
}

/* From the start, with what is known of the words that are shared. */
static void begin(const uint8_t *first_state)
{
	seen_forget();
	orders = 0;
	decided = 0;
	words_more_shared();
	memcpy(__start_model_state, first_state, state_size());
	start_threads();
	model->setup();
	keep(&kept[0]);
}

static void end(uint8_t *first_state)
{
	memcpy(__start_model_state, first_state, state_size());
	free(first_state);
	words_forget();
	seen_forget();
	for (unsigned i = 0; i < STEPS_MAX / KEEP; i++) {
		free(kept[i].values);
		for (unsigned t = 0; t < INTERLEAVE_THREADS; t++)
			free(kept[i].stack[t]);
	}
	memset(kept, 0, sizeof(kept));
}

static const char *explore(const uint8_t *first_state)
{
	const char *wrong;

	steps = 0;
	begin(first_state);
	for (;;) {
		what_is_wrong = "an invariant is broken";
		if (setjmp(wrong_here)) {
			inside = checking = false;
			return what_is_wrong;
		}
		wrong = run_once();
		if (wrong)
			return wrong;
		if (words_more_shared())
			begin(first_state);
		else if (!next_order())
			return NULL;
	}
}

bool interleave(const struct interleave *m)
{
	uint8_t *first_state = allocate(state_size());
	const char *wrong;

	model = m;
	memcpy(first_state, __start_model_state, state_size());
	unit_trap = &wrong_here;
	wrong = explore(first_state);
	unit_trap = NULL;
	printf("  %-44s %7zu states, %5lu ends, %8lu steps\n", m->name, seen_count(), orders, steps);
	if (wrong && getenv("MODEL_BRIEF")) /* mutants.sh wants to know no more */
		exit(1);
	if (wrong)
		show_order(wrong);
	end(first_state);
	return !wrong;
}
