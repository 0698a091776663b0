/* path.h - names of nodes: what is valid, what lies below what */
#ifndef STORED_PATH_H
#define STORED_PATH_H

#include <stdbool.h>
#include <stddef.h>

#define PATH_BYTES 3073 /* the longest absolute path and its NUL */

/*
 * Makes an absolute path of what a client of domain `domid` wrote: relative paths begin at its own
 * directory. -EINVAL: too long, an empty component, or a character that is not allowed.
 */
int path_resolve(const char *text, unsigned int domid, char out[PATH_BYTES]);

/* "@introduceDomain" and its like: not nodes, but they can be watched. */
bool path_is_special(const char *path);

/* Whether path is `top` or lies below it. */
bool path_is_within(const char *path, const char *top);

/* Steps through an absolute path: the next component's start, its length in *len; NULL: none. */
const char *path_component(const char **rest, size_t *len);

#endif
