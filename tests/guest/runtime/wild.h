/* wild.h - hypercalls made at random: valid ones, nearly valid ones, wild ones [pure]
 *
 * From a seed and a description of the caller's world follow the calls, always the same. Most of what they name exists: frames
 * and addresses of a playground that the caller can do without, page tables, ports and grants with small numbers, other domains.
 * Now and then a bit, a count or a pointer is wrong.
 */
#ifndef TESTS_GUEST_WILD_H
#define TESTS_GUEST_WILD_H

#include <stdint.h>

#define WILD_ROOM   16384 /* bytes for what a call's pointers name */
#define WILD_TABLES 4

struct wild {
	uint64_t state;		   /* the seed; not 0 */
	const uint64_t *mfn;	   /* of the caller's pages */
	uint32_t pages;		   /* 0: only the playground is touched */
	uint64_t base;		   /* where page 0 is mapped; the others behind it */
	uint32_t play, play_pages; /* the playground */
	uint32_t l1;		   /* the page that maps them all */
	uint16_t domain[4];	   /* others there are, or were */
	uint64_t foreign[4];	   /* some of their frames */
	uint8_t *room;		   /* WILD_ROOM bytes, at this very address for the caller */
	uint32_t deadly;	   /* one in so many calls may end or stop the caller; 0: none */
};

struct wild_call {
	uint64_t nr, arg[4];
};

uint64_t wild_random(struct wild *w);
/* One of `n`. */
static inline uint32_t wild_below(struct wild *w, uint32_t n)
{
	return (uint32_t)((wild_random(w) >> 32) * n >> 32);
}
struct wild_call wild_next(struct wild *w);
/* An entry for a page table. */
uint64_t wild_entry(struct wild *w);

#endif
