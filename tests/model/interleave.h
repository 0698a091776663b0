/* interleave.h - two or three CPUs, step by step, in every order
 *
 * Each thread runs on a stack of its own, as a CPU of the hypervisor does (struct cpu at its bottom, so that this_cpu() and
 * `current` are what they are there). The code under test is compiled with -fsanitize=thread, whose calls before each access
 * to memory come to us instead of to a sanitizer: before every access, atomic or plain, that is not to a thread's own stack,
 * the explorer may let another thread go on. So nothing in the code under test knows of this.
 *
 * interleave() goes through the orders depth first, each time from the start. A state (all variables of the code under test and
 * of the test, and all stacks) that has been seen is not gone on from again. So every order is tried that differs in what anybody
 * sees. Sequential consistency only: x86's store buffers are not modelled.
 */
#ifndef MODEL_INTERLEAVE_H
#define MODEL_INTERLEAVE_H

#include "kern/machine.h"
#include "unit.h"

#define INTERLEAVE_THREADS 3

struct interleave {
	const char *name;
	void (*setup)(void); /* makes the world before the first step; variables are as at interleave() */
	void (*thread[INTERLEAVE_THREADS])(void); /* NULL: none */
	const char *(*always)(void);		  /* after each step: what is wrong, or NULL */
	const char *(*finally)(void);		  /* when all have ended: likewise */
};

/* Prints how many states and orders there were. False: some order was wrong, and it is shown, access by access. */
bool interleave(const struct interleave *model);

/* The CPU on whose stack thread i runs. */
struct cpu *interleave_cpu(unsigned i);

/* From a thread: another may go on here. The code under test needs no such calls. */
void interleave_step(void);
/* From machine_relax(): nothing to do before what this thread has read last changes, or *also is not zero. */
void interleave_wait(const uint32_t *also);
/* Nothing to do before *until is not zero, and no harm if that never happens. */
void interleave_halt(const uint32_t *until);
/* From anywhere: this order is wrong. Does not return to a thread. */
_Noreturn void interleave_wrong(const char *what);

/* Supplied by the test's machine: why this memory must not be touched (it was freed), or NULL. */
const char *interleave_forbidden(const void *address);

#endif
