/* words.c - the words of words.h, in a table with open addressing
 *
 * Only where two threads touch the same word, and one of them writes it, does their order matter. Which words these are is found
 * out on the way: for each word, who has read and who has written it, in all orders so far. When one more turns out to be
 * shared, everything begins anew, with the steps that it adds.
 */
#include "words.h"

#include <stdlib.h>

struct word {
	uintptr_t at; /* 0: free */
	uint8_t readers, writers;
	bool shared;
};

static struct word *words;
static size_t words_size, nr_words;
struct written *words_written;
size_t words_nr_written;
static size_t written_size;
static bool more_shared;

static struct word *find(uintptr_t at)
{
	size_t i = (at * 0x9e3779b97f4a7c15ULL >> 20) & (words_size - 1);

	while (words[i].at && words[i].at != at)
		i = (i + 1) & (words_size - 1);
	return &words[i];
}

static void grow(void)
{
	struct word *old = words;
	size_t old_size = words_size;

	words_size = old_size ? 2 * old_size : 1 << 12;
	words = calloc(words_size, sizeof(*words));
	if (!words)
		abort();
	for (size_t i = 0; i < old_size; i++)
		if (old[i].at)
			*find(old[i].at) = old[i];
	free(old);
}

static void first_write(uint32_t *at)
{
	if (words_nr_written == written_size) {
		written_size = written_size ? 2 * written_size : 1024;
		words_written = realloc(words_written, written_size * sizeof(*words_written));
		if (!words_written)
			abort();
	}
	words_written[words_nr_written++] = (struct written){at, *at};
}

bool words_touch(uintptr_t at, bool write, unsigned who)
{
	struct word *w;
	unsigned others;

	if (2 * nr_words >= words_size)
		grow();
	w = find(at);
	if (!w->at) {
		w->at = at;
		nr_words++;
	}
	if (write && !w->writers)
		first_write((uint32_t *)(at * 4));
	if (write)
		w->writers |= (uint8_t)who;
	else
		w->readers |= (uint8_t)who;
	others = w->readers & ~(unsigned)w->writers;
	if (!w->shared && w->writers && (others || (w->writers & (w->writers - 1)))) {
		w->shared = true;
		more_shared = true;
	}
	return w->shared;
}

bool words_more_shared(void)
{
	bool more = more_shared;

	more_shared = false;
	return more;
}

void words_forget(void)
{
	free(words);
	words = NULL;
	words_size = nr_words = 0;
	free(words_written);
	words_written = NULL;
	written_size = words_nr_written = 0;
	more_shared = false;
}
