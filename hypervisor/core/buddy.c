/* buddy.c - free memory, in blocks of 2^order frames */
#include "core/buddy.h"
#include "lib/bitmap.h"
#include "lib/errno.h"

#define NONE	    ((uint32_t)BIT(BUDDY_FRAME_BITS) - 1) /* a link to no block */
#define ORDER_SHIFT 58
#define ORDER_BODY  31 /* in the place of the order: not the first frame of its block */
#define PREV_SHIFT  BUDDY_FRAME_BITS
#define WORD_BODY   UINT64_MAX

/* --- Words ----------------------------------------------------------------------------------- */

/* Others may look at a word without the lock, to see whose the frame is: never half a word. */
static void set_word(struct buddy *b, uint64_t n, uint64_t word)
{
	__atomic_store_n(&b->word[n], word, __ATOMIC_RELAXED);
}

static uint64_t head_word(unsigned int order, uint32_t prev, uint32_t next)
{
	return BUDDY_FREE | (uint64_t)order << ORDER_SHIFT | (uint64_t)prev << PREV_SHIFT | next;
}

static unsigned int order_of(uint64_t word)
{
	return (unsigned int)(word >> ORDER_SHIFT) & 31;
}

static uint32_t prev_of(uint64_t word)
{
	return (uint32_t)(word >> PREV_SHIFT) & NONE;
}

static uint32_t next_of(uint64_t word)
{
	return (uint32_t)word & NONE;
}

static bool is_head(uint64_t word)
{
	return buddy_word_is_free(word) && order_of(word) != ORDER_BODY;
}

static unsigned int zone_of(uint64_t n)
{
	return n ? bit_highest(n) + 1 : 0;
}

/* The zones that end at or below 2^bits bytes: those of frame numbers with at most bits - 12 bits.
 */
static uint32_t zones_below(unsigned int address_bits)
{
	if (address_bits < PAGE_SHIFT)
		return 0;
	return (uint32_t)(BIT(MIN(address_bits - PAGE_SHIFT + 1, BUDDY_ZONES)) - 1);
}

/* --- Lists of free blocks -------------------------------------------------------------------- */

static void link_block(struct buddy *b, uint64_t n, unsigned int order)
{
	unsigned int z = zone_of(n);
	struct buddy_zone *zone = &b->zone[z];
	uint32_t next = zone->first[order];

	set_word(b, n, head_word(order, NONE, next));
	if (next != NONE)
		set_word(b, next, head_word(order, (uint32_t)n, next_of(b->word[next])));
	zone->first[order] = (uint32_t)n;
	zone->ready |= (uint32_t)BIT(order);
	b->ready |= (uint32_t)BIT(z);
	b->free += BIT(order);
}

/* Takes a block off its list; the word of its first frame is the caller's to set. */
static void unlink_block(struct buddy *b, uint64_t n, unsigned int order)
{
	unsigned int z = zone_of(n);
	struct buddy_zone *zone = &b->zone[z];
	uint32_t prev = prev_of(b->word[n]), next = next_of(b->word[n]);

	if (next != NONE)
		set_word(b, next, head_word(order, prev, next_of(b->word[next])));
	if (prev != NONE)
		set_word(b, prev, head_word(order, prev_of(b->word[prev]), next));
	else
		zone->first[order] = next;
	if (zone->first[order] == NONE)
		zone->ready &= ~(uint32_t)BIT(order);
	if (!zone->ready)
		b->ready &= ~(uint32_t)BIT(z);
	b->free -= BIT(order);
}

/* --- Taking ---------------------------------------------------------------------------------- */

int buddy_alloc(struct buddy *b, unsigned int order, unsigned int address_bits, mfn_t *mfn)
{
	uint32_t zones = b->ready & zones_below(address_bits);
	unsigned int have;
	uint64_t n, i;

	if (order > BUDDY_MAX_ORDER)
		return -EINVAL;
	for (; zones; zones &= ~(uint32_t)BIT(bit_highest(zones))) {
		struct buddy_zone *zone = &b->zone[bit_highest(zones)];

		if (!(zone->ready >> order))
			continue;
		have = order + bit_lowest(zone->ready >> order);
		n = zone->first[have];
		unlink_block(b, n, have);
		/* Of a larger block the lower half goes back, and the upper one is halved again. */
		while (have > order) {
			have--;
			link_block(b, n, have);
			n += BIT(have);
		}
		for (i = 0; i < BIT(order); i++)
			set_word(b, n + i, 0);
		*mfn = MFN(n);
		return 0;
	}
	return -ENOMEM;
}

/* --- Giving back ----------------------------------------------------------------------------- */

/* Puts in a block whose words are all WORD_BODY, grown by its free neighbours. */
static void insert_block(struct buddy *b, uint64_t n, unsigned int order)
{
	while (order < BUDDY_MAX_ORDER) {
		uint64_t buddy = n ^ BIT(order);

		if (buddy < b->start || buddy >= b->end || zone_of(buddy) != zone_of(n) || !is_head(b->word[buddy]) ||
		    order_of(b->word[buddy]) != order)
			break;
		unlink_block(b, buddy, order);
		set_word(b, buddy, WORD_BODY);
		n &= ~BIT(order);
		order++;
	}
	link_block(b, n, order);
}

static bool may_come_in(const struct buddy *b, uint64_t start, uint64_t end)
{
	uint64_t n;

	if (start < b->start || end > b->end || start > end)
		return false;
	for (n = start; n < end; n++) {
		if (b->word[n])
			return false;
	}
	return true;
}

static void cover_with_body(struct buddy *b, uint64_t start, uint64_t end)
{
	uint64_t n;

	for (n = start; n < end; n++)
		set_word(b, n, WORD_BODY);
}

int buddy_free(struct buddy *b, mfn_t mfn, unsigned int order)
{
	if (order > BUDDY_MAX_ORDER || mfn.n >= b->end || (mfn.n & (BIT(order) - 1)) ||
	    !may_come_in(b, mfn.n, mfn.n + BIT(order)))
		return -EINVAL;
	cover_with_body(b, mfn.n, mfn.n + BIT(order));
	/* The first 2^order frames from 0 on are several zones; any other aligned block is within
	 * one. */
	if (mfn.n == 0 && order > 0) {
		insert_block(b, 0, 0);
		for (unsigned int o = 0; o < order; o++)
			insert_block(b, BIT(o), o);
	} else {
		insert_block(b, mfn.n, order);
	}
	return 0;
}

int buddy_add_range(struct buddy *b, uint64_t start, uint64_t end)
{
	if (!may_come_in(b, start, end))
		return -EINVAL;
	cover_with_body(b, start, end);
	while (start < end) {
		/* As large as alignment, zone and rest allow; frame 0 is a zone of its own. */
		unsigned int order = start ? bit_lowest(start) : 0;

		order = MIN(order, bit_highest(end - start));
		order = MIN(order, BUDDY_MAX_ORDER);
		insert_block(b, start, order);
		start += BIT(order);
	}
	return 0;
}

int buddy_init(struct buddy *b, uint64_t *word, uint64_t start, uint64_t end)
{
	unsigned int z, order;

	/* The last number is NONE. */
	if (start > end || end > NONE)
		return -EINVAL;
	*b = (struct buddy){.word = word, .start = start, .end = end};
	for (z = 0; z < BUDDY_ZONES; z++)
		for (order = 0; order <= BUDDY_MAX_ORDER; order++)
			b->zone[z].first[order] = NONE;
	return 0;
}

/* --- Questions ------------------------------------------------------------------------------- */

uint64_t buddy_free_below(const struct buddy *b, unsigned int address_bits)
{
	uint32_t zones = b->ready & zones_below(address_bits);
	uint64_t sum = 0;

	for (; zones; zones &= zones - 1) {
		const struct buddy_zone *zone = &b->zone[bit_lowest(zones)];
		unsigned int order;
		uint32_t n;

		for (order = 0; order <= BUDDY_MAX_ORDER; order++)
			for (n = zone->first[order]; n != NONE; n = next_of(b->word[n]))
				sum += BIT(order);
	}
	return sum;
}

int buddy_largest_order(const struct buddy *b)
{
	uint32_t orders = 0, zones;

	for (zones = b->ready; zones; zones &= zones - 1)
		orders |= b->zone[bit_lowest(zones)].ready;
	return orders ? (int)bit_highest(orders) : -1;
}

/* --- Checking -------------------------------------------------------------------------------- */

/* Whether n may be the first frame of a free block of this order in this zone. */
static bool is_block(const struct buddy *b, uint64_t n, unsigned int order, unsigned int z)
{
	return n >= b->start && n < b->end && BIT(order) <= b->end - n && zone_of(n) == z && is_head(b->word[n]) &&
	       order_of(b->word[n]) == order;
}

static const char *check_block(const struct buddy *b, uint64_t n)
{
	unsigned int order = order_of(b->word[n]), z = zone_of(n);
	uint64_t i, buddy = n ^ BIT(order);

	if (order > BUDDY_MAX_ORDER || (n & (BIT(order) - 1)) || BIT(order) > b->end - n)
		return "a free block has an impossible order";
	if (zone_of(n + BIT(order) - 1) != z)
		return "a free block crosses its zone's end";
	for (i = 1; i < BIT(order); i++)
		if (b->word[n + i] != WORD_BODY)
			return "a free block has a frame that is not free";
	if (order < BUDDY_MAX_ORDER && is_block(b, buddy, order, z))
		return "two free buddies were not joined";
	return NULL;
}

/* Walks a list; adds its blocks to *blocks, which also bounds a list that bites its tail. */
static const char *check_list(const struct buddy *b, unsigned int z, unsigned int order, uint64_t *blocks)
{
	uint32_t n, prev = NONE;

	for (n = b->zone[z].first[order]; n != NONE; prev = n, n = next_of(b->word[n])) {
		if (!is_block(b, n, order, z))
			return "a list of free blocks leads to something else";
		if (prev_of(b->word[n]) != prev)
			return "a free block's link back is wrong";
		if (++*blocks > b->end - b->start)
			return "a list of free blocks has no end";
	}
	if ((prev != NONE) != !!(b->zone[z].ready & BIT(order)))
		return "a zone's summary of its lists is wrong";
	return NULL;
}

const char *buddy_check(const struct buddy *b)
{
	uint64_t n, blocks = 0, listed = 0, free = 0;
	unsigned int z, order;
	const char *wrong;

	for (n = b->start; n < b->end;) {
		if (!buddy_word_is_free(b->word[n])) {
			n++;
			continue;
		}
		if (!is_head(b->word[n]))
			return "a free frame is in no block";
		wrong = check_block(b, n);
		if (wrong)
			return wrong;
		blocks++;
		free += BIT(order_of(b->word[n]));
		n += BIT(order_of(b->word[n]));
	}
	for (z = 0; z < BUDDY_ZONES; z++) {
		for (order = 0; order <= BUDDY_MAX_ORDER; order++) {
			wrong = check_list(b, z, order, &listed);
			if (wrong)
				return wrong;
		}
		if (!!b->zone[z].ready != !!(b->ready & BIT(z)))
			return "the summary of the zones is wrong";
	}
	if (blocks != listed)
		return "a free block is on no list";
	if (free != b->free)
		return "the count of free frames is wrong";
	return NULL;
}
