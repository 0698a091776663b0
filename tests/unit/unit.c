/* unit.c - runs the tests of one file and ends with "N passed, N failed" */
#include "unit.h"

#include <stdio.h>
#include <CUnit/TestRun.h>
#include "lib/invariant.h"

jmp_buf *unit_trap;

static struct unit_test *tests, **tail = &tests;

void unit_register(struct unit_test *test)
{
	*tail = test;
	tail = &test->next;
}

void invariant_failed(const char *what, const char *file, int line)
{
	if (unit_trap)
		longjmp(*unit_trap, 1);
	fflush(stdout);
	fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, what);
	abort();
}

/* CUnit keeps the failures of all tests in one list; those of one test are the ones passed here. */
static void print_failures(CU_pFailureRecord from)
{
	for (CU_pFailureRecord f = from; f; f = f->pNext)
		printf("    %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
}

static void test_complete(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failures)
{
	(void)suite;
	if (failures) {
		printf("  FAILED %s\n", test->pName);
		print_failures(failures);
	}
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	name = name ? name + 1 : argv[0];

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 2;
	CU_pSuite suite = CU_add_suite(name, NULL, NULL);
	for (struct unit_test *t = tests; t; t = t->next) {
		if (argc > 1 && strcmp(argv[1], t->name) != 0)
			continue;
		if (!suite || !CU_add_test(suite, t->name, t->run))
			return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	CU_set_test_complete_handler(test_complete);
	CU_run_all_tests();

	unsigned failed = CU_get_number_of_tests_failed(), ran = CU_get_number_of_tests_run();
	printf("%-24s %u passed, %u failed\n", name, ran - failed, failed);
	CU_cleanup_registry();
	if (ran == 0)
		fprintf(stderr, "%s: there is no test to run\n", name);
	return failed || ran == 0;
}
