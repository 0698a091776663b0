/* playground.h - pages, tables and grants that a domain can do without, and vcpus that make random calls with them */
#ifndef TESTS_GUEST_PLAYGROUND_H
#define TESTS_GUEST_PLAYGROUND_H

#include "guest.h"
#include "wild.h"

#define PLAY_PAGES  64
#define PLAY_GRANTS 48

extern table_t play_pages[PLAY_PAGES];

/* One vcpu's game. */
struct game {
	uint64_t seed;
	uint64_t wanted;
	volatile uint64_t *done; /* calls made, by all who count there; ends at `wanted` */
	uint16_t domain[4];	 /* others there are, or were */
	uint64_t foreign[4];	 /* some of their frames */
	uint32_t deadly;	 /* wild.h */
	uint64_t taken;		 /* how many of the calls were not refused */
	/* Left out, if it says no. The call's structures are in `room`. NULL: all are made. */
	bool (*allowed)(const struct wild_call *call, const uint8_t *room);
};

/* Maps the grant table, and makes tables of some of the pages. From then on traps that are events or NMIs are ignored. */
void play_prepare(void);
/* On the vcpu that plays, each in a room of its own. */
void play(struct game *g);
/* Between games, with nobody else at play: makes tables and writable pages of the playground again. Pages that were given away are
 * replaced by those that the domain does not use, from pseudo-physical page *spare on; when there are no more, they stay away. */
void play_renew(uint64_t *spare);

#endif
