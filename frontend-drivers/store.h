/* store.h - reading, writing and watching the store, from any thread
 *
 * Paths without a leading slash are the domain's own. Errors are negative: -ENOENT, -EACCES and others that the store names;
 * -EPROTO: the connection is broken, and stays so. Requests of several threads go one after another.
 */
#ifndef FRONTEND_STORE_H
#define FRONTEND_STORE_H

#include <stddef.h>
#include <xen/io/xs_wire.h>

#include "frontend-drivers/os.h"

/* Raised once when it is set, and then at each change of the node or of what is below it. */
struct store_watch {
	const char *path;
	struct os_signal *signal;
	struct store_watch *next;
};

/* -ENODEV: this domain has no store. Once, before all others. */
int store_open(void);
/* The value, cut to size - 1 bytes and ended by 0; its whole length. */
int store_read(const char *path, char *value, size_t size);
int store_write(const char *path, const char *value);
/*
 * Several requests one after the other, without waiting for each answer before the next: each has its own result then. The first
 * error of all, or 0.
 */
struct store_request {
	uint32_t type; /* XS_READ, XS_WRITE, … */
	const char *path;
	char *value; /* XS_READ, XS_DIRECTORY: where it goes, ended by 0; others: a text that goes with the path, or NULL */
	size_t size; /* of where it goes */
	int result;  /* as for a single one */
};
int store_run(struct store_request *requests, uint32_t count);
/* The names below a node, each ended by 0; the length of all, which has to be below size: -E2BIG. */
int store_list(const char *path, char *names, size_t size);
/* The watch is the store's until it is taken back. */
int store_watch(struct store_watch *watch);
int store_unwatch(struct store_watch *watch);

#endif
