/* bitmap.c - arrays of bits: searching, counting, filling */
#include "lib/bitmap.h"

/* The bits of word number i that lie below nbits. */
static unsigned long word_mask(size_t i, size_t nbits)
{
	size_t rest = nbits - i * BITS_PER_LONG;

	return rest >= BITS_PER_LONG ? ~0UL : BIT_IN_WORD(rest) - 1;
}

unsigned int bit_weight(uint64_t x)
{
	/* Sums of neighbouring fields: pairs, then nibbles, then bytes, then all bytes at once. */
	x -= (x >> 1) & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) + ((x >> 2) & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned int)((x * UINT64_C(0x0101010101010101)) >> 56);
}

/* Looks for a bit that is set in map ^ invert. */
static size_t next_bit(const unsigned long *map, size_t nbits, size_t from, unsigned long invert)
{
	unsigned long word;
	size_t i;

	if (from >= nbits)
		return nbits;
	i = BIT_WORD(from);
	word = (map[i] ^ invert) & ~(BIT_IN_WORD(from) - 1);
	while (!(word &= word_mask(i, nbits))) {
		i++;
		if (i >= BITMAP_WORDS(nbits))
			return nbits;
		word = map[i] ^ invert;
	}
	return i * BITS_PER_LONG + bit_lowest(word);
}

size_t bitmap_next_set(const unsigned long *map, size_t nbits, size_t from)
{
	return next_bit(map, nbits, from, 0);
}

size_t bitmap_next_zero(const unsigned long *map, size_t nbits, size_t from)
{
	return next_bit(map, nbits, from, ~0UL);
}

size_t bitmap_weight(const unsigned long *map, size_t nbits)
{
	size_t i, sum = 0;

	for (i = 0; i < BITMAP_WORDS(nbits); i++)
		sum += bit_weight(map[i] & word_mask(i, nbits));
	return sum;
}

void bitmap_fill(unsigned long *map, size_t nbits)
{
	size_t i;

	for (i = 0; i < BITMAP_WORDS(nbits); i++)
		map[i] |= word_mask(i, nbits);
}

void bitmap_zero(unsigned long *map, size_t nbits)
{
	size_t i;

	for (i = 0; i < BITMAP_WORDS(nbits); i++)
		map[i] &= ~word_mask(i, nbits);
}
