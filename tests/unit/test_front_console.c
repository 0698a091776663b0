/* test_front_console.c - a guest's console ring against the console daemon's end of it, and against one that lies */
#include <errno.h>

#include "dom0-tools/consoled/cons_ring.h"
#include "frontend-drivers/protocol/console_ring.h"
#include "random.h"
#include "unit.h"

static struct xencons_interface page;

TEST(what_is_written_arrives_both_ways)
{
	char text[4096], got[4096];
	size_t written = 0, read = 0;

	random_seed(__func__, 5);
	memset(&page, 0, sizeof(page));
	page.out_cons = page.out_prod = page.in_cons = page.in_prod = 0xffffff00; /* runs over soon */
	for (int i = 0; i < 20000; i++) {
		uint32_t n = (uint32_t)random_below(3000);
		int put, took;

		for (uint32_t j = 0; j < n; j++)
			text[j] = (char)(written + j);
		put = console_ring_put(&page, text, n);
		CU_ASSERT_TRUE_FATAL(put >= 0 && (uint32_t)put <= n);
		written += (size_t)put;
		took = cons_ring_peek(&page, got, random_below(sizeof(got)) + 1);
		CU_ASSERT_TRUE_FATAL(took >= 0);
		cons_ring_drop(&page, (size_t)took);
		for (int j = 0; j < took; j++)
			CU_ASSERT_EQUAL_FATAL(got[j], (char)(read + (size_t)j));
		read += (size_t)took;
		CU_ASSERT_TRUE_FATAL(written - read <= sizeof(page.out));
	}
	CU_ASSERT_TRUE(read > 1000000);
	CU_ASSERT_EQUAL(cons_ring_put(&page, "typed", 5), 5);
	CU_ASSERT_EQUAL(console_ring_take(&page, got, 3), 3);
	CU_ASSERT_EQUAL(console_ring_take(&page, got + 3, 100), 2);
	CU_ASSERT_EQUAL(memcmp(got, "typed", 5), 0);
	CU_ASSERT_EQUAL(console_ring_take(&page, got, 100), 0);
}

TEST(a_full_ring_takes_no_more)
{
	static char text[sizeof(page.out) + 1];

	memset(&page, 0, sizeof(page));
	CU_ASSERT_EQUAL(console_ring_put(&page, text, sizeof(text)), (int)sizeof(page.out));
	CU_ASSERT_EQUAL(console_ring_put(&page, text, 1), 0);
}

TEST(indices_that_cannot_be)
{
	char got[16];

	memset(&page, 0, sizeof(page));
	page.out_cons = 1; /* taken before it was made */
	CU_ASSERT_EQUAL(console_ring_put(&page, "x", 1), -EPROTO);
	CU_ASSERT_EQUAL(page.out_prod, 0);
	page.in_prod = sizeof(page.in) + 1;
	CU_ASSERT_EQUAL(console_ring_take(&page, got, sizeof(got)), -EPROTO);
	CU_ASSERT_EQUAL(page.in_cons, 0);
}
