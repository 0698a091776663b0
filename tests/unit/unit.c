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

/* Memory that ends: unit_link of the makefile leads the allocations of a test program here. */

long unit_allocations = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static bool allowed(void)
{
	if (unit_allocations > 0)
		unit_allocations--;
	else if (unit_allocations == 0)
		return false;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return allowed() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return allowed() ? __real_calloc(n, size) : NULL;
}

void *__wrap_realloc(void *p, size_t size)
{
	return allowed() ? __real_realloc(p, size) : NULL;
}

char *__wrap_strdup(const char *s)
{
	return allowed() ? __real_strdup(s) : NULL;
}

char *__wrap_strndup(const char *s, size_t n)
{
	return allowed() ? __real_strndup(s, n) : NULL;
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
