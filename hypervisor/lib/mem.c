/* mem.c - the C library's memory and string functions, for the freestanding build */
#include "lib/string.h"

/*
 * Written so that no compiler recognises one of these functions in its own body and makes it call
 * itself: bulk work is in string instructions, loops that look like an idiom hold a barrier(). Bulk
 * goes by 8 bytes at a time, small sizes by a few overlapping moves without a loop.
 */
#define barrier() __asm__ volatile("")

typedef uint64_t __attribute__((may_alias, aligned(1))) u64_any;
typedef uint32_t __attribute__((may_alias, aligned(1))) u32_any;
typedef uint16_t __attribute__((may_alias, aligned(1))) u16_any;

#define AT(type, base, offset)	(*(type *)((char *)(base) + (offset)))
#define CAT(type, base, offset) (*(const type *)((const char *)(base) + (offset)))

/* Up to 16 bytes: everything is read before anything is written, so the two may overlap. */
static inline void copy_small(void *to, const void *from, size_t n)
{
	if (n >= 8) {
		uint64_t head = CAT(u64_any, from, 0), tail = CAT(u64_any, from, n - 8);

		AT(u64_any, to, 0) = head;
		AT(u64_any, to, n - 8) = tail;
	} else if (n >= 4) {
		uint32_t head = CAT(u32_any, from, 0), tail = CAT(u32_any, from, n - 4);

		AT(u32_any, to, 0) = head;
		AT(u32_any, to, n - 4) = tail;
	} else if (n >= 2) {
		uint16_t head = CAT(u16_any, from, 0), tail = CAT(u16_any, from, n - 2);

		AT(u16_any, to, 0) = head;
		AT(u16_any, to, n - 2) = tail;
	} else if (n) {
		AT(char, to, 0) = CAT(char, from, 0);
	}
}

/* More than 16 bytes, upwards. */
static inline void copy_up(void *to, const void *from, size_t n)
{
	uint64_t tail = CAT(u64_any, from, n - 8);
	void *end = (char *)to + n;
	size_t words = (n - 1) / 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	AT(u64_any, end, -8) = tail;
}

void *(memcpy)(void *restrict to, const void *restrict from, size_t n)
{
	if (n <= 16)
		copy_small(to, from, n);
	else
		copy_up(to, from, n);
	return to;
}

void *(memmove)(void *to, const void *from, size_t n)
{
	uint64_t head;

	if (n <= 16) {
		copy_small(to, from, n);
	} else if ((uintptr_t)to - (uintptr_t)from >= n) {
		/* No byte of from is written before it is read (to below from wraps to a huge
		 * number). */
		copy_up(to, from, n);
	} else {
		head = CAT(u64_any, from, 0);
		while (n > 8) {
			n -= 8;
			AT(u64_any, to, n) = CAT(u64_any, from, n);
			barrier();
		}
		AT(u64_any, to, 0) = head;
	}
	return to;
}

void *(memset)(void *to, int byte, size_t n)
{
	uint64_t pattern = (uint8_t)byte * UINT64_C(0x0101010101010101);
	size_t words = n / 8;
	void *at = to;

	if (n >= 8) {
		AT(u64_any, to, n - 8) = pattern;
		if (n <= 16)
			AT(u64_any, to, 0) = pattern;
		else
			__asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(pattern) : "memory");
	} else if (n >= 4) {
		AT(u32_any, to, 0) = (uint32_t)pattern;
		AT(u32_any, to, n - 4) = (uint32_t)pattern;
	} else if (n) {
		AT(char, to, 0) = (char)byte;
		AT(char, to, n / 2) = (char)byte;
		AT(char, to, n - 1) = (char)byte;
	}
	return to;
}

int(memcmp)(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	while (n >= 8 && CAT(u64_any, x, 0) == CAT(u64_any, y, 0)) {
		x += 8;
		y += 8;
		n -= 8;
	}
	for (; n; n--, x++, y++) {
		if (*x != *y)
			return *x < *y ? -1 : 1;
		barrier();
	}
	return 0;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n]) {
		n++;
		barrier();
	}
	return n;
}

size_t(strlen)(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		if (!*a)
			break;
		barrier();
	}
	return 0;
}

int(strcmp)(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (!*s)
			return NULL;
		barrier();
	}
	return (char *)(uintptr_t)s;
}
