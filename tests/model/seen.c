/* seen.c - the states of seen.h, in a table with open addressing */
#include "seen.h"

#include <stdlib.h>
#include <string.h>

static uint64_t *seen; /* 0: free */
static size_t seen_size, nr_seen;

uint64_t seen_mix(uint64_t hash, const void *start, size_t size)
{
	const uint8_t *p = start;
	uint64_t lane[4] = {hash, ~hash, hash << 1, hash >> 1}, word[4];

	for (; size >= sizeof(word); p += sizeof(word), size -= sizeof(word)) {
		memcpy(word, p, sizeof(word));
		for (unsigned i = 0; i < 4; i++)
			lane[i] = (lane[i] ^ word[i]) * 0x9e3779b97f4a7c15ULL ^ lane[i] >> 29;
	}
	memset(word, 0, sizeof(word));
	memcpy(word, p, size);
	for (unsigned i = 0; i < 4; i++)
		hash = (hash ^ lane[i] ^ word[i]) * 0xd6e8feb86659fd93ULL ^ hash >> 32;
	return hash;
}

static bool insert(uint64_t key)
{
	size_t at = key & (seen_size - 1);

	while (seen[at] && seen[at] != key)
		at = (at + 1) & (seen_size - 1);
	if (seen[at])
		return false;
	seen[at] = key;
	nr_seen++;
	return true;
}

bool seen_add(uint64_t key)
{
	uint64_t *old = seen;
	size_t old_size = seen_size;

	if (2 * nr_seen >= seen_size) {
		seen_size = seen_size ? 2 * seen_size : 1 << 16;
		seen = calloc(seen_size, sizeof(*seen));
		if (!seen)
			abort();
		nr_seen = 0;
		for (size_t i = 0; i < old_size; i++)
			if (old[i])
				insert(old[i]);
		free(old);
	}
	return insert(key);
}

size_t seen_count(void)
{
	return nr_seen;
}

void seen_forget(void)
{
	free(seen);
	seen = NULL;
	seen_size = nr_seen = 0;
}
