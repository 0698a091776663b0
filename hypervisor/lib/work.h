/* work.h - how much a function that may run long is still allowed to do */
#ifndef LIB_WORK_H
#define LIB_WORK_H

#include "lib/types.h"

/*
 * A caller gives a budget; the function pays before each step, and returns -ERESTART with its
 * progress kept in its own state when it cannot pay. One unit is about the cost of looking at one
 * page-table entry.
 */
struct work {
	long left; /* units that may still be spent; never trusted to be positive */
};

#define WORK_UNLIMITED ((struct work){.left = __LONG_MAX__})

/*
 * Pays for a step. False when the budget is used up: do not take the step, return -ERESTART.
 * A step dearer than what is left is still granted once, so that any budget above 0 makes progress.
 */
static inline bool work_spend(struct work *w, long units)
{
	if (unlikely(w->left <= 0))
		return false;
	w->left -= units;
	return true;
}

/* For a step that spends of the same budget itself: it is paid when it is over, or nothing might be left for it. */
static inline bool work_left(const struct work *w)
{
	return likely(w->left > 0);
}

#endif
