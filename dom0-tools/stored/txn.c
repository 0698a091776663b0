/* txn.c - transactions: a version of one's own, merged at the end if nobody interfered */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "txn.h"

struct step *step_new(enum step_kind kind, const char *path, const char *value, size_t len, const struct perms *perms)
{
	size_t path_len = strlen(path) + 1;
	struct step *step = calloc(1, sizeof(*step) + path_len + len);

	if (!step)
		return NULL;
	step->kind = kind;
	memcpy(step->path, path, path_len);
	step->value = step->path + path_len;
	step->len = len;
	if (len)
		memcpy(step->value, value, len);
	if (perms)
		step->perms = *perms;
	return step;
}

void step_free(struct step *step)
{
	free(step);
}

int step_apply(const struct step *step, struct tree *tree, const struct actor *actor)
{
	switch (step->kind) {
	case STEP_WRITE:
		return tree_write(tree, actor, step->path, step->value, step->len);
	case STEP_MKDIR:
		return tree_mkdir(tree, actor, step->path);
	case STEP_REMOVE:
		return tree_remove(tree, actor, step->path);
	case STEP_PERMS:
		return tree_set_perms(tree, actor, step->path, &step->perms);
	case STEP_LOOKED:
		break;
	}
	return 0;
}

struct txn *txn_new(const struct tree *main, uint32_t id)
{
	struct txn *txn = calloc(1, sizeof(*txn));

	if (!txn)
		return NULL;
	if (tree_snapshot(main, &txn->tree)) {
		free(txn);
		return NULL;
	}
	txn->id = id;
	txn->base = node_get(main->root);
	txn->last = &txn->steps;
	return txn;
}

void txn_free(struct txn *txn)
{
	struct step *step;

	while ((step = txn->steps)) {
		txn->steps = step->next;
		step_free(step);
	}
	node_put(txn->base);
	tree_free(&txn->tree);
	free(txn);
}

int txn_note(struct txn *txn, const struct actor *actor, struct step *step)
{
	bool privileged = actor_is_privileged(actor);
	unsigned int most = privileged ? LIMIT_TXN_STEPS_DOM0 : LIMIT_TXN_STEPS;

	if (txn->nr_steps == most || (!privileged && txn->bytes + step->len > LIMIT_TXN_BYTES))
		return -ENOSPC;
	txn->nr_steps++;
	txn->bytes += step->len;
	*txn->last = step;
	txn->last = &step->next;
	return 0;
}

static uint64_t generation_of(struct node *root, const char *path)
{
	const struct tree version = {.root = root};
	const struct node *node = tree_find(&version, path);

	return node ? node->generation : 0; /* the clock never shows 0 */
}

static bool undisturbed(const struct txn *txn, const struct tree *main)
{
	const struct step *step;

	if (main->root == txn->base)
		return true;
	for (step = txn->steps; step; step = step->next)
		if (generation_of(main->root, step->path) != generation_of(txn->base, step->path))
			return false;
	return true;
}

/* Does the changes on a trial version first, so that a late failure leaves nothing half done. */
int txn_commit(struct txn *txn, const struct actor *actor, struct tree *main, txn_change_fn changed, void *arg)
{
	const struct step *step;
	struct tree trial;
	int err = 0;

	if (txn->lost || !undisturbed(txn, main))
		return -EAGAIN;
	if (tree_snapshot(main, &trial))
		return -ENOMEM;
	for (step = txn->steps; step && !err; step = step->next)
		err = step_apply(step, &trial, actor);
	if (err) {
		tree_free(&trial);
		return err == -ENOMEM || err == -ENOSPC ? err : -EAGAIN;
	}
	for (step = txn->steps; step; step = step->next)
		if (step->kind != STEP_LOOKED)
			changed(arg, step->path, step->kind, false);
	tree_free(main);
	*main = trial;
	for (step = txn->steps; step; step = step->next)
		if (step->kind != STEP_LOOKED)
			changed(arg, step->path, step->kind, true);
	return 0;
}
