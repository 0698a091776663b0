/* tree.h - one version of the store's contents, with its rules about rights and quotas */
#ifndef STORED_TREE_H
#define STORED_TREE_H

#include "node.h"
#include "path.h"

/* How many nodes a domain owns in this version. */
struct account {
	unsigned int domid, nodes;
};

struct tree {
	struct node *root;
	struct account *accounts;
	unsigned int nr_accounts;
	uint64_t *clock; /* shared by all versions: every change gets a generation of its own */
};

/* An empty tree: a root that Dom0 owns and nobody else may read. -ENOMEM. */
int tree_init(struct tree *tree, uint64_t *clock);
/* A version of its own for a transaction. -ENOMEM. */
int tree_snapshot(const struct tree *tree, struct tree *copy);
void tree_free(struct tree *tree);

/* All paths are resolved ones. NULL: there is no such node. */
const struct node *tree_find(const struct tree *tree, const char *path);

/*
 * The node for an actor who wants `access` to it. -EACCES, or -ENOENT where the actor may know
 * that it is not there.
 */
int tree_lookup(const struct tree *tree, const struct actor *actor, const char *path, unsigned int access,
		const struct node **node);

/*
 * Changes. Missing parents are made; a node that a domain makes is its own, one that Dom0 makes
 * belongs to its parent's owner. -EACCES, -ENOSPC (quota), -ENOMEM: nothing has changed that can
 * be seen. mkdir of a node that exists changes nothing. remove of a node that does not, but whose
 * parent does, is no error.
 */
int tree_write(struct tree *tree, const struct actor *actor, const char *path, const char *value, size_t len);
int tree_mkdir(struct tree *tree, const struct actor *actor, const char *path);
int tree_remove(struct tree *tree, const struct actor *actor, const char *path);
int tree_set_perms(struct tree *tree, const struct actor *actor, const char *path, const struct perms *perms);

#endif
