/* string.h - bytes and strings */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/types.h"

/*
 * The first group bears the C library's names, prototypes and meaning, because compilers call some
 * of them on their own. They are defined in lib/mem.c, which belongs to the freestanding build
 * alone: a native test leaves that file out and takes its C library's. The second group is ours
 * everywhere (lib/string.c).
 */
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);

/*
 * -ffreestanding makes the compiler forget what these do. By their other names it still knows, and
 * makes a copy of 8 bytes one move instead of a call.
 */
#if !__STDC_HOSTED__
#define memcpy(to, from, n)  __builtin_memcpy(to, from, n)
#define memmove(to, from, n) __builtin_memmove(to, from, n)
#define memset(to, byte, n)  __builtin_memset(to, byte, n)
#define memcmp(a, b, n)	     __builtin_memcmp(a, b, n)
#define strlen(s)	     __builtin_strlen(s)
#define strcmp(a, b)	     __builtin_strcmp(a, b)
#endif

/*
 * Copies a string into an array of size bytes, cut short where it must be, and always ended by 0
 * (unless size is 0). Returns the length of from: the copy was cut if that is >= size.
 */
size_t str_copy(char *to, const char *from, size_t size);

/* Whether s begins with prefix. */
bool str_starts(const char *s, const char *prefix);

/*
 * Reads a number (decimal, 0x hexadecimal, or 0 octal) at *s and moves *s behind it.
 * -EINVAL where no digit is, -ERANGE where it exceeds 64 bits; *s and *value are then as before.
 */
int parse_u64(const char **s, uint64_t *value);

/*
 * The same with a suffix K, M, G or T (either case, powers of 1024) for a size in bytes; a number
 * without one counts in units of 1 << default_shift bytes.
 */
int parse_size(const char **s, unsigned int default_shift, uint64_t *bytes);

#endif
