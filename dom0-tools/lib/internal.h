/* internal.h - what the files of libplinth share among themselves */
#ifndef PLINTH_INTERNAL_H
#define PLINTH_INTERNAL_H

#include "plinth.h"

#define PAGE_SIZE  4096u
#define PAGE_SHIFT 12

struct plinth {
	int privcmd;	/* hypercalls and foreign mappings */
	int buffers;	/* memory for hypercalls to read and write */
	uint8_t *arena; /* a first few pages of it, so that a small call costs no mmap */
	size_t arena_used;
};

/* The typed wrappers' own calls: a structure goes out, and comes back changed. */
int call_sysctl(struct plinth *h, void *sysctl);
int call_domctl(struct plinth *h, void *domctl);

#endif
