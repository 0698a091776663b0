/* perm.h - who may read and write a node */
#ifndef STORED_PERM_H
#define STORED_PERM_H

#include <stdbool.h>
#include <stddef.h>

#include "limits.h"

enum { PERM_NONE = 0, PERM_READ = 1, PERM_WRITE = 2 };

#define NO_DOMAIN (~0u)

/* Who asks. A domain that serves another (its target) may do what that one may. */
struct actor {
	unsigned int domid;
	unsigned int target; /* NO_DOMAIN: none */
};

/* The first entry names the owner, who may do all, and what everybody else may. */
struct perm {
	unsigned int domid;
	unsigned int access;
};

struct perms {
	unsigned int count;
	struct perm list[LIMIT_PERMS];
};

bool actor_is_privileged(const struct actor *actor);
bool perms_allow(const struct perms *perms, const struct actor *actor, unsigned int access);
bool perms_is_owner(const struct perms *perms, const struct actor *actor);

/* From "n0\0r5\0"; -EINVAL for what is no such list, -ENOSPC for too long a one. */
int perms_parse(const char *text, size_t len, struct perms *perms);
/* Into the same form; the number of bytes. buf holds 16 bytes for each entry. */
size_t perms_print(const struct perms *perms, char *buf);

#endif
