/* node.c - nodes of the tree, shared between its versions and copied when one of them changes */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"

struct node *node_new(const char *name, size_t name_len, const struct perms *perms)
{
	struct node *node = calloc(1, sizeof(*node) + name_len + 1);

	if (!node)
		return NULL;
	node->refs = 1;
	node->perms = *perms;
	memcpy(node->name, name, name_len);
	return node;
}

struct node *node_get(struct node *node)
{
	node->refs++;
	return node;
}

void node_put(struct node *node)
{
	if (!node || --node->refs)
		return;
	for (unsigned int i = 0; i < node->nr_children; i++)
		node_put(node->children[i]);
	free(node->children);
	free(node->value);
	free(node);
}

struct node *node_own(struct node **slot)
{
	struct node *old = *slot, *copy;
	unsigned int i;

	if (old->refs == 1)
		return old;
	copy = node_new(old->name, strlen(old->name), &old->perms);
	if (!copy)
		return NULL;
	copy->generation = old->generation;
	if (node_set_value(copy, old->value, old->len))
		goto fail;
	if (old->nr_children) {
		copy->room = old->nr_children + 4;
		copy->children = malloc(copy->room * sizeof(*copy->children));
		if (!copy->children)
			goto fail;
		for (i = 0; i < old->nr_children; i++)
			copy->children[i] = node_get(old->children[i]);
		copy->nr_children = old->nr_children;
	}
	node_put(old);
	*slot = copy;
	return copy;
fail:
	node_put(copy);
	return NULL;
}

/* The first child whose name is not less than the one given. */
static unsigned int position(const struct node *node, const char *name, size_t len, int *equal)
{
	unsigned int low = 0, high = node->nr_children;

	*equal = 0;
	while (low < high) {
		unsigned int mid = (low + high) / 2;
		const char *other = node->children[mid]->name;
		int cmp = strncmp(other, name, len);

		if (!cmp && other[len])
			cmp = 1;
		if (!cmp) {
			*equal = 1;
			return mid;
		}
		if (cmp < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct node **node_child(const struct node *node, const char *name, size_t name_len)
{
	int equal;
	unsigned int at = position(node, name, name_len, &equal);

	return equal ? &node->children[at] : NULL;
}

int node_add_child(struct node *node, struct node *child)
{
	int equal;
	unsigned int at = position(node, child->name, strlen(child->name), &equal);

	if (node->nr_children == node->room) {
		unsigned int room = node->room ? 2 * node->room : 4;
		struct node **more = realloc(node->children, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		node->children = more;
		node->room = room;
	}
	memmove(&node->children[at + 1], &node->children[at], (node->nr_children - at) * sizeof(*node->children));
	node->children[at] = child;
	node->nr_children++;
	return 0;
}

void node_remove_child(struct node *node, struct node **slot)
{
	unsigned int at = slot - node->children;

	node_put(*slot);
	node->nr_children--;
	memmove(slot, slot + 1, (node->nr_children - at) * sizeof(*slot));
}

int node_set_value(struct node *node, const char *value, size_t len)
{
	char *copy = NULL;

	if (len) {
		copy = malloc(len);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, value, len);
	}
	free(node->value);
	node->value = copy;
	node->len = len;
	return 0;
}
