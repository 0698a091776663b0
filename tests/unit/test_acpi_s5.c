/* test_acpi_s5.c - the sleep types of S5, found where they are and not where they are not */
#include "core/acpi_s5.h"
#include "lib/errno.h"
#include "unit.h"

static uint8_t a, b;

/* In a block of exactly its size, so that the sanitizer sees a read beyond it. */
static int find(const char *bytes, size_t length)
{
	uint8_t *copy = malloc(length);
	int result;

	memcpy(copy, bytes, length);
	result = acpi_find_s5(copy, length, &a, &b);
	free(copy);
	return result;
}

#define FIND(literal) find(literal, sizeof(literal) - 1)

TEST(packages_of_numbers_are_understood)
{
	CU_ASSERT_EQUAL(FIND("xxxx\x08_S5_\x12\x06\x04\x00\x00\x00\x00"), 0);
	CU_ASSERT(a == 0 && b == 0);
	CU_ASSERT_EQUAL(FIND("xxxx\x08\\_S5_\x12\x08\x04\x0a\x05\x0a\x07\x00\x00"), 0);
	CU_ASSERT(a == 5 && b == 7);
	CU_ASSERT_EQUAL(FIND("xxxx\x08_S5_\x12\x40\x08\x02\x01\x0b\x06\x00\x00\x00"), 0);
	CU_ASSERT(a == 1 && b == 6);
}

TEST(other_things_are_not)
{
	CU_ASSERT_EQUAL(FIND("xxxx_S5_\x12\x06\x04\x00\x00\x00\x00"), -ENOENT);
	CU_ASSERT_EQUAL(FIND("xxxx\x08_S4_\x12\x06\x04\x00\x00\x00\x00"), -ENOENT);
	CU_ASSERT_EQUAL(FIND("xxxx\x08_S5_\x11\x06\x04\x00\x00\x00\x00"), -ENOENT);
	CU_ASSERT_EQUAL(FIND("xxxx\x08_S5_\x12\x06\x01\x00\x00\x00\x00"), -ENOENT);
	CU_ASSERT_EQUAL(FIND("xxxx\x08_S5_\x12\x06\x04\x0a\x08\x00\x00"), -ENOENT);
	CU_ASSERT_EQUAL(FIND(""), -ENOENT);
}

TEST(a_cut_table_is_not_read_beyond)
{
	static const char whole[] = "xx\x08_S5_\x12\xc6\x01\x01\x01\x04\x0c\x05\x00\x00\x00\x0b\x05\x00";

	CU_ASSERT_EQUAL(find(whole, sizeof(whole) - 1), 0);
	for (size_t length = 0; length < sizeof(whole) - 1; length++)
		CU_ASSERT_EQUAL(find(whole, length), -ENOENT);
}
