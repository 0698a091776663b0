/* guest_walk.h - from a linear to a physical address, by page tables that a guest keeps for itself [pure]
 *
 * For guests under hardware virtualization, whose tables nobody has validated: everything in them may be anything.
 * All formats: two levels (with PSE), three (PAE), four. Accessed and dirty bits are set as the CPU would.
 */
#ifndef CORE_GUEST_WALK_H
#define CORE_GUEST_WALK_H

#include "lib/types.h"

struct guest_tables {
	uint64_t cr0, cr3, cr4, efer;
	/* The contents of a guest frame that is RAM, or NULL. They stay where they are until the walk is done. */
	void *(*frame)(void *context, uint64_t gfn);
	void *context;
};

#define WALK_WRITE 2 /* bits as in a page fault's error code */
#define WALK_USER  4
#define WALK_FETCH 16

/* 0 and *physical; or -EFAULT and *error, the code of the page fault that the access would raise. */
int guest_walk(const struct guest_tables *t, uint64_t linear, unsigned access, uint64_t *physical, uint32_t *error);

#endif
