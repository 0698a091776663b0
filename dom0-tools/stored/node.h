/* node.h - nodes of the tree, shared between its versions and copied when one of them changes */
#ifndef STORED_NODE_H
#define STORED_NODE_H

#include <stddef.h>
#include <stdint.h>

#include "perm.h"

/*
 * A transaction sees the tree as it was when it began. That costs nothing: both versions hold a
 * reference to the same nodes, and whoever changes a node first makes it his own (node_own).
 */
struct node {
	unsigned int refs;
	unsigned int nr_children, room;
	struct node **children; /* by name */
	uint64_t generation;	/* changes with value, permissions, and set of children */
	struct perms perms;
	size_t len;
	char *value;
	char name[];
};

/* One reference, the caller's; NULL: out of memory. */
struct node *node_new(const char *name, size_t name_len, const struct perms *perms);
struct node *node_get(struct node *node);
void node_put(struct node *node);

/* The node in *slot for writing: itself if nobody shares it, else a copy. NULL: out of memory.
 * Its parent must be the caller's own already. */
struct node *node_own(struct node **slot);

/* Where the child is; NULL: there is none. */
struct node **node_child(const struct node *node, const char *name, size_t name_len);
/* node becomes the owner of child's reference. -ENOMEM: nothing changed. */
int node_add_child(struct node *node, struct node *child);
void node_remove_child(struct node *node, struct node **slot);
int node_set_value(struct node *node, const char *value, size_t len);

#endif
