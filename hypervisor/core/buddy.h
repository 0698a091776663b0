/* buddy.h - free memory, in blocks of 2^order frames */
#ifndef CORE_BUDDY_H
#define CORE_BUDDY_H

#include "lib/types.h"

/*
 * Every machine frame has one 64-bit word. While a frame is free its word is the buddy's, and all
 * that the buddy knows of a free block is in the words of its frames:
 *
 *   first frame   63: 1   62..58: order (0..20)   57..29: previous block   28..0: next block
 *   other frames  all ones
 *
 * The links make a list of the free blocks of one order in one zone. An allocated frame's word has
 * bit 63 clear and belongs to whoever got the frame: the buddy hands it over as 0 and wants it back
 * as 0. So whether a frame is free is written in its word alone.
 *
 * A zone is the frames whose numbers have the same highest bit, so that "below 2^n bytes" is a set
 * of whole zones, whatever n is; no block crosses its zone's end. Requests that do not care get the
 * highest memory there is, which leaves the low memory to devices that reach no further.
 */
#define BUDDY_MAX_ORDER	 20
#define BUDDY_FRAME_BITS 29
#define BUDDY_ZONES	 (BUDDY_FRAME_BITS + 1)
#define BUDDY_FREE	 BIT(63)

#define BUDDY_ANYWHERE 64 /* address bits of a request that may be met anywhere */

struct buddy_zone {
	uint32_t ready; /* bit n: there are free blocks of order n */
	uint32_t first[BUDDY_MAX_ORDER + 1];
};

/* The caller's lock keeps others away from all of it, and from the words of free frames. */
struct buddy {
	uint64_t *word;	     /* word[n] is the word of frame n, start <= n < end */
	uint64_t start, end; /* frames that have a word */
	uint64_t free;	     /* frames that are free */
	uint32_t ready;	     /* bit n: zone n has free blocks */
	struct buddy_zone zone[BUDDY_ZONES];
};

/* Whether the frame with this word is free. */
static inline bool buddy_word_is_free(uint64_t word)
{
	return word & BUDDY_FREE;
}

/*
 * An empty buddy for the frames start..end-1. word is indexed by frame number; the words from start
 * on must exist and be 0. -EINVAL if start > end or a number does not fit 29 bits.
 */
int buddy_init(struct buddy *b, uint64_t *word, uint64_t start, uint64_t end);

/*
 * Hands over the frames start..end-1, whose words are 0. -EINVAL if they are not all between the
 * buddy's ends or any of them is free already; nothing is changed then.
 */
int buddy_add_range(struct buddy *b, uint64_t start, uint64_t end);

/*
 * Takes 2^order frames, aligned to their size, that lie wholly below 2^address_bits bytes; the
 * words become 0. -EINVAL for an order above BUDDY_MAX_ORDER, -ENOMEM if there is no such block.
 * Takes time for each frame of the block and for each halving of a larger one.
 */
int buddy_alloc(struct buddy *b, unsigned int order, unsigned int address_bits, mfn_t *mfn);

/*
 * Gives 2^order frames back; they need not have been taken together. -EINVAL if mfn is not aligned
 * to the order, not all is between the buddy's ends, or any of the frames is free or its word is
 * not 0; nothing is changed then.
 */
int buddy_free(struct buddy *b, mfn_t mfn, unsigned int order);

static inline uint64_t buddy_free_frames(const struct buddy *b)
{
	return b->free;
}

/* Free frames below 2^address_bits bytes. Looks at every free block there. */
uint64_t buddy_free_below(const struct buddy *b, unsigned int address_bits);

/* The order of the largest free block, or -1 if nothing is free. */
int buddy_largest_order(const struct buddy *b);

/*
 * Checks everything against everything, in a time that grows with the memory: for tests and debug
 * builds. NULL if all is well, else what is wrong.
 */
const char *buddy_check(const struct buddy *b);

#endif
