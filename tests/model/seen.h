/* seen.h - states that were seen, as hashes of 64 bits */
#ifndef MODEL_SEEN_H
#define MODEL_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A hash of `hash` and these bytes. */
uint64_t seen_mix(uint64_t hash, const void *start, size_t size);
/* False: it was there already. A key is not 0. */
bool seen_add(uint64_t key);
size_t seen_count(void);
void seen_forget(void);

#endif
