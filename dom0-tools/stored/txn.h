/* txn.h - transactions: a version of one's own, merged at the end if nobody interfered */
#ifndef STORED_TXN_H
#define STORED_TXN_H

#include "tree.h"

/*
 * A transaction works on a snapshot and keeps a log of each step. At its end, every node it looked
 * at or changed must be in the main tree what it was in the snapshot (the same generation, or
 * absent in both); then the changes are done once more, on the main tree. The rest of the tree may
 * have changed meanwhile: two domains that start devices at one time do not disturb each other.
 */
enum step_kind { STEP_LOOKED, STEP_WRITE, STEP_MKDIR, STEP_REMOVE, STEP_PERMS };

struct step {
	struct step *next;
	enum step_kind kind;
	struct perms perms;
	size_t len; /* of the value */
	char *value;
	char path[];
};

struct txn {
	struct txn *next;
	uint32_t id;
	unsigned int nr_steps;
	size_t bytes; /* of values in its steps */
	struct step *steps, **last;
	struct node *base; /* the root it began with */
	struct tree tree;
	bool lost; /* the store was started again since: it will end with -EAGAIN */
};

struct txn *txn_new(const struct tree *main, uint32_t id); /* NULL: out of memory */
void txn_free(struct txn *txn);

/* Puts a step into the log and owns it from then on. -ENOSPC: too many for this actor. */
int txn_note(struct txn *txn, const struct actor *actor, struct step *step);

/* Called for each change before it is done on the main tree, and after. */
typedef void (*txn_change_fn)(void *arg, const char *path, enum step_kind kind, bool done);

/* -EAGAIN: a conflict, or the transaction is lost; main is unchanged. */
int txn_commit(struct txn *txn, const struct actor *actor, struct tree *main, txn_change_fn changed, void *arg);

/* One change on one tree; what txn_commit() does, for those without a transaction too. */
int step_apply(const struct step *step, struct tree *tree, const struct actor *actor);
struct step *step_new(enum step_kind kind, const char *path, const char *value, size_t len, const struct perms *perms);
void step_free(struct step *step);

#endif
