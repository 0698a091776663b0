/* unit.h - what a unit test file needs: TEST(), CUnit's assertions, and a way to expect a tripped invariant */
#ifndef PLINTH_UNIT_H
#define PLINTH_UNIT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <CUnit/CUnit.h>

struct unit_test {
	const char *name;
	void (*run)(void);
	struct unit_test *next;
};

void unit_register(struct unit_test *test);

/* So many more allocations of memory succeed; -1: all. */
extern long unit_allocations;

/* TEST(what_is_promised) { …assertions… } — registered by itself, run in the order of the file. */
#define TEST(id)                                                                                                       \
	static void id(void);                                                                                          \
	static struct unit_test unit_test_##id = {.name = #id, .run = id};                                             \
	__attribute__((constructor)) static void unit_register_##id(void)                                              \
	{                                                                                                              \
		unit_register(&unit_test_##id);                                                                        \
	}                                                                                                              \
	static void id(void)

/*
 * UNIT_TRIPS(statement): true if the statement ends in invariant_failed(), which outside of this ends the test program.
 * Locals changed inside are not to be trusted afterwards.
 */
extern jmp_buf *unit_trap;
#define UNIT_TRIPS(statement)                                                                                          \
	({                                                                                                             \
		jmp_buf unit_here;                                                                                     \
		volatile bool unit_tripped = true;                                                                     \
		if (setjmp(unit_here) == 0) {                                                                          \
			unit_trap = &unit_here;                                                                        \
			statement;                                                                                     \
			unit_tripped = false;                                                                          \
		}                                                                                                      \
		unit_trap = NULL;                                                                                      \
		unit_tripped;                                                                                          \
	})

#endif
