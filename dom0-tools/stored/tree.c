/* tree.c - one version of the store's contents, with its rules about rights and quotas */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

/* ---- Accounts -------------------------------------------------------------------------------- */

static struct account *account_of(const struct tree *tree, unsigned int domid)
{
	for (unsigned int i = 0; i < tree->nr_accounts; i++)
		if (tree->accounts[i].domid == domid)
			return &tree->accounts[i];
	return NULL;
}

static int account_open(struct tree *tree, unsigned int domid)
{
	struct account *more;

	if (account_of(tree, domid))
		return 0;
	more = realloc(tree->accounts, (tree->nr_accounts + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	tree->accounts = more;
	more[tree->nr_accounts++] = (struct account){.domid = domid};
	return 0;
}

static void account_drop(struct tree *tree, unsigned int domid, unsigned int nodes)
{
	struct account *account = account_of(tree, domid);

	account->nodes -= nodes;
	if (!account->nodes)
		*account = tree->accounts[--tree->nr_accounts];
}

/* The whole subtree goes: each owner gets his nodes back. */
static void account_drop_below(struct tree *tree, const struct node *node)
{
	for (unsigned int i = 0; i < node->nr_children; i++)
		account_drop_below(tree, node->children[i]);
	account_drop(tree, node->perms.list[0].domid, 1);
}

/* ---- Versions -------------------------------------------------------------------------------- */

int tree_init(struct tree *tree, uint64_t *clock)
{
	const struct perms dom0_only = {1, {{0, PERM_NONE}}};

	*tree = (struct tree){.clock = clock};
	tree->root = node_new("", 0, &dom0_only);
	if (!tree->root || account_open(tree, 0)) {
		tree_free(tree);
		return -ENOMEM;
	}
	tree->accounts[0].nodes = 1;
	tree->root->generation = ++*clock;
	return 0;
}

int tree_snapshot(const struct tree *tree, struct tree *copy)
{
	size_t bytes = tree->nr_accounts * sizeof(*tree->accounts);

	*copy = *tree;
	copy->accounts = malloc(bytes);
	if (!copy->accounts)
		return -ENOMEM;
	memcpy(copy->accounts, tree->accounts, bytes);
	node_get(copy->root);
	return 0;
}

void tree_free(struct tree *tree)
{
	node_put(tree->root);
	free(tree->accounts);
	*tree = (struct tree){0};
}

/* ---- Looking --------------------------------------------------------------------------------- */

/* The deepest node on the way to path; *rest is what lies beyond it, "" if it is the node. */
static const struct node *nearest(const struct tree *tree, const char *path, const char **rest)
{
	const struct node *node = tree->root;
	const char *name, *next = path;
	struct node **child;
	size_t len;

	*rest = path;
	while ((name = path_component(&next, &len))) {
		child = node_child(node, name, len);
		if (!child)
			return node;
		node = *child;
		*rest = next;
	}
	*rest = next + strlen(next);
	return node;
}

const struct node *tree_find(const struct tree *tree, const char *path)
{
	const char *rest;
	const struct node *node = nearest(tree, path, &rest);

	return *rest ? NULL : node;
}

int tree_lookup(const struct tree *tree, const struct actor *actor, const char *path, unsigned int access,
		const struct node **found)
{
	const char *rest;
	const struct node *node = nearest(tree, path, &rest);

	if (*rest)
		return perms_allow(&node->perms, actor, PERM_READ) ? -ENOENT : -EACCES;
	if (!perms_allow(&node->perms, actor, access))
		return -EACCES;
	*found = node;
	return 0;
}

/* ---- Changing -------------------------------------------------------------------------------- */

/* The node at path, or at its first `len` bytes, for writing. It must exist. NULL: no memory. */
static struct node *own(struct tree *tree, const char *path, const char *end)
{
	struct node *node = node_own(&tree->root);
	const char *name;
	size_t len;

	while (node && path < end && (name = path_component(&path, &len)))
		node = node_own(node_child(node, name, len));
	return node;
}

static unsigned int missing_nodes(const char *rest)
{
	unsigned int count = 0;
	size_t len;

	while (path_component(&rest, &len))
		count++;
	return count;
}

static struct perms perms_for_child(const struct actor *actor, const struct perms *parent)
{
	struct perms perms = *parent;

	if (!actor_is_privileged(actor))
		perms.list[0].domid = actor->domid;
	return perms;
}

/* Makes all that is missing on the way to path, as a branch that is hung in when it is whole. */
static int create(struct tree *tree, const struct actor *actor, const char *path, const char *value, size_t value_len)
{
	const char *rest, *name;
	const struct node *parent = nearest(tree, path, &rest);
	struct perms perms = perms_for_child(actor, &parent->perms);
	unsigned int owner = perms.list[0].domid, missing = missing_nodes(rest);
	const struct account *account = account_of(tree, owner);
	struct node *top = NULL, *last = NULL, *node;
	const char *at = rest;
	size_t len;

	if (!perms_allow(&parent->perms, actor, PERM_WRITE))
		return -EACCES;
	if (!actor_is_privileged(actor) && (account ? account->nodes : 0) + missing > LIMIT_NODES)
		return -ENOSPC;
	if (account_open(tree, owner))
		return -ENOMEM;
	while ((name = path_component(&at, &len))) {
		node = node_new(name, len, &perms);
		if (!node)
			goto fail;
		node->generation = ++*tree->clock;
		if (!top) {
			top = node;
		} else if (node_add_child(last, node)) {
			node_put(node);
			goto fail;
		}
		last = node;
	}
	if (node_set_value(last, value, value_len))
		goto fail;
	node = own(tree, path, rest);
	if (!node || node_add_child(node, top))
		goto fail;
	node->generation = ++*tree->clock;
	account_of(tree, owner)->nodes += missing;
	return 0;
fail:
	node_put(top);
	if (!account_of(tree, owner)->nodes)
		account_drop(tree, owner, 0);
	return -ENOMEM;
}

int tree_write(struct tree *tree, const struct actor *actor, const char *path, const char *value, size_t len)
{
	const struct node *found = tree_find(tree, path);
	struct node *node;

	if (!actor_is_privileged(actor) && len > LIMIT_VALUE)
		return -ENOSPC;
	if (!found)
		return create(tree, actor, path, value, len);
	if (!perms_allow(&found->perms, actor, PERM_WRITE))
		return -EACCES;
	node = own(tree, path, path + strlen(path));
	if (!node || node_set_value(node, value, len))
		return -ENOMEM;
	node->generation = ++*tree->clock;
	return 0;
}

int tree_mkdir(struct tree *tree, const struct actor *actor, const char *path)
{
	const struct node *found = tree_find(tree, path);

	if (!found)
		return create(tree, actor, path, NULL, 0);
	return perms_allow(&found->perms, actor, PERM_WRITE) ? 0 : -EACCES;
}

int tree_remove(struct tree *tree, const struct actor *actor, const char *path)
{
	const char *rest, *last = strrchr(path, '/');
	const struct node *found = nearest(tree, path, &rest);
	struct node *parent, **slot;

	if (!path[1])
		return -EINVAL; /* the root stays */
	if (*rest) {
		/* "Gone" is fine if its parent can be seen to be there. */
		if (!perms_allow(&found->perms, actor, PERM_READ))
			return -EACCES;
		return missing_nodes(rest) == 1 ? 0 : -ENOENT;
	}
	if (!perms_allow(&found->perms, actor, PERM_WRITE))
		return -EACCES;
	parent = own(tree, path, last);
	if (!parent)
		return -ENOMEM;
	slot = node_child(parent, last + 1, strlen(last + 1));
	account_drop_below(tree, *slot);
	node_remove_child(parent, slot);
	parent->generation = ++*tree->clock;
	return 0;
}

int tree_set_perms(struct tree *tree, const struct actor *actor, const char *path, const struct perms *perms)
{
	unsigned int new_owner = perms->list[0].domid, old_owner;
	const struct node *found;
	struct node *node;
	int err = tree_lookup(tree, actor, path, PERM_WRITE, &found);

	if (err)
		return err;
	old_owner = found->perms.list[0].domid;
	/* Only Dom0 may give a node away: it would be on the other's account. */
	if (!perms_is_owner(&found->perms, actor))
		return -EACCES;
	if (!actor_is_privileged(actor) && new_owner != old_owner)
		return -EPERM;
	if (account_open(tree, new_owner))
		return -ENOMEM;
	node = own(tree, path, path + strlen(path));
	if (!node) {
		if (!account_of(tree, new_owner)->nodes)
			account_drop(tree, new_owner, 0);
		return -ENOMEM;
	}
	node->perms = *perms;
	node->generation = ++*tree->clock;
	account_of(tree, new_owner)->nodes++;
	account_drop(tree, old_owner, 1);
	return 0;
}
