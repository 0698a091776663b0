/* hooks.c - what code compiled with -fsanitize=thread calls, leading to the explorer instead of to a sanitizer
 *
 * The names and arguments are the compilers' (gcc's and clang's alike): a call before each plain access, and one in place of each
 * atomic operation.
 */
#include "hooks.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HERE __builtin_return_address(0)

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
void __tsan_read_range(const void *p, size_t size);
void __tsan_write_range(const void *p, size_t size);
void __tsan_atomic_thread_fence(int order);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void)
{
}

/* Orders here are sequentially consistent anyway. */
void __tsan_atomic_thread_fence(int order)
{
	(void)order;
}

void __tsan_read_range(const void *p, size_t size)
{
	interleave_access(p, size, false, HERE);
}

void __tsan_write_range(const void *p, size_t size)
{
	interleave_access(p, size, true, HERE);
}

/* The instrumented objects call these by the names that the makefile gives them. Each is one step. */
void *interleave_memcpy(void *to, const void *from, size_t size);
void *interleave_memset(void *to, int byte, size_t size);
void *interleave_memmove(void *to, const void *from, size_t size);

void *interleave_memmove(void *to, const void *from, size_t size)
{
	interleave_access(from, size, false, HERE);
	interleave_access(to, size, true, HERE);
	return memmove(to, from, size);
}

void *interleave_memcpy(void *to, const void *from, size_t size)
{
	interleave_access(from, size, false, HERE);
	interleave_access(to, size, true, HERE);
	return memcpy(to, from, size);
}

void *interleave_memset(void *to, int byte, size_t size)
{
	interleave_access(to, size, true, HERE);
	return memset(to, byte, size);
}

#define PLAIN(name, size, write)                                                                                       \
	void __tsan_##name(void *p);                                                                                   \
	void __tsan_##name(void *p)                                                                                    \
	{                                                                                                              \
		interleave_access(p, size, write, HERE);                                                               \
	}
#define PLAINS(size)                                                                                                   \
	PLAIN(read##size, size, false)                                                                                 \
	PLAIN(write##size, size, true)                                                                                 \
	PLAIN(unaligned_read##size, size, false)                                                                       \
	PLAIN(unaligned_write##size, size, true)
PLAINS(1)
PLAINS(2)
PLAINS(4)
PLAINS(8)
PLAINS(16)

#define FETCH(bits, type, name, result)                                                                                \
	type __tsan_atomic##bits##_##name(volatile type *p, type v, int order);                                        \
	type __tsan_atomic##bits##_##name(volatile type *p, type v, int order)                                         \
	{                                                                                                              \
		type old;                                                                                              \
                                                                                                                       \
		(void)order;                                                                                           \
		interleave_access((const void *)(uintptr_t)p, sizeof(type), true, HERE);                               \
		old = *p;                                                                                              \
		*p = (type)(result);                                                                                   \
		return old;                                                                                            \
	}

#define SWAP(bits, type, name)                                                                                         \
	int __tsan_atomic##bits##_##name(volatile type *p, type *expected, type v, int good, int bad);                 \
	int __tsan_atomic##bits##_##name(volatile type *p, type *expected, type v, int good, int bad)                  \
	{                                                                                                              \
		(void)good;                                                                                            \
		(void)bad;                                                                                             \
		interleave_access((const void *)(uintptr_t)p, sizeof(type), true, HERE);                               \
		if (*p != *expected) {                                                                                 \
			*expected = *p;                                                                                \
			return 0;                                                                                      \
		}                                                                                                      \
		*p = v;                                                                                                \
		return 1;                                                                                              \
	}

#define ATOMICS(bits, type)                                                                                            \
	type __tsan_atomic##bits##_load(const volatile type *p, int order);                                            \
	type __tsan_atomic##bits##_load(const volatile type *p, int order)                                             \
	{                                                                                                              \
		(void)order;                                                                                           \
		interleave_access((const void *)(uintptr_t)p, sizeof(type), false, HERE);                              \
		return *p;                                                                                             \
	}                                                                                                              \
	void __tsan_atomic##bits##_store(volatile type *p, type v, int order);                                         \
	void __tsan_atomic##bits##_store(volatile type *p, type v, int order)                                          \
	{                                                                                                              \
		(void)order;                                                                                           \
		interleave_access((const void *)(uintptr_t)p, sizeof(type), true, HERE);                               \
		*p = v;                                                                                                \
	}                                                                                                              \
	FETCH(bits, type, exchange, v)                                                                                 \
	FETCH(bits, type, fetch_add, old + v)                                                                          \
	FETCH(bits, type, fetch_sub, old - v)                                                                          \
	FETCH(bits, type, fetch_and, old &v)                                                                           \
	FETCH(bits, type, fetch_or, old | v)                                                                           \
	FETCH(bits, type, fetch_xor, old ^ v)                                                                          \
	SWAP(bits, type, compare_exchange_strong)                                                                      \
	SWAP(bits, type, compare_exchange_weak)
ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)
