/* target.h - the domain a command is about, and all that is needed to work on it */
#ifndef HVCTL_TARGET_H
#define HVCTL_TARGET_H

#include "hvctl.h"
#include "names.h"

struct target {
	struct plinth *h;
	struct plinth_store *store;
	struct plinth_domain dom;
};

/* Opens both and finds the domain. EXIT_OK, or the exit code after a complaint: nothing is open. */
int target_open(struct target *t, const char *name);
/* Closes both; report()s err and returns its exit code. */
int target_close(struct target *t, int err);

/* Below /local/domain/N; like plinth_store_get() and plinth_store_write(). */
int target_get(const struct target *t, const char *node, char *buf, size_t size);
int target_write(const struct target *t, const char *node, const char *value);

/* A decimal number, and nothing else, of at most `most`. */
bool parse_number(const char *text, unsigned long long most, unsigned long long *value);

/* The frame of commands whose arguments are `[--json] DOMAIN`, and that only show it. */
int target_show(const struct command *cmd, int argc, char **argv,
		int (*show)(const struct target *t, bool as_json, const void *arg), const void *arg);

#endif
