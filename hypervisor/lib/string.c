/* string.c - strings: copying with a limit, reading numbers */
#include "lib/errno.h"
#include "lib/string.h"

size_t str_copy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);

	if (size) {
		size_t n = MIN(length, size - 1);

		memcpy(to, from, n);
		to[n] = '\0';
	}
	return length;
}

bool str_starts(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

/* The value of a digit, or a number no base reaches. */
static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 99;
}

int parse_u64(const char **s, uint64_t *value)
{
	const char *at = *s;
	unsigned int base = 10, digit = digit_value(*at);
	uint64_t sum = 0;

	if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && digit_value(at[2]) < 16) {
		base = 16;
		at += 2;
	} else if (at[0] == '0') {
		base = 8;
	} else if (digit >= base) {
		return -EINVAL;
	}
	while ((digit = digit_value(*at)) < base) {
		if (__builtin_mul_overflow(sum, base, &sum) || __builtin_add_overflow(sum, digit, &sum))
			return -ERANGE;
		at++;
	}
	*s = at;
	*value = sum;
	return 0;
}

/* The shift that a size's suffix stands for; 0 where there is none. */
static unsigned int suffix_shift(char c)
{
	switch (c) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	case 'g':
	case 'G':
		return 30;
	case 't':
	case 'T':
		return 40;
	default:
		return 0;
	}
}

int parse_size(const char **s, unsigned int default_shift, uint64_t *bytes)
{
	const char *at = *s;
	unsigned int shift;
	uint64_t n;
	int rc = parse_u64(&at, &n);

	if (rc)
		return rc;
	shift = suffix_shift(*at);
	if (shift)
		at++;
	else
		shift = default_shift;
	if (n << shift >> shift != n)
		return -ERANGE;
	*s = at;
	*bytes = n << shift;
	return 0;
}
