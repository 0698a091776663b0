/* request.c - what each request of the store's protocol does */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* ---- Helpers --------------------------------------------------------------------------------- */

/* The first argument as a node's path. */
static int node_path(const struct client *client, const struct args *args, char path[PATH_BYTES])
{
	if (!args->count)
		return -EINVAL;
	if (path_resolve(args->arg[0], client->actor.domid, path) || path_is_special(path))
		return -EINVAL;
	return 0;
}

static int number(const char *text, uint64_t most, uint64_t *out)
{
	uint64_t n = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || n > most / 10)
			return -EINVAL;
		n = n * 10 + (*text - '0');
	}
	*out = n;
	return n <= most ? 0 : -EINVAL;
}

static int domid_arg(const struct args *args, unsigned int which, unsigned int *domid)
{
	uint64_t n;

	if (args->count <= which || number(args->arg[which], 0x7fef, &n))
		return -EINVAL;
	*domid = n;
	return 0;
}

/* Makes a step and, in a transaction, notes it there. Outside, it is the caller's to free. */
static int new_step(struct client *client, struct txn *txn, enum step_kind kind, const char *path, const char *value,
		    size_t len, const struct perms *perms, struct step **step)
{
	int err = 0;

	*step = step_new(kind, path, value, len, perms);
	if (!*step)
		return -ENOMEM;
	if (txn)
		err = txn_note(txn, &client->actor, *step);
	if (err)
		step_free(*step);
	return err;
}

/* Finds a node to read, and notes the look in the transaction, whether it is there or not. */
static int look(struct client *client, struct txn *txn, const char *path, const struct node **node)
{
	const struct tree *tree = txn ? &txn->tree : &client->store->tree;
	struct step *step;
	int err = 0;

	if (txn)
		err = new_step(client, txn, STEP_LOOKED, path, NULL, 0, NULL, &step);
	return err ? err : tree_lookup(tree, &client->actor, path, PERM_READ, node);
}

/* A change of the main tree, with its watches fired. */
static int change_now(struct client *client, const struct step *step)
{
	struct store *store = client->store;
	const struct node *node;
	int err;

	/* The event of a removal needs the node; for one that will be refused there is none. */
	if (step->kind == STEP_REMOVE && step->path[1] &&
	    !tree_lookup(&store->tree, &client->actor, step->path, PERM_WRITE, &node))
		watch_fire(store, step->path, step->kind, false);
	err = step_apply(step, &store->tree, &client->actor);
	if (!err)
		watch_fire(store, step->path, step->kind, true);
	return err;
}

static int change(struct client *client, struct txn *txn, enum step_kind kind, const char *path, const char *value,
		  size_t len, const struct perms *perms)
{
	struct step *step;
	int err = new_step(client, txn, kind, path, value, len, perms, &step);

	if (err)
		return err;
	if (!txn) {
		err = change_now(client, step);
		step_free(step);
		return err;
	}
	err = step_apply(step, &txn->tree, &client->actor);
	if (err)
		step->kind = STEP_LOOKED; /* it was refused, and so much was learnt */
	return err;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static int do_read(struct client *client, struct txn *txn, const struct args *args)
{
	char path[PATH_BYTES];
	const struct node *node;
	int err = node_path(client, args, path);

	if (!err)
		err = look(client, txn, path, &node);
	if (!err)
		client_answer(client, node->value, node->len);
	return err;
}

/* All names, each with its NUL; a block for the caller to free. */
static char *directory(const struct node *node, size_t *len)
{
	size_t total = 0, at = 0, n;
	unsigned int i;
	char *text;

	for (i = 0; i < node->nr_children; i++)
		total += strlen(node->children[i]->name) + 1;
	text = malloc(total + 1);
	if (!text)
		return NULL;
	for (i = 0; i < node->nr_children; i++, at += n) {
		n = strlen(node->children[i]->name) + 1;
		memcpy(text + at, node->children[i]->name, n);
	}
	text[total] = '\0'; /* ends the list for those who read it in parts */
	*len = total;
	return text;
}

static int do_directory(struct client *client, struct txn *txn, const struct args *args)
{
	char path[PATH_BYTES], *text;
	const struct node *node;
	size_t len;
	int err = node_path(client, args, path);

	if (!err)
		err = look(client, txn, path, &node);
	if (err)
		return err;
	text = directory(node, &len);
	if (!text)
		return -ENOMEM;
	if (len > XENSTORE_PAYLOAD_MAX)
		err = -E2BIG;
	else
		client_answer(client, text, len);
	free(text);
	return err;
}

static int do_directory_part(struct client *client, struct txn *txn, const struct args *args)
{
	char path[PATH_BYTES], part[XENSTORE_PAYLOAD_MAX], *text;
	const struct node *node;
	size_t len, head, n;
	uint64_t offset;
	int err = node_path(client, args, path);

	if (err || args->count < 2 || number(args->arg[1], 1u << 30, &offset))
		return -EINVAL;
	err = look(client, txn, path, &node);
	if (err)
		return err;
	text = directory(node, &len);
	if (!text)
		return -ENOMEM;
	len++;
	head = snprintf(part, sizeof(part), "%llu", (unsigned long long)node->generation) + 1;
	if (offset < len) {
		n = len - offset < sizeof(part) - head ? len - offset : sizeof(part) - head;
		/* Only whole names, which some clients count on. */
		while (n < len - offset && text[offset + n - 1])
			n--;
		memcpy(part + head, text + offset, n);
		client_answer(client, part, head + n);
	} else {
		err = -EINVAL;
	}
	free(text);
	return err;
}

static int do_write(struct client *client, struct txn *txn, const struct args *args)
{
	char path[PATH_BYTES];
	int err = node_path(client, args, path);
	size_t skip;

	if (err)
		return err;
	skip = strlen(args->arg[0]) + 1;
	return change(client, txn, STEP_WRITE, path, args->text + skip, args->len - skip, NULL);
}

static int do_mkdir(struct client *client, struct txn *txn, const struct args *args)
{
	char path[PATH_BYTES];
	int err = node_path(client, args, path);

	return err ? err : change(client, txn, STEP_MKDIR, path, NULL, 0, NULL);
}

static int do_rm(struct client *client, struct txn *txn, const struct args *args)
{
	char path[PATH_BYTES];
	int err = node_path(client, args, path);

	return err ? err : change(client, txn, STEP_REMOVE, path, NULL, 0, NULL);
}

static int do_get_perms(struct client *client, struct txn *txn, const struct args *args)
{
	char path[PATH_BYTES], text[16 * LIMIT_PERMS];
	const struct node *node;
	int err = node_path(client, args, path);

	if (!err)
		err = look(client, txn, path, &node);
	if (!err)
		client_answer(client, text, perms_print(&node->perms, text));
	return err;
}

static int do_set_perms(struct client *client, struct txn *txn, const struct args *args)
{
	char path[PATH_BYTES];
	struct perms perms;
	size_t skip;
	int err = node_path(client, args, path);

	if (err)
		return err;
	skip = strlen(args->arg[0]) + 1;
	err = perms_parse(args->text + skip, args->len - skip, &perms);
	return err ? err : change(client, txn, STEP_PERMS, path, NULL, 0, &perms);
}

/* ---- Transactions ---------------------------------------------------------------------------- */

static int do_transaction_start(struct client *client, struct txn *txn, const struct args *args)
{
	char text[16];

	(void)args;
	if (txn)
		return -EBUSY;
	if (!actor_is_privileged(&client->actor) && client->nr_txns == LIMIT_TRANSACTIONS)
		return -ENOSPC;
	do {
		client->next_txn++;
		for (txn = client->txns; txn && txn->id != client->next_txn; txn = txn->next)
			;
	} while (txn || !client->next_txn);
	txn = txn_new(&client->store->tree, client->next_txn);
	if (!txn)
		return -ENOMEM;
	txn->next = client->txns;
	client->txns = txn;
	client->nr_txns++;
	client_answer(client, text, sprintf(text, "%u", txn->id) + 1);
	return 0;
}

static int do_transaction_end(struct client *client, struct txn *txn, const struct args *args)
{
	struct store *store = client->store;
	struct txn **slot = &client->txns;
	int err = 0;

	if (!txn)
		return -ENOENT;
	if (!args->count || (strcmp(args->arg[0], "T") && strcmp(args->arg[0], "F")))
		return -EINVAL;
	while (*slot != txn)
		slot = &(*slot)->next;
	*slot = txn->next;
	client->nr_txns--;
	if (args->arg[0][0] == 'T')
		err = txn_commit(txn, &client->actor, &store->tree, watch_fire, store);
	txn_free(txn);
	return err;
}

/* ---- Watches --------------------------------------------------------------------------------- */

static int watch_args(const struct client *client, const struct args *args, char path[PATH_BYTES])
{
	if (args->count < 2 || path_resolve(args->arg[0], client->actor.domid, path))
		return -EINVAL;
	/* Who comes and goes is Dom0's business. */
	if (path_is_special(path) && !actor_is_privileged(&client->actor))
		return -EACCES;
	return 0;
}

static int do_watch(struct client *client, struct txn *txn, const struct args *args)
{
	char path[PATH_BYTES];
	int err = watch_args(client, args, path);

	(void)txn;
	if (!err)
		err = watch_add(client, path, args->arg[0][0] != '/' && !path_is_special(path), args->arg[1]);
	if (err)
		return err;
	client_answer(client, "OK", 3);
	watch_send(client, client->watches, path); /* the first comes unasked */
	return 0;
}

static int do_unwatch(struct client *client, struct txn *txn, const struct args *args)
{
	char path[PATH_BYTES];
	int err = watch_args(client, args, path);

	(void)txn;
	return err ? err : watch_remove(client, path, args->arg[1]);
}

static int do_reset_watches(struct client *client, struct txn *txn, const struct args *args)
{
	(void)args;
	if (txn)
		return -EBUSY;
	watch_remove_all(client);
	while ((txn = client->txns)) {
		client->txns = txn->next;
		txn_free(txn);
	}
	client->nr_txns = 0;
	return 0;
}

/* ---- Domains --------------------------------------------------------------------------------- */

static int do_introduce(struct client *client, struct txn *txn, const struct args *args)
{
	struct store *store = client->store;
	unsigned int domid;
	uint64_t mfn, port;
	int err;

	(void)txn;
	if (!actor_is_privileged(&client->actor))
		return -EACCES;
	if (domid_arg(args, 0, &domid) || args->count < 3 || number(args->arg[1], ~0ull >> 12, &mfn) ||
	    number(args->arg[2], 1u << 20, &port) || !port)
		return -EINVAL;
	err = store->ops->introduce(store->host, domid, mfn, port);
	if (err)
		return err;
	store_fire_special(store, "@introduceDomain");
	return 0;
}

static int do_release(struct client *client, struct txn *txn, const struct args *args)
{
	struct store *store = client->store;
	unsigned int domid;
	int err;

	(void)txn;
	if (!actor_is_privileged(&client->actor))
		return -EACCES;
	if (domid_arg(args, 0, &domid) || !domid)
		return -EINVAL;
	err = store->ops->release(store->host, domid);
	if (err)
		return err;
	store_fire_special(store, "@releaseDomain");
	return 0;
}

static int do_resume(struct client *client, struct txn *txn, const struct args *args)
{
	unsigned int domid;

	(void)txn;
	if (!actor_is_privileged(&client->actor))
		return -EACCES;
	if (domid_arg(args, 0, &domid))
		return -EINVAL;
	return client->store->ops->resume(client->store->host, domid);
}

static int do_set_target(struct client *client, struct txn *txn, const struct args *args)
{
	unsigned int domid, target;

	(void)txn;
	if (!actor_is_privileged(&client->actor))
		return -EACCES;
	if (domid_arg(args, 0, &domid) || domid_arg(args, 1, &target))
		return -EINVAL;
	return client->store->ops->set_target(client->store->host, domid, target);
}

static int do_get_domain_path(struct client *client, struct txn *txn, const struct args *args)
{
	unsigned int domid;
	char path[40];

	(void)txn;
	if (domid_arg(args, 0, &domid))
		return -EINVAL;
	client_answer(client, path, sprintf(path, "/local/domain/%u", domid) + 1);
	return 0;
}

static int do_is_introduced(struct client *client, struct txn *txn, const struct args *args)
{
	struct store *store = client->store;
	unsigned int domid;

	(void)txn;
	if (domid_arg(args, 0, &domid))
		return -EINVAL;
	client_answer(client, store->ops->is_introduced(store->host, domid) ? "T" : "F", 2);
	return 0;
}

/* There is nothing to control: what a running daemon could be told, its command line says. */
static int do_control(struct client *client, struct txn *txn, const struct args *args)
{
	(void)txn;
	(void)args;
	return actor_is_privileged(&client->actor) ? -EINVAL : -EACCES;
}

request_fn request_handler(uint32_t type)
{
	static const request_fn handlers[] = {
		[XS_CONTROL] = do_control,
		[XS_DIRECTORY] = do_directory,
		[XS_READ] = do_read,
		[XS_GET_PERMS] = do_get_perms,
		[XS_WATCH] = do_watch,
		[XS_UNWATCH] = do_unwatch,
		[XS_TRANSACTION_START] = do_transaction_start,
		[XS_TRANSACTION_END] = do_transaction_end,
		[XS_INTRODUCE] = do_introduce,
		[XS_RELEASE] = do_release,
		[XS_GET_DOMAIN_PATH] = do_get_domain_path,
		[XS_WRITE] = do_write,
		[XS_MKDIR] = do_mkdir,
		[XS_RM] = do_rm,
		[XS_SET_PERMS] = do_set_perms,
		[XS_IS_DOMAIN_INTRODUCED] = do_is_introduced,
		[XS_RESUME] = do_resume,
		[XS_SET_TARGET] = do_set_target,
		[XS_RESET_WATCHES] = do_reset_watches,
		[XS_DIRECTORY_PART] = do_directory_part,
	};

	return type < sizeof(handlers) / sizeof(handlers[0]) ? handlers[type] : NULL;
}
