/* bitmap.h - arrays of bits, in unsigned longs as the guest ABI has them */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include "lib/types.h"

#define BITS_PER_LONG	64
#define BITMAP_WORDS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BITMAP(name, n) unsigned long name[BITMAP_WORDS(n)]

#define BIT_WORD(bit)	 ((bit) / BITS_PER_LONG)
#define BIT_IN_WORD(bit) (1UL << ((bit) % BITS_PER_LONG))

/* Plain: the caller's lock keeps others away. Each returns what the bit was, where it returns
 * anything. */
static inline bool bit_test(const unsigned long *map, size_t bit)
{
	return map[BIT_WORD(bit)] & BIT_IN_WORD(bit);
}

static inline void bit_set(unsigned long *map, size_t bit)
{
	map[BIT_WORD(bit)] |= BIT_IN_WORD(bit);
}

static inline void bit_clear(unsigned long *map, size_t bit)
{
	map[BIT_WORD(bit)] &= ~BIT_IN_WORD(bit);
}

static inline bool bit_test_and_set(unsigned long *map, size_t bit)
{
	bool was = bit_test(map, bit);

	bit_set(map, bit);
	return was;
}

static inline bool bit_test_and_clear(unsigned long *map, size_t bit)
{
	bool was = bit_test(map, bit);

	bit_clear(map, bit);
	return was;
}

/* Atomic, sequentially consistent: for words shared with other CPUs or with a guest. */
static inline bool bit_test_atomic(const unsigned long *map, size_t bit)
{
	return __atomic_load_n(&map[BIT_WORD(bit)], __ATOMIC_SEQ_CST) & BIT_IN_WORD(bit);
}

static inline void bit_set_atomic(unsigned long *map, size_t bit)
{
	__atomic_fetch_or(&map[BIT_WORD(bit)], BIT_IN_WORD(bit), __ATOMIC_SEQ_CST);
}

static inline void bit_clear_atomic(unsigned long *map, size_t bit)
{
	__atomic_fetch_and(&map[BIT_WORD(bit)], ~BIT_IN_WORD(bit), __ATOMIC_SEQ_CST);
}

static inline bool bit_test_and_set_atomic(unsigned long *map, size_t bit)
{
	return __atomic_fetch_or(&map[BIT_WORD(bit)], BIT_IN_WORD(bit), __ATOMIC_SEQ_CST) & BIT_IN_WORD(bit);
}

static inline bool bit_test_and_clear_atomic(unsigned long *map, size_t bit)
{
	return __atomic_fetch_and(&map[BIT_WORD(bit)], ~BIT_IN_WORD(bit), __ATOMIC_SEQ_CST) & BIT_IN_WORD(bit);
}

/* Number of the lowest / highest set bit; x must not be 0. */
static inline unsigned int bit_lowest(uint64_t x)
{
	return (unsigned int)__builtin_ctzll(x);
}

static inline unsigned int bit_highest(uint64_t x)
{
	return 63 - (unsigned int)__builtin_clzll(x);
}

/* How many bits are set. (The built-in would call libgcc on CPUs without POPCNT.) */
unsigned int bit_weight(uint64_t x);

/*
 * Over the first nbits of a map. The find functions return nbits when there is no such bit at or
 * after from; from may be nbits or more. Bits at and beyond nbits are neither looked at nor
 * changed.
 */
size_t bitmap_next_set(const unsigned long *map, size_t nbits, size_t from);
size_t bitmap_next_zero(const unsigned long *map, size_t nbits, size_t from);
size_t bitmap_weight(const unsigned long *map, size_t nbits);
void bitmap_fill(unsigned long *map, size_t nbits);
void bitmap_zero(unsigned long *map, size_t nbits);

static inline size_t bitmap_first_set(const unsigned long *map, size_t nbits)
{
	return bitmap_next_set(map, nbits, 0);
}

static inline size_t bitmap_first_zero(const unsigned long *map, size_t nbits)
{
	return bitmap_next_zero(map, nbits, 0);
}

static inline bool bitmap_empty(const unsigned long *map, size_t nbits)
{
	return bitmap_next_set(map, nbits, 0) >= nbits;
}

#define bitmap_for_each(bit, map, nbits)                                                                               \
	for ((bit) = bitmap_next_set(map, nbits, 0); (bit) < (nbits); (bit) = bitmap_next_set(map, nbits, (bit) + 1))

#endif
