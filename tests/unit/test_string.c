/* test_string.c - copying strings with a limit, reading numbers and sizes */
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/types.h"
#include "lib/work.h"
#include "unit.h"

TEST(str_copy_ends_and_cuts)
{
	char to[4] = "xxx";

	CU_ASSERT_EQUAL(str_copy(to, "ab", sizeof(to)), 2);
	CU_ASSERT_STRING_EQUAL(to, "ab");
	CU_ASSERT_EQUAL(str_copy(to, "abcdef", sizeof(to)), 6);
	CU_ASSERT_STRING_EQUAL(to, "abc");
	CU_ASSERT_EQUAL(str_copy(to, "", 1), 0);
	CU_ASSERT_STRING_EQUAL(to, "");
	to[0] = 'x';
	CU_ASSERT_EQUAL(str_copy(to, "abc", 0), 3);
	CU_ASSERT_EQUAL(to[0], 'x');
}

TEST(str_starts_looks_at_the_whole_prefix)
{
	CU_ASSERT_TRUE(str_starts("min:5", "min:"));
	CU_ASSERT_TRUE(str_starts("min:", ""));
	CU_ASSERT_FALSE(str_starts("mi", "min:"));
	CU_ASSERT_FALSE(str_starts("", "m"));
}

static void reads_u64(const char *text, uint64_t value, size_t length)
{
	const char *s = text;
	uint64_t n = 77;

	CU_ASSERT_EQUAL(parse_u64(&s, &n), 0);
	CU_ASSERT_EQUAL(n, value);
	CU_ASSERT_EQUAL((size_t)(s - text), length);
}

static void refuses_u64(const char *text, int error)
{
	const char *s = text;
	uint64_t n = 77;

	CU_ASSERT_EQUAL(parse_u64(&s, &n), error);
	CU_ASSERT_EQUAL(n, 77);
	CU_ASSERT_PTR_EQUAL(s, text);
}

TEST(parse_u64_reads_three_bases_and_stops_behind)
{
	reads_u64("0", 0, 1);
	reads_u64("115200,8n1", 115200, 6);
	reads_u64("0x3f8", 0x3f8, 5);
	reads_u64("0XfF", 0xff, 4);
	reads_u64("0x", 0, 1);
	reads_u64("0xg", 0, 1);
	reads_u64("0178", 017, 3);
	reads_u64("18446744073709551615", UINT64_MAX, 20);
	reads_u64("0xffffffffffffffff", UINT64_MAX, 18);
}

TEST(parse_u64_refuses_what_is_no_number_and_what_is_too_large)
{
	refuses_u64("", -EINVAL);
	refuses_u64("-1", -EINVAL);
	refuses_u64(" 1", -EINVAL);
	refuses_u64("x", -EINVAL);
	refuses_u64("18446744073709551616", -ERANGE);
	refuses_u64("0x10000000000000000", -ERANGE);
	refuses_u64("99999999999999999999999999", -ERANGE);
}

static void reads_size(const char *text, unsigned int shift, uint64_t bytes, size_t length)
{
	const char *s = text;
	uint64_t n = 77;

	CU_ASSERT_EQUAL(parse_size(&s, shift, &n), 0);
	CU_ASSERT_EQUAL(n, bytes);
	CU_ASSERT_EQUAL((size_t)(s - text), length);
}

TEST(parse_size_knows_the_suffixes)
{
	reads_size("512M", 0, MIB(512), 4);
	reads_size("512m,", 0, MIB(512), 4);
	reads_size("2g", 10, GIB(2), 2);
	reads_size("1T", 10, GIB(1024), 2);
	reads_size("3k", 0, 3072, 2);
	reads_size("3", 0, 3, 1);
	reads_size("3", 10, 3072, 1);
	reads_size("3x", 10, 3072, 1);
}

TEST(parse_size_refuses_what_exceeds_64_bits)
{
	const char *text = "17179869184G", *s = text;
	uint64_t n = 77;

	CU_ASSERT_EQUAL(parse_size(&s, 0, &n), -ERANGE);
	CU_ASSERT_EQUAL(n, 77);
	CU_ASSERT_PTR_EQUAL(s, text);
	reads_size("17179869183G", 0, UINT64_C(17179869183) << 30, 12);
}

TEST(rounding_keeps_the_type)
{
	CU_ASSERT_EQUAL(ROUND_UP(UINT64_C(0x100000001), PAGE_SIZE), UINT64_C(0x100001000));
	CU_ASSERT_EQUAL(ROUND_DOWN(UINT64_C(0x100000fff), 4096), UINT64_C(0x100000000));
	CU_ASSERT_EQUAL(ROUND_UP(UINT64_C(0x2000), PAGE_SIZE), 0x2000);
	CU_ASSERT_EQUAL(DIV_ROUND_UP(9, 4), 3);
	CU_ASSERT_TRUE(mfn_eq(mfn_of_paddr(0x5fff), MFN(5)));
	CU_ASSERT_EQUAL(paddr_of_mfn(mfn_add(MFN(5), 2)), 0x7000);
}

TEST(work_is_spent_and_always_makes_progress)
{
	struct work w = {.left = 10}, none = {.left = 0}, unlimited = WORK_UNLIMITED;

	CU_ASSERT_TRUE(work_spend(&w, 4));
	CU_ASSERT_TRUE(work_spend(&w, 7));
	CU_ASSERT_FALSE(work_spend(&w, 1));
	CU_ASSERT_FALSE(work_spend(&none, 1));
	CU_ASSERT_TRUE(work_spend(&unlimited, 1000000));
	w.left = 1;
	CU_ASSERT_TRUE(work_spend(&w, 100));
	CU_ASSERT_FALSE(work_spend(&w, 1));
}
