/* hooks.h - between the explorer and the calls that -fsanitize=thread puts before each access to memory */
#ifndef MODEL_HOOKS_H
#define MODEL_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

extern unsigned interleave_depth;
/* A thread is about to touch this memory, in the code at `where`. */
void interleave_access(const void *address, size_t size, bool write, const void *where);

#endif
