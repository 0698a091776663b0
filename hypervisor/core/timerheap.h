/* timerheap.h - what is due first: a pairing heap of times [pure]
 *
 * The links are in what is queued, so nothing is allocated and adding cannot fail. Adding and looking at the first are
 * O(1); removing is O(log n), taken over many. Equal times come out in any order. The caller locks.
 */
#ifndef CORE_TIMERHEAP_H
#define CORE_TIMERHEAP_H

#include "lib/types.h"

struct timerheap_node {
	uint64_t expires;
	struct timerheap_node *child; /* the first of those due later than this one */
	struct timerheap_node *next;  /* the next child of the same parent */
	struct timerheap_node *prev;  /* the previous child, or the parent of the first one */
};

struct timerheap {
	struct timerheap_node *first; /* NULL: empty */
};

/* n->expires is set; n is in no heap. */
void timerheap_add(struct timerheap *h, struct timerheap_node *n);
/* n is in h. */
void timerheap_remove(struct timerheap *h, struct timerheap_node *n);

#endif
