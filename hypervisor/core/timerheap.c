/* timerheap.c - what is due first: a pairing heap of times [pure] */
#include "core/timerheap.h"

/* One heap of two: the later root becomes the first child of the earlier. Either may be NULL; neither has siblings. */
static struct timerheap_node *merge(struct timerheap_node *a, struct timerheap_node *b)
{
	struct timerheap_node *later;

	if (!a)
		return b;
	if (!b)
		return a;
	if (b->expires < a->expires) {
		later = a;
		a = b;
	} else {
		later = b;
	}
	later->next = a->child;
	if (a->child)
		a->child->prev = later;
	later->prev = a;
	a->child = later;
	return a;
}

/* One heap of a list of siblings: pairs from left to right, then the pairs from right to left. That order is what
 * bounds the cost. The list of pairs is linked by prev. */
static struct timerheap_node *merge_siblings(struct timerheap_node *n)
{
	struct timerheap_node *pairs = NULL, *root = NULL;

	while (n) {
		struct timerheap_node *a = n, *b = n->next;

		n = b ? b->next : NULL;
		a->next = NULL;
		if (b)
			b->next = NULL;
		a = merge(a, b);
		a->prev = pairs;
		pairs = a;
	}
	while (pairs) {
		struct timerheap_node *pair = pairs;

		pairs = pair->prev;
		pair->prev = NULL;
		root = merge(root, pair);
	}
	return root;
}

void timerheap_add(struct timerheap *h, struct timerheap_node *n)
{
	n->child = NULL;
	n->next = NULL;
	n->prev = NULL;
	h->first = merge(h->first, n);
}

void timerheap_remove(struct timerheap *h, struct timerheap_node *n)
{
	struct timerheap_node *rest = merge_siblings(n->child);

	if (h->first == n) {
		h->first = rest;
	} else {
		if (n->prev->child == n)
			n->prev->child = n->next;
		else
			n->prev->next = n->next;
		if (n->next)
			n->next->prev = n->prev;
		h->first = merge(h->first, rest);
	}
	n->child = NULL;
	n->next = NULL;
	n->prev = NULL;
}
