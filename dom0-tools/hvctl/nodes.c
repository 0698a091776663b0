/* nodes.c - a growing list of store nodes, to be written in one go */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes.h"

#define TRIES 20

static struct plinth_node *next(struct nodes *nodes)
{
	struct plinth_node *more;
	size_t room = nodes->room ? 2 * nodes->room : 64;

	if (nodes->count == nodes->room) {
		more = realloc(nodes->list, room * sizeof(*more));
		if (!more) {
			nodes->failed = true;
			return NULL;
		}
		nodes->list = more;
		nodes->room = room;
	}
	return &nodes->list[nodes->count++];
}

static void add(struct nodes *nodes, char *path, char *value, int owner, int reader)
{
	struct plinth_node *node = path && value ? next(nodes) : NULL;

	if (node) {
		*node = (struct plinth_node){path, value, owner, reader};
		return;
	}
	nodes->failed = true;
	free(path);
	free(value);
}

void nodes_add(struct nodes *nodes, const char *base, const char *name, const char *fmt, ...)
{
	char *path, *value;
	va_list ap;

	if (asprintf(&path, "%s/%s", base, name) < 0)
		path = NULL;
	va_start(ap, fmt);
	if (vasprintf(&value, fmt, ap) < 0)
		value = NULL;
	va_end(ap);
	add(nodes, path, value, -1, -1);
}

void nodes_add_dir(struct nodes *nodes, const char *base, int owner, int reader)
{
	add(nodes, strdup(base), strdup(""), owner, reader);
}

int nodes_commit(struct nodes *nodes, struct plinth_store *store)
{
	int err = nodes->failed ? plinth_fail(ENOMEM, "out of memory") : -EAGAIN, ended;
	uint32_t tx;

	for (int i = 0; i < TRIES && err == -EAGAIN; i++) {
		err = plinth_store_begin(store, &tx);
		if (err)
			return err;
		err = plinth_store_write_all(store, tx, nodes->list, nodes->count);
		ended = plinth_store_end(store, tx, !err);
		if (!err)
			err = ended;
	}
	return err;
}

void nodes_free(struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		free(nodes->list[i].path);
		free(nodes->list[i].value);
	}
	free(nodes->list);
}
