/* nodes.h - a growing list of store nodes, to be written in one go */
#ifndef HVCTL_NODES_H
#define HVCTL_NODES_H

#include "dom0-tools/lib/plinth.h"

struct nodes {
	struct plinth_node *list;
	size_t count, room;
	bool failed; /* out of memory: noticed once, at the end */
};

/* Adds base/name = value (formatted). What is below a node inherits its permissions. */
void nodes_add(struct nodes *nodes, const char *base, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The directory base, owned by one domain and readable by another. */
void nodes_add_dir(struct nodes *nodes, const char *base, int owner, int reader);

/* Writes all in one transaction, again when somebody else came in between. */
int nodes_commit(struct nodes *nodes, struct plinth_store *store);
void nodes_free(struct nodes *nodes);

#endif
