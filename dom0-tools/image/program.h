/* program.h - programs of the distribution that ours have do something */
#ifndef IMAGE_PROGRAM_H
#define IMAGE_PROGRAM_H

#include <stdbool.h>

/* Whether there is one of that name in PATH. */
bool program_exists(const char *name);

/*
 * Runs argv[0] from PATH and waits for its end. A signal that ends us while a domain is made waits, but not for the
 * program. -ENOENT: it is not there; -EIO: it ended with something else than 0, and plinth_error() is the last line
 * that it complained with.
 */
int program_run(const char *const argv[]);

#endif
