/* test_mem.c - the freestanding mem* and str* against the C library's */
#include "unit.h"
#include "random.h"

/* lib/mem.c under other names, beside the real ones. */
#define memcpy	our_memcpy
#define memmove our_memmove
#define memset	our_memset
#define memcmp	our_memcmp
#define strlen	our_strlen
#define strnlen our_strnlen
#define strcmp	our_strcmp
#define strncmp our_strncmp
#define strchr	our_strchr
#include "lib/string.h"
#include "../../hypervisor/lib/mem.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr

#define SPAN 200

static void fill(uint8_t *bytes, size_t n)
{
	while (n--)
		*bytes++ = (uint8_t)random_u64();
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

TEST(memcpy_copies_every_size_at_every_alignment_and_no_byte_more)
{
	uint8_t from[SPAN + 16], to[SPAN + 32], expected[SPAN + 32];
	size_t n, a, b;

	random_seed("memcpy", 1);
	for (n = 0; n <= SPAN; n += n < 40 ? 1 : 13) {
		for (a = 0; a < 9; a++) {
			for (b = 0; b < 9; b++) {
				fill(from, sizeof(from));
				fill(to, sizeof(to));
				memcpy(expected, to, sizeof(to));
				memcpy(expected + b, from + a, n);
				CU_ASSERT_PTR_EQUAL(our_memcpy(to + b, from + a, n), to + b);
				CU_ASSERT_EQUAL(memcmp(to, expected, sizeof(to)), 0);
			}
		}
	}
}

TEST(memmove_copes_with_every_overlap)
{
	uint8_t ours[SPAN], theirs[SPAN];
	size_t n, from, to;

	random_seed("memmove", 2);
	for (n = 0; n <= 70; n++) {
		for (from = 0; from < 60; from += 3) {
			for (to = 0; to < 60; to++) {
				fill(ours, SPAN);
				memcpy(theirs, ours, SPAN);
				memmove(theirs + to, theirs + from, n);
				CU_ASSERT_PTR_EQUAL(our_memmove(ours + to, ours + from, n), ours + to);
				CU_ASSERT_EQUAL(memcmp(ours, theirs, SPAN), 0);
			}
		}
	}
}

TEST(memset_sets_every_size_and_no_byte_more)
{
	uint8_t ours[SPAN + 16], theirs[SPAN + 16];
	size_t n, at;

	random_seed("memset", 3);
	for (n = 0; n <= SPAN; n++) {
		for (at = 0; at < 9; at++) {
			fill(ours, sizeof(ours));
			memcpy(theirs, ours, sizeof(ours));
			memset(theirs + at, 0x1a5, n);
			CU_ASSERT_PTR_EQUAL(our_memset(ours + at, 0x1a5, n), ours + at);
			CU_ASSERT_EQUAL(memcmp(ours, theirs, sizeof(ours)), 0);
		}
	}
}

TEST(memcmp_finds_the_first_difference_as_unsigned_bytes)
{
	uint8_t a[40], b[40];
	size_t n, at;

	random_seed("memcmp", 4);
	for (n = 0; n <= 32; n++) {
		for (at = 0; at <= n; at++) {
			fill(a, sizeof(a));
			memcpy(b, a, sizeof(b));
			b[at] ^= 0x80;
			b[at + 1] = (uint8_t)random_u64();
			CU_ASSERT_EQUAL(sign(our_memcmp(a, b, n)), sign(memcmp(a, b, n)));
		}
	}
}

TEST(string_functions_agree_with_the_library)
{
	static const char *const words[] = {"", "a", "b", "ab", "abc", "abd", "\x80", "a\xff", "abcdefghijk"};
	size_t i, j, n;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		CU_ASSERT_EQUAL(our_strlen(words[i]), strlen(words[i]));
		for (n = 0; n < 14; n++)
			CU_ASSERT_EQUAL(our_strnlen(words[i], n), strnlen(words[i], n));
		CU_ASSERT_PTR_EQUAL(our_strchr(words[i], 'b'), strchr(words[i], 'b'));
		CU_ASSERT_PTR_EQUAL(our_strchr(words[i], 0), strchr(words[i], 0));
		CU_ASSERT_PTR_EQUAL(our_strchr(words[i], 0x80), strchr(words[i], 0x80));
		for (j = 0; j < ARRAY_SIZE(words); j++) {
			CU_ASSERT_EQUAL(sign(our_strcmp(words[i], words[j])), sign(strcmp(words[i], words[j])));
			for (n = 0; n < 5; n++)
				CU_ASSERT_EQUAL(sign(our_strncmp(words[i], words[j], n)),
						sign(strncmp(words[i], words[j], n)));
		}
	}
}
